// What the compiler does not check and a review should not have to.
#include "tests/tidy/support/rules.h"

#include <gtest/gtest.h>

namespace tantrum::tidy {
namespace {

template <class Rule> void expectAll(Rule rule, std::string_view folder = {})
{
    std::size_t looked = 0;
    for (const Source* source : cppBelow(folder)) {
        ++looked;
        for (const std::string& complaint : rule(*source)) ADD_FAILURE() << source->path << ": " << complaint;
    }
    EXPECT_GT(looked, 0u);
}

// engine <- models <- app/core <- cli | studio: what can be built, tested and understood without the rest.
TEST(Arrows, PointFromTheAppToTheModelsToTheEngineAndNeverBack) { expectAll(arrowsOf); }

// g++ 12 miscompiles them silently; the symptom is a destroyed temporary, somewhere, sometimes.
TEST(Coroutines, HaveNothingInTheirAwaitsThatTheCompilerGetsWrong) { expectAll(coroutineHazardsOf); }

// The same scenario, seed and journal: the same run, bit for bit, on every machine.
TEST(Engine, TakesNoLuckNoTimeAndNoMathematicsFromTheMachine) { expectAll(sourcesOfDivergenceOf); }

TEST(Engine, WalksOverNothingInAnOrderThatTheMachineChooses) { expectAll(machineOrderOf); }

TEST(Engine, HasNoSlowTypesInItsHeaders) { expectAll(slowTypesOf, "engine/"); }

TEST(Sources, AreFinished)
{
    for (const Source& source : allSources())
        for (const std::string& complaint : unfinishedWorkOf(source)) ADD_FAILURE() << source.path << ": " << complaint;
}

TEST(Sources, AreShortEnoughToBeReadAtOnce) { expectAll(sizeOf); }

TEST(Headers, BeginWithWhatTheyAreForAndAreIncludedOnce) { expectAll(headerFormOf); }

TEST(Headers, KeepQtsMacrosOnTheirOwnLines) { expectAll(macrosOutOfLineOf, "app/"); }

// What runs only here does not run.
TEST(Files, NameNoPathsOfOneMachine)
{
    ASSERT_GT(allSources().size(), 100u);
    for (const Source& source : allSources())
        for (const std::string& complaint : machinePathsOf(source)) ADD_FAILURE() << source.path << ": " << complaint;
}

}  // namespace
}  // namespace tantrum::tidy
