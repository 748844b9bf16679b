// The parts of TreeBuilder that deal with libyaml's marks and messages.
#include "models/scenario/tree_builder.h"
#include "models/scenario/utf8.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

struct SyntaxHint {
    std::string_view problem;  // a part of libyaml's message
    std::string_view hint;
};
constexpr std::array syntaxHints{
    SyntaxHint{"mapping values are not allowed", "check the indentation; a value that contains ': ' has to be quoted"},
    SyntaxHint{"alphabetic or numeric character", "text that begins with * or & has to be quoted: \"* -> *\""},
    SyntaxHint{"cannot start any token", "indent with spaces, not tabs; quote values that begin with @, ` or %"},
    SyntaxHint{"expected ':'", "a mapping's line reads 'key: value'"},
    SyntaxHint{"expected key", "check the indentation: keys of one mapping start in the same column"},
    SyntaxHint{"expected '-' indicator", "check the indentation: items of one list start in the same column"},
    SyntaxHint{"expected ',' or '}'", "separate entries by commas and close every {"},
    SyntaxHint{"expected ',' or ']'", "separate items by commas and close every ["},
    SyntaxHint{"unexpected end of stream", "a quote is not closed"},
    SyntaxHint{"unknown escape character", "inside \"…\" a backslash is written \\\\"},
    SyntaxHint{"tab character", "indent with spaces, not tabs"},
    SyntaxHint{"control characters", "remove the control character"},
};

}  // namespace

bool TreeBuilder::refuse(Position position, std::string message, std::string hint)
{
    diagnostics_.error(position, {}, std::move(message), std::move(hint));
    return false;
}

bool TreeBuilder::refuseSyntax()
{
    const std::string_view problem = parser_.problem ? parser_.problem : "not YAML";
    const std::string_view context = parser_.context ? parser_.context : "";
    Position position = positionOf(parser_.problem_mark);
    if (parser_.error == YAML_READER_ERROR) {
        const std::string_view before = std::string_view(tree_->source_).substr(0, skipped_ + parser_.problem_offset);
        const std::size_t line = before.rfind('\n') + 1;  // npos + 1 is 0
        position = {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1,
                    static_cast<std::uint32_t>(before.size() - line) + 1};
    }
    std::string hint;
    for (const SyntaxHint& known : syntaxHints) {
        if (!hint.empty() || problem.find(known.problem) == std::string_view::npos) continue;
        hint = known.hint;
    }
    std::string message = fmt::format("this is not YAML: {}", problem);
    if (!context.empty()) message += fmt::format(" ({}, line {})", context, parser_.context_mark.line + 1);
    return refuse(position, std::move(message), std::move(hint));
}

Position TreeBuilder::positionOf(const yaml_mark_t& mark) const
{
    return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

std::uint32_t TreeBuilder::byteAt(std::size_t character) const
{
    const std::string& source = tree_->source_;
    if (ascii_) return static_cast<std::uint32_t>(std::min(skipped_ + character, source.size()));
    const std::size_t checkpoint = character / checkpointEvery;
    if (checkpoint >= checkpoints_.size()) return static_cast<std::uint32_t>(source.size());
    const std::size_t start = checkpoints_[checkpoint];
    return static_cast<std::uint32_t>(
        start + utf8::offsetOf(std::string_view(source).substr(start), character % checkpointEvery));
}

Range TreeBuilder::rangeOf(const yaml_event_t& event) const
{
    Range range{positionOf(event.start_mark), positionOf(event.end_mark), byteAt(event.start_mark.index),
                byteAt(event.end_mark.index)};
    const bool block = event.type == YAML_SCALAR_EVENT && (event.data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
                                                           event.data.scalar.style == YAML_FOLDED_SCALAR_STYLE);
    while (block && range.to > range.from && std::strchr(" \t\r\n", tree_->source_[range.to - 1])) --range.to;
    return range;
}

const char* TreeBuilder::keep(std::string_view text)
{
    if (text.size() > textRoom_) {
        textRoom_ = std::max(text.size(), textBlock);
        tree_->texts_.push_back(std::make_unique<char[]>(textRoom_));
        textNext_ = tree_->texts_.back().get();
    }
    if (text.empty()) return "";
    std::memcpy(textNext_, text.data(), text.size());
    const char* kept = textNext_;
    textNext_ += text.size();
    textRoom_ -= text.size();
    return kept;
}

}  // namespace tantrum::models::scenario
