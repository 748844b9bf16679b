#include "app/studio/theme/format.h"
#include "models/world/view.h"

#include <gtest/gtest.h>
#include <ostream>

QT_BEGIN_NAMESPACE
void PrintTo(const QString& text, std::ostream* out) { *out << text.toStdString(); }
QT_END_NAMESPACE

namespace tantrum::studio {

using engine::Duration;
using engine::Instant;

// A zero that was never measured is a lie; every formatter is asked.
TEST(Format, SaysNoDataWhereNothingWasMeasured)
{
    for (const QString& text : {formatCount(models::noData), formatCompact(models::noData), formatRate(models::noData),
                                formatDuration(models::noData), formatAge(models::noData), formatShare(models::noData),
                                formatBytes(models::noData), spokenRate(models::noData)})
        EXPECT_EQ(text, "no data");
}

// look.md: durations have three significant digits; the examples are the mock-up's.
TEST(Format, WritesDurationsWithThreeSignificantDigits)
{
    EXPECT_EQ(formatDuration(3.73), "3.73 s");
    EXPECT_EQ(formatDuration(1.0), "1.00 s");
    EXPECT_EQ(formatDuration(61.84), "61.8 s");
    EXPECT_EQ(formatDuration(0.034), "34 ms");
    EXPECT_EQ(formatDuration(0.0011), "1.1 ms");
    EXPECT_EQ(formatDuration(0.03456), "34.6 ms");
    EXPECT_EQ(formatDuration(250e-6), "250 µs");
    EXPECT_EQ(formatDuration(0), "0 s");
    EXPECT_EQ(formatDuration(Duration::seconds(1000)), "16.7 min");
    EXPECT_EQ(formatDuration(7200), "2 h");
}

// 999.6 ms must not become "1000 ms", nor 9.996 s "10.00 s": the digits stay three across the seams.
TEST(Format, KeepsThreeDigitsAcrossTheSeamsOfUnits)
{
    EXPECT_EQ(formatDuration(0.9996), "1.00 s");
    EXPECT_EQ(formatDuration(0.0009996), "1 ms");
    EXPECT_EQ(formatDuration(9.996), "10.0 s");
    EXPECT_EQ(formatDuration(99.96), "100 s");
    EXPECT_EQ(formatDuration(-0.02), "−20 ms");
}

// Rates stand on every card; the comma keeps 1545 and 15450 apart at a glance.
TEST(Format, WritesRatesWithThousandsCommasAndTheirUnit)
{
    EXPECT_EQ(formatRate(1545), "1,545/s");
    EXPECT_EQ(formatRate(1234567.4), "1,234,567/s");
    EXPECT_EQ(formatRate(999.6), "1,000/s");
    EXPECT_EQ(formatRate(8.42), "8.4/s");
    EXPECT_EQ(formatRate(0.32), "0.32/s");
    EXPECT_EQ(formatRate(0), "0/s");
    EXPECT_EQ(formatRate(0.001), "<0.01/s");
}

// "100 % reliable" is forbidden unless it is true, and so is a failure rate rounded to nothing.
TEST(Format, NeverRoundsAShareUpToAllOrDownToNothing)
{
    EXPECT_EQ(formatShare(0.63), "63 %");
    EXPECT_EQ(formatShare(0.99996), "99.9 %");
    EXPECT_EQ(formatShare(0.9951), "99.5 %");
    EXPECT_EQ(formatShare(1), "100 %");
    EXPECT_EQ(formatShare(0.0001), "<0.1 %");
    EXPECT_EQ(formatShare(0.004), "0.4 %");
    EXPECT_EQ(formatShare(0), "0 %");
}

// A queue's "568/10k" has to fit beside ten pips.
TEST(Format, ShortensLargeCountsToFourCharacters)
{
    EXPECT_EQ(formatCompact(600), "600");
    EXPECT_EQ(formatCompact(999.7), "1k");
    EXPECT_EQ(formatCompact(1900), "1.9k");
    EXPECT_EQ(formatCompact(10000), "10k");
    EXPECT_EQ(formatCompact(2'400'000), "2.4M");
}

// The clock and ages run on beside each other and must not change width with every tick.
TEST(Format, WritesClocksWithMillisecondsAndAgesWithOneDecimal)
{
    EXPECT_EQ(formatClock(Instant::at(Duration::milliseconds(84'600))), "84.600 s");
    EXPECT_EQ(formatClock(Instant::at(Duration::milliseconds(1'234'005))), "1,234.005 s");
    EXPECT_EQ(formatAge(6.6), "6.6 s");
    EXPECT_EQ(formatAge(84), "84.0 s");
    EXPECT_EQ(formatBytes(65536), "64 KiB");
    EXPECT_EQ(formatFactor(4), "×4");
    EXPECT_EQ(spokenRate(1545), "1545 per second");
}

}  // namespace tantrum::studio
