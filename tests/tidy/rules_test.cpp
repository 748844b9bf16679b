// A rule that sees nothing passes for ever, so each is shown what it has to see, and what it has to leave alone.
#include "tests/tidy/support/rules.h"

#include <gtest/gtest.h>

namespace tantrum::tidy {
namespace {

std::size_t arrows(const std::string& path, const std::string& include) { return arrowsOf(makeSource(path, "#include " + include + "\n")).size(); }

TEST(TheRuleOnArrows, SeesWhatPointsBackAndSideways)
{
    EXPECT_EQ(arrows("engine/task.h", "\"models/host.h\""), 1u);
    EXPECT_EQ(arrows("engine/task.h", "<fmt/format.h>"), 1u);
    EXPECT_EQ(arrows("engine/task.h", "<unistd.h>"), 1u);
    EXPECT_EQ(arrows("engine/task.h", "\"list.h\""), 1u);
    EXPECT_EQ(arrows("models/host.h", "\"app/core/runner.h\""), 1u);
    EXPECT_EQ(arrows("models/services/client.cpp", "\"models/messaging/queue.h\""), 1u);
    EXPECT_EQ(arrows("models/services/client.cpp", "\"models/world/world.h\""), 1u);
    EXPECT_EQ(arrows("models/scenario/reader.cpp", "\"models/world/world.h\""), 1u);
    EXPECT_EQ(arrows("app/core/runner.h", "<QString>"), 1u);
    EXPECT_EQ(arrows("app/core/runner.h", "<QtCore/QString>"), 1u);
    EXPECT_EQ(arrows("app/core/runner.h", "\"app/cli/main.h\""), 1u);
    EXPECT_EQ(arrows("app/cli/main.cpp", "\"app/studio/window.h\""), 1u);
    EXPECT_EQ(arrows("app/studio/window.cpp", "\"app/cli/main.h\""), 1u);
    EXPECT_EQ(arrows("app/studio/window.cpp", "\"tests/tidy/support/rules.h\""), 1u);
}

TEST(TheRuleOnArrows, LeavesAloneWhatPointsTheRightWay)
{
    EXPECT_EQ(arrows("engine/task.h", "<coroutine>"), 0u);
    EXPECT_EQ(arrows("engine/task.h", "\"engine/list.h\""), 0u);
    EXPECT_EQ(arrows("models/services/client.cpp", "\"models/component.h\""), 0u);
    EXPECT_EQ(arrows("models/services/client.cpp", "\"models/scenario/describe.h\""), 0u);
    EXPECT_EQ(arrows("models/caches/cache.cpp", "\"models/caches/eviction.h\""), 0u);
    EXPECT_EQ(arrows("models/world/construction.cpp", "\"models/network/link.h\""), 0u);
    EXPECT_EQ(arrows("app/studio/window.cpp", "<QWidget>"), 0u);
    EXPECT_EQ(arrows("app/core/runner.h", "\"models/world/world.h\""), 0u);
}

std::size_t hazards(const std::string& code) { return coroutineHazardsOf(makeSource("models/a.cpp", code)).size(); }

TEST(TheRuleOnCoroutines, SeesLambdasAndBraces)
{
    EXPECT_EQ(hazards("co_await wait([&] { return 1; });"), 1u);
    EXPECT_EQ(hazards("co_await wait([=](int a) { return a; });"), 1u);
    EXPECT_EQ(hazards("co_await wait([this] { return 1; });"), 1u);
    EXPECT_EQ(hazards("co_await wait([value](int a) { return a; });"), 1u);
    EXPECT_EQ(hazards("co_await wait([value = 1] { return value; });"), 1u);
    EXPECT_EQ(hazards("x = co_await next.call(Request{1, 2});"), 1u);
    EXPECT_EQ(hazards("x = co_await next.call({1, 2});"), 1u);
    EXPECT_EQ(hazards("if (co_await Wait{queue}) return;"), 1u);
}

TEST(TheRuleOnCoroutines, LeavesAloneWhatIsNamedFirst)
{
    EXPECT_EQ(hazards("co_await next.call(request);"), 0u);
    EXPECT_EQ(hazards("if (co_await wait(index)) { Request{1}; }"), 0u);
    EXPECT_EQ(hazards("co_await copies[index].result();"), 0u);
    EXPECT_EQ(hazards("co_await simulation.delay(Duration{});"), 0u);
    EXPECT_EQ(hazards("// co_await wait([&] {})\n"), 0u);
    EXPECT_EQ(hazards("Awaiter operator co_await() && { return Awaiter{1}; }"), 0u);
}

std::size_t divergence(const std::string& code) { return sourcesOfDivergenceOf(makeSource("models/a.cpp", code)).size(); }

TEST(TheRuleOnTheMachine, SeesItsLuckItsClockAndItsMathematics)
{
    EXPECT_EQ(divergence("std::random_device device;"), 1u);
    EXPECT_EQ(divergence("int a = std::rand();"), 1u);
    EXPECT_EQ(divergence("seed(time(nullptr));"), 1u);
    EXPECT_EQ(divergence("auto a = std::chrono::steady_clock::now();"), 1u);
    EXPECT_EQ(divergence("double a = std::exp(b);"), 1u);
    EXPECT_EQ(divergence("double a = ::pow(b, 2);"), 1u);
}

TEST(TheRuleOnTheMachine, LeavesAloneOurOwn)
{
    EXPECT_EQ(divergence("double a = engine::exp(b) + std::sqrt(c) + std::floor(d);"), 0u);
    EXPECT_EQ(divergence("// std::exp(x) would differ\n"), 0u);
    EXPECT_EQ(divergence("Instant time() const; double b = law.exponential(c);"), 0u);
    EXPECT_EQ(sourcesOfDivergenceOf(makeSource("app/core/a.cpp", "std::chrono::steady_clock::now();")).size(), 0u);
}

std::size_t machineOrder(const std::string& code) { return machineOrderOf(makeSource("models/a.cpp", code)).size(); }

TEST(TheRuleOnOrder, SeesHashTablesThatAreWalkedAndTablesByAddress)
{
    const std::string table = "std::unordered_map<std::uint64_t, std::vector<int>> waiting_;\n";
    EXPECT_EQ(machineOrder(table + "for (const auto& [key, list] : waiting_) wake(list);"), 1u);
    EXPECT_EQ(machineOrder(table + "for (auto& each : other.waiting_) wake(each);"), 1u);
    EXPECT_EQ(machineOrder(table + "auto first = waiting_.begin();"), 1u);
    EXPECT_EQ(machineOrder("void f(const std::unordered_set<int>& seen) { for (int each : seen) g(each); }"), 1u);
    EXPECT_EQ(machineOrder("std::map<const Node*, int> order;"), 1u);
    EXPECT_EQ(machineOrder("std::set<Node*> order;"), 1u);
    // Declared in a header that is included.
    EXPECT_EQ(machineOrder("#include \"models/world/parts.h\"\nfor (auto& [key, index] : parts.nodeIndex) f(index);"), 1u);
}

TEST(TheRuleOnOrder, LeavesAloneWhatIsLookedUp)
{
    const std::string table = "std::unordered_map<std::uint64_t, int> waiting_; std::vector<int> all_;\n";
    EXPECT_EQ(machineOrder(table + "if (waiting_.find(key) == waiting_.end()) waiting_.erase(key);"), 0u);
    EXPECT_EQ(machineOrder(table + "for (int each : all_) f(each); all_.begin();"), 0u);
    EXPECT_EQ(machineOrder("std::map<std::string, Node*> order; for (auto& each : order) f(each);"), 0u);
}

TEST(TheRuleOnUnfinishedWork, SeesItsWords)
{
    EXPECT_EQ(unfinishedWorkOf(makeSource("a.cpp", std::string("// TO") + "DO: later\n")).size(), 1u);
    EXPECT_EQ(unfinishedWorkOf(makeSource("a.md", std::string("FIX") + "ME")).size(), 1u);
    EXPECT_EQ(unfinishedWorkOf(makeSource("a.cpp", "// a to-do list is a component\n")).size(), 0u);
}

TEST(TheRuleOnHeaders, SeesWhatIsMissing)
{
    EXPECT_EQ(headerFormOf(makeSource("a.h", "struct A {};\n")).size(), 2u);
    EXPECT_EQ(headerFormOf(makeSource("a.h", "// What it is.\n#pragma once\n")).size(), 0u);
}

TEST(TheRuleOnPaths, SeesThoseOfOneMachine)
{
    EXPECT_EQ(machinePathsOf(makeSource("a.md", std::string("see /ho") + "me/me/notes\n")).size(), 1u);
    EXPECT_EQ(machinePathsOf(makeSource("a.cmake", std::string("set(X \"/wo") + "rk/x\")\n")).size(), 1u);
    EXPECT_EQ(machinePathsOf(makeSource("a.cpp", "// the frame/work/flow\n")).size(), 0u);
}

TEST(TheRuleOnQt, SeesAMacroThatIsNotAlone)
{
    EXPECT_EQ(macrosOutOfLineOf(makeSource("a.h", "class A : public QObject { Q_OBJECT public: };\n")).size(), 1u);
    EXPECT_EQ(macrosOutOfLineOf(makeSource("a.h", "class A : public QObject {\n    Q_OBJECT\n};\n")).size(), 0u);
}

TEST(TheRuleOnSizes, CountsLines)
{
    EXPECT_EQ(sizeOf(makeSource("a.cpp", std::string(500, '\n'))).size(), 0u);
    EXPECT_EQ(sizeOf(makeSource("a.cpp", std::string(501, '\n'))).size(), 1u);
}

TEST(TheRuleOnHotHeaders, SeesTypesThatAllocate)
{
    EXPECT_EQ(slowTypesOf(makeSource("engine/a.h", "std::function<void()> f;\n")).size(), 1u);
    EXPECT_EQ(slowTypesOf(makeSource("models/a.h", "std::function<void()> f;\n")).size(), 0u);
}

}  // namespace
}  // namespace tantrum::tidy
