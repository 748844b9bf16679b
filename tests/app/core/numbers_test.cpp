// Numbers on screen follow look.md §2: three significant digits, a unit, never 0 for "no data".
#include "app/core/numbers.h"
#include "app/core/text_summary.h"
#include "app/core/text_table.h"
#include "tests/app/core/sample_run.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace tantrum::app {
namespace {

TEST(Numbers, DurationsHaveThreeSignificantDigitsAndAUnit)
{
    EXPECT_EQ(secondsText(1.7234), "1.72 s");
    EXPECT_EQ(secondsText(0.0342), "34.2 ms");
    EXPECT_EQ(secondsText(0.00011), "110 µs");
    EXPECT_EQ(secondsText(0.9999), "1 s");
    EXPECT_EQ(secondsText(720), "12 min");
    EXPECT_EQ(secondsText(0), "0 s");
    EXPECT_EQ(secondsText(std::nan("")), "no data");
}

TEST(Numbers, LargeNumbersHaveCommasAndSmallOnesKeepTheirDigits)
{
    EXPECT_EQ(countText(84'102), "84,102");
    EXPECT_EQ(countText(1'000), "1,000");
    EXPECT_EQ(countText(999), "999");
    EXPECT_EQ(rateText(1545.4), "1,545/s");
    EXPECT_EQ(rateText(86), "86/s");
    EXPECT_EQ(numberText(0.01234), "0.0123");
    EXPECT_EQ(numberText(999.7), "1,000");
    EXPECT_EQ(numberText(-3.14159), "−3.14");
    EXPECT_EQ(shareText(0.0012), "0.120 %");
}

// "100 % reliable" is never true of a run with a failure in it (look.md §10).
TEST(Numbers, AShareBelowAllIsNeverRoundedUpToAll)
{
    EXPECT_EQ(shareText(1), "100 %");
    EXPECT_EQ(shareText(0.99997), "99.997 %");
    EXPECT_EQ(shareText(0.9996), "99.96 %");
    EXPECT_EQ(shareText(0.98), "98 %");
}

TEST(Numbers, TheUnitOfAClaimIsThatOfItsBound)
{
    EXPECT_EQ(unitOfClaim("p99(a.latency) < 250ms before 60s"), Unit::seconds);
    EXPECT_EQ(unitOfClaim("goodput(a) > 270/s after 90s"), Unit::perSecond);
    EXPECT_EQ(unitOfClaim("error_rate(a) <= 1%"), Unit::share);
    EXPECT_EQ(unitOfClaim("queue_mean(a) == 4 within 1%"), Unit::plain);
    EXPECT_EQ(unitOfClaim(""), Unit::plain);
}

TEST(TextSummary, SaysOfEachClaimWhetherItHeldAndWhatWasMeasured)
{
    const std::string text = textSummary(testing::sampleResults());
    EXPECT_NE(text.find("✓ p99(shoppers.latency) < 250ms before 60s"), std::string::npos);
    EXPECT_NE(text.find("held: 80.1 ms"), std::string::npos);
    EXPECT_NE(text.find("failed: measured 86/s"), std::string::npos);
    EXPECT_NE(text.find("failed: measured no data (the run ended before)"), std::string::npos);
    EXPECT_NE(text.find("80 timed out, 20 refused"), std::string::npos);
    EXPECT_NE(text.find("00fe12ab00cd34ef"), std::string::npos);
}

TEST(TextSummary, ShowsHowSureEachLatencyIsAndRefusesWhatItCannotTell)
{
    const std::string text = textSummary(testing::sampleResults());
    EXPECT_NE(text.find("10.8–11.2 ms"), std::string::npos) << text;
    EXPECT_NE(text.find("30–37 ms"), std::string::npos) << text;
    EXPECT_NE(text.find("too few"), std::string::npos);
    EXPECT_NE(text.find("needs 3,700"), std::string::npos);
    EXPECT_NE(text.find("too narrow"), std::string::npos) << "the batches were correlated";
    EXPECT_NE(text.find("held: 300 ms (from 1,000 requests"), std::string::npos) << text;
    std::istringstream lines{text};
    bool within = false;
    for (std::string line; std::getline(lines, line); within = !line.empty() && (within || line.starts_with("Latency")))
        if (within || line.starts_with("Latency")) {
            EXPECT_LE(widthOf(line), 110u) << line;
        }
}

TEST(TextSummary, AnAuditNamesWhatIsViolated)
{
    models::AuditLine line;
    line.subject = "web";
    line.law = "Little's law";
    line.claim = "population over time = sum of stays (s)";
    line.left = 2;
    line.right = 3;
    EXPECT_NE(auditText({line}).find("All laws hold"), std::string::npos);
    line.verdict = models::AuditLine::Verdict::violated;
    EXPECT_NE(auditText({line}).find("VIOLATED"), std::string::npos);
    EXPECT_NE(auditText({line, line}).find("2 of 2 laws are violated"), std::string::npos);
    EXPECT_EQ(violationsIn({line}), 1u);
}

TEST(Numbers, RangesShareAUnitAndNumbersToBeReachedAreRoundedUp)
{
    EXPECT_EQ(secondsRangeText(0.9e-3, 1.1e-3), "0.900–1.10 ms");
    EXPECT_EQ(secondsRangeText(0.003, 0.003), "3 ms");
    EXPECT_EQ(secondsRangeText(0, 0), "0 s");
    EXPECT_EQ(secondsRangeText(std::nan(""), 1), "no data");
    EXPECT_EQ(roundedUpText(3688), "3,700");
    EXPECT_EQ(roundedUpText(6), "6");
    EXPECT_EQ(roundedUpText(368), "370");
    EXPECT_EQ(roundedUpText(4'100'000), "4,100,000");
    EXPECT_EQ(roundedUpText(4'100'001), "4,200,000");
}

// A scenario is somebody else's text; it must not steer the terminal.
TEST(TextSummary, ShowsNoControlCharactersOfForeignNames)
{
    auto results = testing::sampleResults();
    results.scenario = "a\x1b[2Jb";
    results.clients[0].name = "c\x1b]0;x\x07";
    EXPECT_EQ(textSummary(results).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tantrum::app
