#include "models/scenario/diagnostics.h"

#include "models/scenario/utf8.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace tantrum::models::scenario {
namespace {

bool samePlace(const Diagnostic& one, const Diagnostic& other)
{
    return one.position == other.position && one.severity == other.severity && one.path == other.path;
}

std::string_view lineOf(std::string_view source, std::uint32_t line)
{
    for (std::uint32_t at = 1; at < line; ++at) {
        const std::size_t end = source.find('\n');
        if (end == std::string_view::npos) return {};
        source.remove_prefix(end + 1);
    }
    source = source.substr(0, source.find('\n'));
    if (source.ends_with('\r')) source.remove_suffix(1);
    return source;
}

// The line with the place in the middle when it is long, and a caret below.
std::string excerpt(std::string_view source, Position position)
{
    constexpr std::size_t width = 100;
    const std::string_view line = lineOf(source, position.line);
    if (line.empty() || position.column == 0) return {};
    const std::size_t place = position.column - 1;
    const std::size_t first = place > width / 2 ? place - width / 2 : 0;
    const std::size_t from = utf8::offsetOf(line, first);
    const std::size_t to = utf8::offsetOf(line, first + width);
    std::string text = escaped(line.substr(from, to - from), 4 * width);
    std::replace(text.begin(), text.end(), '\t', ' ');
    return fmt::format("    {}\n    {}^\n", text, std::string(place - first, ' '));
}

}  // namespace

void Diagnostics::error(Position position, std::string path, std::string message, std::string hint)
{
    ++errors_;
    add(Severity::error, position, std::move(path), std::move(message), std::move(hint));
}

void Diagnostics::warning(Position position, std::string path, std::string message, std::string hint)
{
    add(Severity::warning, position, std::move(path), std::move(message), std::move(hint));
}

void Diagnostics::add(Severity severity, Position position, std::string path, std::string message, std::string hint)
{
    if (full()) {
        ++dropped_;
        return;
    }
    kept_.push_back({severity, file_, position, std::move(path), std::move(message), std::move(hint)});
}

std::vector<Diagnostic> Diagnostics::sorted() const
{
    std::vector<Diagnostic> result = kept_;
    std::stable_sort(result.begin(), result.end(), [](const Diagnostic& one, const Diagnostic& other) {
        return std::tie(one.position, one.severity) < std::tie(other.position, other.severity);
    });
    result.erase(std::unique(result.begin(), result.end(), samePlace), result.end());
    if (result.size() > shownAtMost) {
        const std::size_t more = result.size() - (shownAtMost - 1) + dropped_;
        const bool errors = hasErrors();
        result.resize(shownAtMost - 1);
        result.push_back({errors ? Severity::error : Severity::warning,
                          file_,
                          result.back().position,
                          {},
                          fmt::format("and {}{} more", full() ? "at least " : "", more),
                          {}});
    }
    return result;
}

std::string render(const Diagnostic& diagnostic, std::string_view source)
{
    std::string text = shown(diagnostic.file, 300);
    if (diagnostic.position.line > 0)
        text += fmt::format(":{}:{}", diagnostic.position.line, diagnostic.position.column);
    text += fmt::format(": {}: {}\n", diagnostic.severity == Severity::error ? "error" : "warning", diagnostic.message);
    if (!source.empty() && diagnostic.position.line > 0) text += excerpt(source, diagnostic.position);
    if (!diagnostic.hint.empty()) text += fmt::format("  hint: {}\n", diagnostic.hint);
    return text;
}

std::string render(std::span<const Diagnostic> diagnostics, std::string_view source)
{
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += render(diagnostic, source);
    return text;
}

std::string escaped(std::string_view text, std::size_t atMostBytes)
{
    std::string result;
    while (!text.empty() && result.size() < atMostBytes) {
        const auto first = static_cast<unsigned char>(text.front());
        const std::size_t length = utf8::sequenceLength(text);
        const auto second = static_cast<unsigned char>(length > 1 ? text[1] : 0);
        const auto third = static_cast<unsigned char>(length > 2 ? text[2] : 0);
        const bool control = first < 0x20 || first == 0x7f || (first == 0xc2 && second < 0xa0);
        // Direction overrides and their like would let a name rewrite the line it is shown in.
        const bool overrides = first == 0xe2 && ((second == 0x80 && third >= 0xa8 && third <= 0xaf) ||
                                                 (second == 0x81 && third >= 0xa6 && third <= 0xaf));
        if (length == 0 || control || overrides) {
            const std::size_t taken = std::max<std::size_t>(length, 1);
            if (first == '\t')
                result += ' ';
            else
                for (std::size_t i = 0; i < taken; ++i)
                    result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
            text.remove_prefix(taken);
        } else {
            result.append(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    return result;
}

std::string shown(std::string_view name, std::size_t atMostCharacters)
{
    const std::size_t end = utf8::offsetOf(name, atMostCharacters);
    return escaped(name.substr(0, end), 4 * atMostCharacters) + (end < name.size() ? "…" : "");
}

std::string inQuotes(std::string_view name) { return fmt::format("'{}'", shown(name)); }

}  // namespace tantrum::models::scenario
