#include "models/scenario/splice.h"

#include "models/scenario/yaml_text.h"

#include <algorithm>

namespace tantrum::models::scenario {
namespace {

std::string_view lineEndOf(std::string_view source)
{
    const std::size_t newline = source.find('\n');
    return newline != std::string_view::npos && newline > 0 && source[newline - 1] == '\r' ? "\r\n" : "\n";
}

// Where the line that holds `at` ends, before its line end.
std::size_t lineStop(std::string_view source, std::size_t at)
{
    std::size_t stop = source.find('\n', at);
    if (stop == std::string_view::npos) return source.size();
    return stop > at && source[stop - 1] == '\r' ? stop - 1 : stop;
}
std::size_t afterLine(std::string_view source, std::size_t stop)
{
    if (source.substr(stop).starts_with("\r\n")) return stop + 2;
    return stop < source.size() ? stop + 1 : stop;
}
std::size_t lineStart(std::string_view source, std::size_t at)
{
    const std::size_t newline = at == 0 ? std::string_view::npos : source.rfind('\n', at - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
}
bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }
bool blankOrComment(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t");
    return first == std::string_view::npos || text[first] == '#';
}

const Node& firstOf(const Node& collection, std::size_t child)
{
    return collection.isMapping() ? collection.key(child) : collection.items()[child];
}
const Node& lastOf(const Node& collection, std::size_t child)
{
    return collection.isMapping() ? collection.value(child) : collection.items()[child];
}

// Where a child begins: its key, or the '-' of its item.
std::size_t beginOf(std::string_view source, const Node& collection, std::size_t child)
{
    const std::size_t from = firstOf(collection, child).range().from;
    if (collection.isMapping() || isFlow(collection)) return from;
    const std::size_t dash = source.substr(0, from).find_last_not_of(" \t\r\n");
    return dash != std::string_view::npos && source[dash] == '-' ? dash : from;
}

}  // namespace

std::string Splice::applied(std::string_view source) const
{
    return std::string(source.substr(0, from)) + text + std::string(source.substr(to));
}

std::string ValueText::rendered(bool inFlow, const Node* old) const
{
    if (isCollection(text)) return std::string(text);
    if (old && old->isScalar() && !old->isAlias()) {
        if (old->style() == Node::Style::doubleQuoted) return yamlDoubleQuoted(text);
        if (old->style() == Node::Style::singleQuoted) return yamlSingleQuoted(text);
    }
    return yamlScalar(text, inFlow);
}

Splice replacing(std::string_view source, const Node& node, std::string_view replaced)
{
    const Range& range = node.range();
    const bool needsSpace = range.length() == 0 && range.from > 0 && source[range.from - 1] != ' ';
    return {range.from, range.to, std::string(needsSpace ? 1 : 0, ' ').append(replaced)};
}

Splice appending(std::string_view source, const Node& collection, std::string_view entry)
{
    const Range& range = collection.range();
    if (isFlow(collection)) {
        if (collection.size() == 0) return {range.from + 1, range.from + 1, std::string(entry)};
        const std::size_t after = lastOf(collection, collection.size() - 1).range().to;
        return {after, after, std::string(", ").append(entry)};
    }
    const std::size_t stop = lineStop(source, range.to);
    const std::string indent(range.begin.column - 1, ' ');
    std::string lines = std::string(lineEndOf(source)) + indent + (collection.isSequence() ? "- " : "");
    for (const char c : entry) lines += c == '\n' ? std::string(lineEndOf(source)) + indent : std::string(1, c);
    return {stop, stop, lines};
}

std::optional<Splice> removing(std::string_view source, const Node& collection, std::size_t child)
{
    const Range& range = collection.range();
    if (collection.size() == 1) {
        const std::string empty = collection.isMapping() ? "{}" : "[]";
        const std::size_t before = source.substr(0, range.from).find_last_not_of(" \t\r\n");
        const bool pullUp = !isFlow(collection) && before != std::string_view::npos && source[before] == ':';
        return Splice{pullUp ? before + 1 : range.from, range.to, pullUp ? " " + empty : empty};
    }
    const std::size_t begin = beginOf(source, collection, child);
    const std::size_t end = lastOf(collection, child).range().to;
    const bool last = child + 1 == collection.size();
    if (isFlow(collection)) {
        if (last) return Splice{lastOf(collection, child - 1).range().to, end, {}};
        return Splice{begin, beginOf(source, collection, child + 1), {}};
    }
    const std::size_t stop = lineStop(source, end);
    if (!blankOrComment(source.substr(end, stop - end))) return std::nullopt;
    const std::size_t start = lineStart(source, begin);
    if (blank(source.substr(start, begin - start))) {
        const std::size_t next = afterLine(source, stop);
        if (next < source.size() || stop < source.size() || start == 0) return Splice{start, next, {}};
        const std::size_t previous =
            start -
            (source.substr(0, start).ends_with("\r\n") ? 2 : 1);  // the file ends without a line end, and goes on to
        return Splice{previous, next, {}};
    }
    if (last) return std::nullopt;
    const std::size_t next = beginOf(source, collection, child + 1);
    if (!blank(source.substr(stop, next - stop))) return std::nullopt;
    return Splice{begin, next, {}};
}

}  // namespace tantrum::models::scenario
