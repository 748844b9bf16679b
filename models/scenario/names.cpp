#include "models/scenario/names.h"

#include "models/scenario/diagnostics.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {
namespace {

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isNameCharacter(char c) { return isLetter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

bool validPattern(std::string_view text)
{
    return !text.empty() && text.size() <= longestName &&
           std::all_of(text.begin(), text.end(), [](char c) { return isNameCharacter(c) || c == '*'; });
}

}  // namespace

Parsed<std::string> parseName(std::string_view text)
{
    if (text.size() > longestName)
        return {fmt::format("the name {} is too long", inQuotes(text)),
                fmt::format("at most {} characters", longestName)};
    if (!text.empty() && isLetter(text.front()) && std::all_of(text.begin(), text.end(), isNameCharacter))
        return std::string(text);
    return {fmt::format("{} is not a name", inQuotes(text)),
            "names begin with a letter and go on with letters, digits, '_' and '-'"};
}

Parsed<OperationReference> parseOperation(std::string_view text)
{
    const std::size_t dot = text.find('.');
    const auto node = parseName(text.substr(0, dot));
    if (!node) return {node.message, node.hint};
    if (dot == std::string_view::npos) return OperationReference{*node, {}};
    const auto operation = parseName(text.substr(dot + 1));
    if (!operation) return {operation.message, operation.hint};
    return OperationReference{*node, *operation};
}

Parsed<LinkPattern> parseLink(std::string_view text)
{
    const std::size_t arrow = text.find("->");
    const std::string_view from = trimmed(text.substr(0, arrow));
    const std::string_view to = arrow == std::string_view::npos ? std::string_view() : trimmed(text.substr(arrow + 2));
    if (validPattern(from) && validPattern(to)) return LinkPattern{std::string(from), std::string(to)};
    return {fmt::format("{} is not a link", inQuotes(text)), "write from -> to, e.g. web -> db or \"* -> *\""};
}

bool matches(std::string_view pattern, std::string_view name)
{
    // On a mismatch, let the last star take one character more; earlier stars need not be revisited.
    std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.size() && pattern[p] == name[n]) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

bool LinkPattern::matches(const std::string& fromNode, const std::string& toNode) const
{
    return scenario::matches(from, fromNode) && scenario::matches(to, toNode);
}

}  // namespace tantrum::models::scenario
