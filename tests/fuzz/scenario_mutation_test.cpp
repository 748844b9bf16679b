// Valid scenarios, damaged at random from a seed: the reader and the writer end, and agree with themselves.
#include "models/scenario/document.h"
#include "tests/models/scenario/fakes.h"

#include <gtest/gtest.h>
#include <random>

namespace tantrum::tests {
namespace {

class Mutator {
public:
    explicit Mutator(std::uint64_t seed) : random_(seed) {}

    std::string operator()(std::string text)
    {
        const std::size_t times = 1 + below(4);
        for (std::size_t i = 0; i < times; ++i) once(text);
        return text;
    }

private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(random_() % bound); }

    void once(std::string& text)
    {
        static const char* const pieces[]{"(",
                                          ")",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          ":",
                                          ": ",
                                          ",",
                                          "- ",
                                          "\n",
                                          "\r\n",
                                          "#",
                                          "\"",
                                          "'",
                                          "&a ",
                                          "*a",
                                          "|\n",
                                          ">-\n",
                                          "!",
                                          "%",
                                          "->",
                                          "*",
                                          ".",
                                          "..",
                                          "0",
                                          "-1",
                                          "1e999",
                                          "999999999999999999999",
                                          "\xff",
                                          "\xc3\xb6",
                                          "\xef\xbb\xbf",
                                          "\t",
                                          "<<: ",
                                          "---\n",
                                          "null",
                                          "exponential(",
                                          "mix(50%=",
                                          "unlimited",
                                          "share: ",
                                          std::string_view("\0", 1).data()};
        const std::size_t at = below(text.size() + 1);
        const std::size_t length = std::min(below(20), text.size() - at);
        switch (below(6)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, pieces[below(std::size(pieces))]); break;
        case 2: text.replace(at, length, pieces[below(std::size(pieces))]); break;
        case 3: text.insert(below(text.size() + 1), text.substr(at, length)); break;
        case 4:
            if (at < text.size()) text[at] = static_cast<char>(below(256));
            break;
        default: swapLines(text); break;
        }
    }
    void swapLines(std::string& text)
    {
        const std::size_t from = text.find('\n', below(text.size() + 1));
        if (from == std::string::npos) return;
        const std::size_t to = text.find('\n', from + 1);
        if (to == std::string::npos) return;
        const std::string line = text.substr(from, to - from);
        text.erase(from, line.size());
        const std::size_t place = text.find('\n', below(text.size() + 1));
        text.insert(place == std::string::npos ? 0 : place, line);
    }

    std::mt19937_64 random_;
};

TEST(ScenarioMutation, TheReaderEndsAndSaysWhy)
{
    for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
        const std::string text = Mutator(seed)(wholeScenario());
        const auto result = readText(text);
        bool errors = false;
        for (const auto& diagnostic : result.diagnostics) {
            errors = errors || diagnostic.severity == sc::Severity::error;
            ASSERT_FALSE(diagnostic.message.empty()) << "seed " << seed;
            ASSERT_FALSE(sc::render(diagnostic, text).empty());
        }
        ASSERT_EQ(result.scenario.has_value(), !errors) << "seed " << seed << "\n" << problemsOf(result);
    }
}

TEST(ScenarioMutation, TheWriterRefusesOrDoesWhatWasMeant)
{
    for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
        sc::Document document(Mutator(seed)(wholeScenario()), "f.yaml", fakes());
        for (const auto& [path, value] : {std::pair<const char*, const char*>{"web.workers", "33"},
                                          {"web -> inventory.retry.attempts", "4"},
                                          {"orders -> web.latency", "1ms"},
                                          {"shoppers.arrivals.rate", "1/s"},
                                          {"layout.orders", "[1, 2]"},
                                          {"web.checkout.0.work", "9ms"}}) {
            const std::string before = document.text();
            if (document.set(path, value))
                ASSERT_EQ(document.text(), before);
            else
                ASSERT_EQ(document.get(path), value) << "seed " << seed << "\n" << document.text();
        }
        for (const char* path : {"nodes.web", "timeline.1", "web -> inventory.timeout", "name"})
            static_cast<void>(document.remove(path));
    }
}

}  // namespace
}  // namespace tantrum::tests
