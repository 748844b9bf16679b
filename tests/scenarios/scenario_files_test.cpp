// What every scenario file that comes with Tantrum owes its readers.
#include "tests/scenarios/support/files.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tantrum::scenarios {
namespace {

std::vector<std::filesystem::path> allFiles()
{
    std::vector<std::filesystem::path> all = filesIn("library");
    for (const char* folder : {"lessons", "theory", "bench"})
        for (auto& file : filesIn(folder)) all.push_back(std::move(file));
    return all;
}

// A bundled file with a mistake would be the first thing somebody sees.
TEST(ScenarioFiles, LoadWithoutADiagnosticAndSayWhatTheyAreAbout)
{
    ASSERT_GE(allFiles().size(), 7u);
    for (const auto& file : allFiles()) {
        SCOPED_TRACE(file);
        const auto scenario = read({.file = file});
        ASSERT_TRUE(scenario);
        EXPECT_FALSE(scenario->name.empty());
        EXPECT_GT(scenario->about.size(), 40u) << "'about' says in a sentence or two what there is to see";
        EXPECT_FALSE(scenario->expect.empty()) << "a scenario states what it shows as 'expect' lines";
    }
}

// The library is opened in the window, where everything has a place.
TEST(ScenarioFiles, OfTheLibraryAndTheLessonsGiveEveryNodeItsOwnPlace)
{
    for (const char* folder : {"library", "lessons", "bench"})
        for (const auto& file : filesIn(folder)) {
            SCOPED_TRACE(file);
            const auto scenario = read({.file = file});
            ASSERT_TRUE(scenario);
            for (const auto& node : scenario->nodes) {
                const auto placed = [&](const auto& point) { return point.node == node.name; };
                EXPECT_EQ(std::count_if(scenario->layout.begin(), scenario->layout.end(), placed), 1) << node.name;
            }
            for (const auto& one : scenario->layout)
                for (const auto& other : scenario->layout)
                    EXPECT_TRUE(&one == &other || std::abs(one.x - other.x) >= 60 || std::abs(one.y - other.y) >= 60) << one.node << " covers " << other.node;
        }
}

// The promise on which going back in time, comparisons and bug reports stand.
TEST(ScenarioFiles, RunTwiceGiveTheSameFingerprintAndWithAnotherSeedAnother)
{
    const double seconds = sanitized() ? 5 : 200;
    for (const auto& file : allFiles()) {
        SCOPED_TRACE(file);
        const auto scenario = read({.file = file});
        ASSERT_TRUE(scenario);
        const std::string folder = file.parent_path().filename().string();  // of those two, thousands of requests a second
        const double most = folder == "theory" ? std::min(seconds, std::max(seconds / 100, 200.0)) : folder == "bench" ? seconds / 20 : seconds;
        const auto first = run(*scenario, {}, most);
        EXPECT_EQ(run(*scenario, {}, most).fingerprint, first.fingerprint);
        const bool chanceless = file.parent_path().filename() == "theory";  // some laws are counted, not sampled
        if (!chanceless) {
            EXPECT_NE(run(*scenario, scenario->seed + 1, most).fingerprint, first.fingerprint);
        }
        EXPECT_TRUE(first.requests > 0 || sanitized());  // five seconds may be too few for one
    }
}

// A model change that falsifies what a file says about itself has to be seen here.
TEST(ScenarioFiles, OfTheLibraryKeepTheirClaims)
{
    for (const auto& file : filesIn("library")) {
        if (sanitized() && file.stem() == "mm1") continue;  // sixty million requests
        expectItsClaims({.file = file});
    }
}

TEST(ScenarioFiles, OfTheLessonsKeepTheirClaims)
{
    for (const auto& file : filesIn("lessons")) expectItsClaims({.file = file});
}

TEST(ScenarioFiles, OfTheTheoryTestsKeepTheirClaims)
{
    if (sanitized()) GTEST_SKIP() << "the theory tests run the same files, shortened";
    for (const auto& file : filesIn("theory")) expectItsClaims({.file = file});
}

// A workload that does not do what it says measures something else.
TEST(ScenarioFiles, OfTheBenchKeepTheirClaims)
{
    if (sanitized()) GTEST_SKIP() << "millions of requests";
    for (const auto& file : filesIn("bench")) expectItsClaims({.file = file});
}

// People paste these commands; they have to be taken as they stand.
TEST(ScenarioFiles, NameOnlySettingsThatCanBeMade)
{
    int commands = 0;
    for (const auto& file : filesIn("library")) {
        SCOPED_TRACE(file);
        const auto scenario = read({.file = file});
        ASSERT_TRUE(scenario);
        for (const auto& settings : commandsIn(scenario->about)) {
            EXPECT_TRUE(read({.file = file, .settings = settings}));
            ++commands;
        }
    }
    EXPECT_GE(commands, 6);
}

}  // namespace
}  // namespace tantrum::scenarios
