#include "models/scenario/diagnostics.h"

#include <algorithm>
#include <cctype>

namespace tantrum::models::scenario {
namespace {

constexpr std::size_t longestCompared = 64;  // names are no longer; what is gets no suggestion

// Damerau-Levenshtein distance (optimal string alignment); case does not count, nor does - against _.
std::size_t distance(std::string_view one, std::string_view other)
{
    const auto fold = [](char c) {
        return c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    };
    std::vector<std::size_t> before(other.size() + 1), above(other.size() + 1), row(other.size() + 1);
    for (std::size_t j = 0; j <= other.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= one.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const bool same = fold(one[i - 1]) == fold(other[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && fold(one[i - 1]) == fold(other[j - 2]) && fold(one[i - 2]) == fold(other[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[other.size()];
}

}  // namespace

std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates)
{
    std::string_view best;
    if (name.size() > longestCompared) return best;
    std::size_t closest = std::max<std::size_t>(name.size() / 3, 1) + 1;
    for (const std::string_view candidate : candidates) {
        const std::size_t gap =
            candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
        if (candidate.empty() || candidate.size() > longestCompared || gap >= closest) continue;
        const std::size_t away = distance(name, candidate);
        if (away < closest && away < std::max(name.size(), candidate.size())) {
            closest = away;
            best = candidate;
        }
    }
    return best;
}

std::string suggest(std::string_view name, std::span<const std::string_view> candidates)
{
    constexpr std::size_t listedAtMost = 12;
    if (const std::string_view best = nearest(name, candidates); !best.empty())
        return "did you mean " + inQuotes(best) + "?";
    if (candidates.empty() || candidates.size() > listedAtMost) return {};
    std::string text = "known here: ";
    for (std::size_t i = 0; i < candidates.size(); ++i) text.append(i > 0 ? ", " : "").append(shown(candidates[i]));
    return text;
}

}  // namespace tantrum::models::scenario
