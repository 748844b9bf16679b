// What is wrong with a scenario file: where, what, and what to do about it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tantrum::models::scenario {

/// Counted from 1, in characters (not bytes), as editors count. Line 0: the file as a whole.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    constexpr auto operator<=>(const Position&) const = default;
};

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string file;
    Position position;
    std::string path;     ///< in the document, "nodes.web.workers"; may be empty
    std::string message;  ///< one sentence without a full stop; foreign names in it are escaped
    std::string hint;     ///< what to do; may be empty
};

/// Collects the mistakes of one file. One mistake is one diagnostic: a second error at the same place is a
/// consequence of the first and is dropped. Memory is bounded however many mistakes there are.
class Diagnostics {
public:
    static constexpr std::size_t shownAtMost = 200;

    explicit Diagnostics(std::string file) : file_(std::move(file)) {}

    void error(Position, std::string path, std::string message, std::string hint = {});
    void warning(Position, std::string path, std::string message, std::string hint = {});

    const std::string& file() const { return file_; }
    bool hasErrors() const { return errors_ > 0; }
    bool empty() const { return kept_.empty(); }
    /// So many that further ones are only counted: what costs time to find out need not be found out any more.
    bool full() const { return kept_.size() >= keptAtMost; }
    /// Sorted by place, without duplicates, at most `shownAtMost`; the last one then says how many more there are.
    std::vector<Diagnostic> sorted() const;

private:
    static constexpr std::size_t keptAtMost = 5'000;  // more than anyone reads, less than a hostile file could ask for

    void add(Severity, Position, std::string path, std::string message, std::string hint);
    std::string file_;
    std::vector<Diagnostic> kept_;
    std::size_t errors_ = 0;
    std::size_t dropped_ = 0;
};

/// `file:line:column: error: message`, the source line with a caret when `source` is given, and `  hint: …`.
/// Ends with a newline.
std::string render(const Diagnostic&, std::string_view source = {});
std::string render(std::span<const Diagnostic>, std::string_view source = {});

/// The candidate a person most likely meant, or empty: Damerau-Levenshtein (adjacent swaps count one), at most a
/// third of the length away. Ties go to the earlier candidate.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);
/// "did you mean 'workers'?", or else "known here: a, b, c" (a short list), or empty when there is nothing to offer.
std::string suggest(std::string_view name, std::span<const std::string_view> candidates);

/// Control characters, direction overrides and invalid UTF-8 as \x1b; ends once the result has `atMostBytes`.
std::string escaped(std::string_view text, std::size_t atMostBytes);
/// `name` fit to be shown: escaped and cut with an ellipsis.
std::string shown(std::string_view name, std::size_t atMostCharacters = 60);
/// shown(), in single quotes.
std::string inQuotes(std::string_view name);

}  // namespace tantrum::models::scenario
