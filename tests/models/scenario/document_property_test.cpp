// Random documents, random edits: the edited path reads back as what was set, and nothing else has changed.
#include "models/scenario/document.h"
#include "tests/models/scenario/fakes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace tantrum::tests {
namespace {

class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_(seed) {}
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }
    bool oneIn(std::size_t times) { return below(times) == 0; }
    template <class T, std::size_t size> const T& of(const T (&choices)[size]) { return choices[below(size)]; }

private:
    std::mt19937_64 random_;
};

const char* const scalars[]{"16",   "4ms", "exponential(4ms)", "\"200\"",      "'it''s'",
                            "true", "10%", "poisson(280/s)",   "web.checkout", "größe",
                            "~",    ""};
const char* const values[]{"32", "5ms",    "exponential(5ms)", "x, y", "a: b", "# c", "größer", "",      " ",
                           "'",  "[1, 2]", "{a: 1}",           "null", "-3",   "*",   "\"q\"",  "l1\nl2"};

// A scenario-like document: node names to mappings of parameters, in a mixture of styles.
class RandomDocument {
public:
    explicit RandomDocument(Chance& chance) : chance_(chance), end_(chance.oneIn(3) ? "\r\n" : "\n")
    {
        line(0, "tantrum: 1" + comment());
        line(0, "seed: 4" + comment());
        line(0, "nodes:" + comment());
        const std::size_t nodes = 1 + chance_.below(4);
        for (std::size_t i = 0; i < nodes; ++i) node(fmt::format("n{}", i));
        if (chance_.oneIn(2)) links();
        if (chance_.oneIn(3) && text.size() > end_.size()) text.resize(text.size() - end_.size());
    }
    std::string text;
    std::vector<std::string> paths{"seed", "warmup", "layout.n0"};

private:
    std::string comment() { return chance_.oneIn(3) ? "  # remark: [x" : ""; }
    void line(std::size_t indent, const std::string& content)
    {
        if (chance_.oneIn(8)) text += std::string(chance_.below(4), ' ') + "# a line of its own" + end_;
        if (chance_.oneIn(8)) text += end_;
        text += std::string(indent, ' ') + content + end_;
    }
    void node(const std::string& name)
    {
        const std::size_t count = chance_.below(4);
        const bool flow = chance_.oneIn(2);
        std::string entries = "type: service";
        if (!flow) line(2, name + ":" + comment());
        if (!flow) line(4, "type: service" + comment());
        for (std::size_t i = 0; i < count; ++i) {
            const std::string key = fmt::format("p{}", i), value = chance_.of(scalars);
            if (flow)
                entries += ", " + key + ": " + value;
            else
                line(4, key + ": " + value + comment());
            paths.push_back(fmt::format("{}{}.{}", chance_.oneIn(2) ? "nodes." : "", name, key));
        }
        if (flow) line(2, name + ": {" + entries + (chance_.oneIn(4) ? " }" : "}") + comment());
        paths.push_back(name + ".fresh");
    }
    void links()
    {
        line(0, "links:");
        line(2, "\"* -> *\": {latency: 1ms}");
        line(2, "n0 -> n1:");
        line(4, "policies:" + comment());
        line(6, "- retry: {attempts: 3}" + comment());
        line(6, "- timeout: 2s" + comment());
        for (const char* path :
             {"n0 -> n1.latency", "n0 -> n1.retry.attempts", "n0 -> n1.retry.budget", "n0 -> n1.timeout",
              "n0 -> n1.timeout.other", "n1 -> n0.latency", "n1 -> n0.timeout", "* -> *.loss"})
            paths.push_back(path);
    }

    Chance& chance_;
    std::string end_;
};

// Every scalar by its place, for comparison.
void flatten(const sc::Node& node, const std::string& path, std::map<std::string, std::string>& into)
{
    if (node.isScalar())
        into[path] = node.isNull() ? "(nothing)" : "=" + std::string(node.text());
    else
        into[path] = node.isMapping() ? "{}" : "[]";
    for (std::size_t i = 0; i < node.size(); ++i)
        flatten(node.isMapping() ? node.value(i) : node.items()[i],
                path + "/" + (node.isMapping() ? std::string(node.key(i).text()) : std::to_string(i)), into);
}
std::map<std::string, std::string> contentOf(const std::string& text)
{
    sc::Diagnostics ignored("");
    std::map<std::string, std::string> content;
    if (const auto tree = sc::parseTree(text, ignored)) flatten(tree->root(), "", content);
    return content;
}

std::vector<std::string> commentsOf(const std::string& text)
{
    std::vector<std::string> comments;
    for (std::size_t at = 0; (at = text.find("# ", at)) != std::string::npos; ++at)
        comments.push_back(text.substr(at, 5));
    return comments;
}

TEST(DocumentProperty, WhatIsSetIsReadBackAndNothingElseChanges)
{
    std::size_t done = 0;
    for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
        Chance chance(seed);
        const RandomDocument made(chance);
        sc::Document document(made.text, "f.yaml", fakes());
        ASSERT_TRUE(document.valid()) << made.text;
        for (int edit = 0; edit < 4; ++edit) {
            const std::string path = made.paths[chance.below(made.paths.size())], value = chance.of(values);
            const std::string before = document.text();
            const bool removes = chance.oneIn(4);
            if (removes ? document.remove(path) : document.set(path, value)) {
                ASSERT_EQ(document.text(), before);  // refused: nothing has happened
                continue;
            }
            ++done;
            const auto old = contentOf(before), now = contentOf(document.text());
            const std::string context = "seed " + std::to_string(seed) + " " + path + " = '" + value + "'\n" + before +
                                        "\n----\n" + document.text();
            if (!removes) {
                ASSERT_EQ(document.get(path).has_value(), true) << context;
                ASSERT_EQ(*document.get(path), value) << context;
                // What an edit changes or removes lies at or below one place; all other places keep their content.
                std::string changed;
                for (const auto& [place, content] : old) {
                    if (now.contains(place) && now.at(place) == content) continue;
                    if (changed.empty()) changed = place;
                    ASSERT_TRUE(place.starts_with(changed)) << context;
                }
                const std::size_t comments = commentsOf(before).size() + (value.starts_with("# ") ? 1 : 0);
                ASSERT_GE(commentsOf(document.text()).size() + 1, comments) << context;
            } else {
                ASSERT_LT(now.size(), old.size() + 1) << context;
                for (const auto& [place, content] : now)
                    ASSERT_TRUE(old.contains(place) || place.starts_with("/links/n0 -> n1/policies")) << context;
            }
        }
    }
    EXPECT_GT(done, 8'000u);  // most edits are possible
}

}  // namespace
}  // namespace tantrum::tests
