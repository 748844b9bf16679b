#include "models/scenario/diagnostics.h"

#include <array>
#include <gtest/gtest.h>

namespace tantrum::models::scenario {
namespace {

using Names = std::vector<std::string_view>;

TEST(Diagnostics, TheNearestNameIsSuggested)
{
    const Names names{"workers", "queue", "replicas", "operations"};
    EXPECT_EQ(nearest("wokers", names), "workers");
    EXPECT_EQ(nearest("wrokers", names), "workers");  // a swap is one mistake
    EXPECT_EQ(nearest("Workers", names), "workers");
    EXPECT_EQ(nearest("quue", names), "queue");
    EXPECT_EQ(nearest("banana", names), "");
    EXPECT_EQ(nearest("", names), "");
    EXPECT_EQ(suggest("wokers", names), "did you mean 'workers'?");
    EXPECT_EQ(suggest("banana", names), "known here: workers, queue, replicas, operations");
    EXPECT_EQ(suggest("x", {}), "");
    EXPECT_EQ(nearest(std::string(100'000, 'w'), names), "");
}

TEST(Diagnostics, NamesAreEscapedAndCut)
{
    EXPECT_EQ(shown("a\x1b[31mb"), "a\\x1b[31mb");
    EXPECT_EQ(shown("a\nb"), "a\\x0ab");
    EXPECT_EQ(shown("\xff"), "\\xff");
    EXPECT_EQ(shown("größe"), "größe");
    EXPECT_EQ(shown("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
    EXPECT_EQ(shown(std::string(100, 'x'), 10), std::string(10, 'x') + "…");
}

TEST(Diagnostics, OnePlaceGetsOneDiagnosticAndManyAreCapped)
{
    Diagnostics diagnostics("f.yaml");
    diagnostics.error({3, 4}, "a", "second");
    diagnostics.error({1, 1}, "b", "first");
    diagnostics.error({3, 4}, "a", "a consequence");
    ASSERT_EQ(diagnostics.sorted().size(), 2u);
    EXPECT_EQ(diagnostics.sorted()[0].message, "first");
    EXPECT_EQ(diagnostics.sorted()[1].message, "second");
    for (std::uint32_t line = 10; line < 10'000; ++line) diagnostics.error({line, 1}, "", "wrong");
    EXPECT_EQ(diagnostics.sorted().size(), Diagnostics::shownAtMost);
    EXPECT_NE(diagnostics.sorted().back().message.find("more"), std::string::npos);
}

TEST(Diagnostics, TheCaretStandsUnderTheCharacter)
{
    const Diagnostic diagnostic{Severity::error, "f.yaml", {2, 6}, "a", "wrong", "do it right"};
    EXPECT_EQ(render(diagnostic, "one\nöö: xyz\nthree"),
              "f.yaml:2:6: error: wrong\n    öö: xyz\n         ^\n  hint: do it right\n");
    EXPECT_EQ(render(diagnostic), "f.yaml:2:6: error: wrong\n  hint: do it right\n");
}

}  // namespace
}  // namespace tantrum::models::scenario
