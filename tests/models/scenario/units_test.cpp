#include "models/scenario/units.h"

#include <gtest/gtest.h>
#include <random>

namespace tantrum::models::scenario {
namespace {

using engine::Duration;

TEST(Units, DurationsOfEveryUnitAreExact)
{
    const std::pair<const char*, std::int64_t> cases[]{{"7ns", 7},
                                                       {"7us", 7'000},
                                                       {"7µs", 7'000},
                                                       {"7μs", 7'000},
                                                       {"7ms", 7'000'000},
                                                       {"7s", 7'000'000'000},
                                                       {"7min", 420'000'000'000},
                                                       {"7h", 25'200'000'000'000},
                                                       {"7d", 604'800'000'000'000},
                                                       {"0", 0},
                                                       {"0s", 0},
                                                       {"0.5ms", 500'000},
                                                       {"1e3ms", 1'000'000'000},
                                                       {"1_000ms", 1'000'000'000},
                                                       {"4 ms", 4'000'000},
                                                       {"1.5ns", 2},
                                                       {"9007199254740993ns", 9'007'199'254'740'993}};
    for (const auto& [text, nanoseconds] : cases) {
        const auto parsed = parseDuration(text);
        ASSERT_TRUE(parsed) << text << parsed.message;
        EXPECT_EQ((*parsed).count(), nanoseconds) << text;
    }
}

TEST(Units, WrongDurationsSayWhatIsWrong)
{
    const std::pair<const char*, const char*> cases[]{
        {"4", "needs a unit"},
        {"4m", "not a unit"},
        {"-4ms", "cannot be negative"},
        {"fast", "not a duration"},
        {"0.1ns", "too short"},
        {"36501d", "too long"},
        {"", "not a duration"},
        {"4ms5", "not a unit"},
        {"1e400s", "not a duration"},
        {"nan", "not a duration"},
        {"infs", "not a duration"},
        {"0x10ms", "not a unit"},
        {"999999999999999999999999999999999999999999999ms", "not a duration"}};
    for (const auto& [text, message] : cases) {
        const auto parsed = parseDuration(text);
        EXPECT_FALSE(parsed) << text;
        EXPECT_NE(parsed.message.find(message), std::string::npos) << text << ": " << parsed.message;
    }
    EXPECT_EQ(parseDuration("4").hint, "e.g. 4ms");
    EXPECT_NE(parseDuration("4m").hint.find("did you mean 'min'"), std::string::npos);
    EXPECT_NE(parseDuration("4sec").hint.find("units:"), std::string::npos);
}

TEST(Units, RatesOfEveryUnit)
{
    EXPECT_DOUBLE_EQ((*parseRate("280/s")).perSecond(), 280);
    EXPECT_DOUBLE_EQ((*parseRate("30/min")).perSecond(), 0.5);
    EXPECT_DOUBLE_EQ((*parseRate("5/ms")).perSecond(), 5000);
    EXPECT_DOUBLE_EQ((*parseRate("36/h")).perSecond(), 0.01);
    EXPECT_DOUBLE_EQ((*parseRate("864/d")).perSecond(), 0.01);
    EXPECT_DOUBLE_EQ((*parseRate("1/ns")).perSecond(), 1e9);
    EXPECT_NE(parseRate("2/ns").hint.find("the clock counts nanoseconds"), std::string::npos);
    EXPECT_FALSE(parseRate("0/s"));
    EXPECT_FALSE(parseRate("-1/s"));
    EXPECT_EQ(parseRate("280").hint, "e.g. 280/s");
    EXPECT_FALSE(parseRate("280/m"));
    EXPECT_FALSE(parseRate("/s"));
    EXPECT_FALSE(parseRate("2ms/s"));
}

TEST(Units, SizesBandwidthsSharesAndMoney)
{
    EXPECT_EQ((*parseBytes("512B")).count(), 512);
    EXPECT_EQ((*parseBytes("64KiB")).count(), 65'536);
    EXPECT_EQ((*parseBytes("10MB")).count(), 10'000'000);
    EXPECT_EQ((*parseBytes("1.5GiB")).count(), 1'610'612'736);
    EXPECT_EQ((*parseBytes("2TB")).count(), 2'000'000'000'000);
    EXPECT_FALSE(parseBytes("64"));
    EXPECT_FALSE(parseBytes("0.1B"));
    EXPECT_FALSE(parseBytes("99999999999TiB"));
    EXPECT_DOUBLE_EQ((*parseBandwidth("1Gbit/s")).bitsPerSecond(), 1e9);
    EXPECT_DOUBLE_EQ((*parseBandwidth("100Mbit/s")).bitsPerSecond(), 1e8);
    EXPECT_DOUBLE_EQ((*parseBandwidth("10MB/s")).bytesPerSecond(), 1e7);
    EXPECT_DOUBLE_EQ((*parseBandwidth("1KiB/s")).bitsPerSecond(), 8192);
    EXPECT_FALSE(parseBandwidth("1Gbit"));
    EXPECT_DOUBLE_EQ((*parseProbability("10%")).share(), 0.1);
    EXPECT_DOUBLE_EQ((*parseProbability("0.1")).share(), 0.1);
    EXPECT_EQ(parseProbability("10").hint, "did you mean 10%?");
    EXPECT_FALSE(parseProbability("110%"));
    EXPECT_DOUBLE_EQ((*parseMoney("$0.40")).dollars(), 0.4);
    EXPECT_FALSE(parseMoney("0.40"));
}

TEST(Units, PlainNumbers)
{
    EXPECT_EQ(*parseCount("10_000"), 10'000);
    EXPECT_EQ(*parseCount("-3"), -3);
    EXPECT_EQ(*parseCount("1e6"), 1'000'000);
    EXPECT_FALSE(parseCount("1.5"));
    EXPECT_FALSE(parseCount("1__0"));
    EXPECT_FALSE(parseCount("99999999999999999999"));
    EXPECT_FALSE(parseCount("4ms"));
    EXPECT_EQ(*parseUnsigned("18446744073709551615"), UINT64_MAX);
    EXPECT_FALSE(parseUnsigned("18446744073709551616"));
    EXPECT_DOUBLE_EQ(*parseNumber("x1.5"), 1.5);
    EXPECT_DOUBLE_EQ(*parseNumber("1e-3"), 1e-3);
    EXPECT_FALSE(parseNumber("1e999"));
    EXPECT_TRUE(*parseBool("true"));
    EXPECT_EQ(parseBool("yes").hint, "write true");
}

TEST(Units, WhatIsWrittenReadsBackExactly)
{
    std::mt19937_64 random(7);
    for (int i = 0; i < 20'000; ++i) {
        const auto bits = static_cast<unsigned>(random() % 62);
        const Duration duration =
            Duration::nanoseconds(static_cast<std::int64_t>(random() & ((1ULL << bits) - 1)) % longestDuration.count());
        EXPECT_EQ((*parseDuration(textOf(duration))).count(), duration.count()) << textOf(duration);
        const double share = std::ldexp(static_cast<double>(random() >> 11), -53);
        EXPECT_EQ((*parseProbability(textOf(Probability::ofShare(share)))).share(), share);
        const double scaled = std::ldexp(share + 1e-9, static_cast<int>(random() % 40) - 10);
        EXPECT_EQ((*parseRate(textOf(Rate::perSecond(std::min(scaled, 1e9))))).perSecond(), std::min(scaled, 1e9));
        EXPECT_EQ(*parseNumber(textOf(scaled)), scaled);
        const Bytes bytes = Bytes::of(static_cast<std::int64_t>(random() % (1ULL << (bits % 60))));
        EXPECT_EQ(*parseBytes(textOf(bytes)), bytes);
        EXPECT_EQ(*parseBandwidth(textOf(Bandwidth::bitsPerSecond(scaled))), Bandwidth::bitsPerSecond(scaled));
    }
}

TEST(Units, PeopleReadShortTexts)
{
    EXPECT_EQ(textOf(Duration::milliseconds(4)), "4ms");
    EXPECT_EQ(textOf(Duration::microseconds(1500)), "1.5ms");
    EXPECT_EQ(textOf(Duration::seconds(90)), "90s");
    EXPECT_EQ(textOf(Duration::seconds(300)), "5min");
    EXPECT_EQ(textOf(Duration::seconds(172'800)), "2d");
    EXPECT_EQ(textOf(Rate::perSecond(280)), "280/s");
    EXPECT_EQ(textOf(Rate::perSecond(0.5)), "30/min");
    EXPECT_EQ(textOf(Bytes::of(65'536)), "64KiB");
    EXPECT_EQ(textOf(Bandwidth::bitsPerSecond(1e9)), "1Gbit/s");
    EXPECT_EQ(textOf(Probability::ofShare(0.1)), "10%");
    EXPECT_EQ(textOf(unlimited), "unlimited");
    EXPECT_EQ(textOf(Money::dollars(0.4)), "$0.4");
}

}  // namespace
}  // namespace tantrum::models::scenario
