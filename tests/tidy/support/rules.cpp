#include "tests/tidy/support/rules.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace tantrum::tidy {
namespace {

constexpr std::size_t longestSource = 500;

std::string at(std::size_t line, const std::string& what) { return "line " + std::to_string(line) + ": " + what; }

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The second of "models/services/client.h": "services"; empty for what lies in the root of models.
std::string modelFolderOf(const std::string& path)
{
    if (!path.starts_with("models/")) return {};
    const std::size_t slash = path.find('/', 7);
    return slash == std::string::npos ? std::string() : path.substr(7, slash - 7);
}

bool isQt(const Include& include)
{
    return include.angled && include.what.size() > 1 && include.what[0] == 'Q' && (std::isupper(static_cast<unsigned char>(include.what[1])) || include.what.starts_with("Qt"));
}

// <vector>, not <fmt/format.h>, <unistd.h> or <QString>.
bool isStandard(const Include& include)
{
    return include.angled && std::all_of(include.what.begin(), include.what.end(), [](char c) { return std::islower(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) || c == '_'; });
}

struct Layer {
    std::string_view folder;
    std::vector<std::string_view> mayInclude;
    bool qt;
};
const std::vector<Layer>& layers()
{
    static const std::vector<Layer> all{
        {"engine/", {"engine/"}, false},
        {"models/", {"engine/", "models/"}, false},
        {"app/core/", {"engine/", "models/", "app/core/"}, false},
        {"app/cli/", {"engine/", "models/", "app/core/", "app/cli/"}, false},
        {"app/studio/", {"engine/", "models/", "app/core/", "app/studio/"}, true},
    };
    return all;
}

void search(const Source& source, const std::string& text, const std::regex& pattern, const std::string& why, Complaints& complaints)
{
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), none; match != none; ++match)
        complaints.push_back(at(lineOf(source.text, static_cast<std::size_t>(match->position())), match->str() + why));
}

// From `co_await` to the end of its expression: a semicolon, or a bracket that was opened before it.
std::string_view awaited(const std::string& code, std::size_t from)
{
    int depth = 0;
    for (std::size_t index = from; index < code.size(); ++index) {
        const char c = code[index];
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (c == ')' || c == ']' || c == '}') --depth;
        if (depth < 0 || (depth == 0 && c == ';')) return std::string_view(code).substr(from, index - from);
    }
    return std::string_view(code).substr(from);
}

}  // namespace

Complaints arrowsOf(const Source& source)
{
    Complaints complaints;
    const auto layer = std::find_if(layers().begin(), layers().end(), [&](const Layer& each) { return source.isIn(each.folder); });
    if (layer == layers().end()) return complaints;
    const std::string folder = modelFolderOf(source.path);
    for (const Include& include : includesOf(source)) {
        const auto complain = [&](const std::string& why) { complaints.push_back(at(include.line, "includes " + include.what + why)); };
        if (include.angled) {
            if (!layer->qt && isQt(include)) complain(": only the window knows Qt");
            if (layer->folder == "engine/" && !isStandard(include)) complain(": the engine is made of the standard library alone");
            continue;
        }
        // A header of ours stands in one of these folders; others are generated or a library's.
        const bool ours = include.what.starts_with("engine/") || include.what.starts_with("models/") || include.what.starts_with("app/") || include.what.starts_with("tests/");
        const bool allowed = std::any_of(layer->mayInclude.begin(), layer->mayInclude.end(), [&](std::string_view prefix) { return include.what.starts_with(prefix); });
        if (ours && !allowed) complain(": an arrow that points back");
        if (!ours && layer->folder == "engine/") complain(": the engine includes itself by its full path, and nothing else");
        const std::string other = modelFolderOf(include.what);
        if (folder.empty() || other.empty() || other == folder || folder == "world") continue;
        if (other != "scenario") complain(": folders of models meet only at the root of models and the engine");
    }
    return complaints;
}

Complaints coroutineHazardsOf(const Source& source)
{
    static const std::regex lambda(R"(\[\s*(&|=|this\b|[A-Za-z_]\w*\s*(=[^=]|,|\]\s*[({]))[^\]]*)");
    // Duration{} and Instant{} are numbers with constructors, not aggregates.
    static const std::regex temporary(R"(\b(?!Duration\b|Instant\b)[A-Za-z_]\w*(<[^;{}()]*>)?\s*\{)");
    static const std::regex argument(R"([(,]\s*\{)");
    Complaints complaints;
    for (std::size_t from = source.code.find("co_await"); from != std::string::npos; from = source.code.find("co_await", from + 1)) {
        if ((from > 0 && isWordCharacter(source.code[from - 1])) || isWordCharacter(source.code[from + 8])) continue;
        if (source.code.substr(0, from).ends_with("operator ")) continue;
        const std::string expression(awaited(source.code, from));
        const std::size_t line = lineOf(source.text, from);
        if (std::regex_search(expression, lambda)) complaints.push_back(at(line, "a capturing lambda inside co_await; name it first"));
        if (std::regex_search(expression, temporary) || std::regex_search(expression, argument)) complaints.push_back(at(line, "a temporary built with braces inside co_await; name it first"));
    }
    return complaints;
}

Complaints sourcesOfDivergenceOf(const Source& source)
{
    static const std::regex luck(R"(\b(std::)?(random_device|mt19937(_64)?|default_random_engine|uniform_(int|real)_distribution|normal_distribution|exponential_distribution)\b|\b(std::rand|s?rand)\s*\()");
    static const std::regex clock(R"(\b(system_clock|steady_clock|high_resolution_clock|gettimeofday|clock_gettime)\b|\bstd::(time|clock)\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\))");
    static const std::regex libm(R"((\bstd::|[^\w:]::)(exp2?|expm1|log(2|10|1p)?|pow|a?sinh?|a?cosh?|a?tanh?|atan2|cbrt|[lt]gamma|erfc?|hypot)f?\s*\()");
    Complaints complaints;
    if (!source.isIn("engine/") && !source.isIn("models/")) return complaints;
    search(source, source.code, luck, ": luck comes from a RandomStream alone", complaints);
    search(source, source.code, clock, ": the only time there is, is simulated", complaints);
    search(source, source.code, libm, ": libm differs between machines; engine/mathematics.h does not", complaints);
    return complaints;
}

Complaints machineOrderOf(const Source& source)
{
    static const std::regex declared(R"(\bunordered_(?:multi)?(?:map|set)\s*<[^;(){}]*>\s*(?:const\s*)?&?\s*(\w+)\s*[;={,)])");
    static const std::regex byAddress(R"(\bstd::(?:multi)?(?:map|set)\s*<\s*(?:const\s+)?[\w:]+\s*\*)");
    Complaints complaints;
    if (!source.isIn("engine/") && !source.isIn("models/")) return complaints;
    search(source, source.code, byAddress, ": addresses differ from run to run", complaints);
    std::string names;
    const auto collect = [&](const std::string& code) {
        for (std::sregex_iterator match(code.begin(), code.end(), declared), none; match != none; ++match) names += (names.empty() ? "" : "|") + match->str(1);
    };
    collect(source.code);
    for (const Include& include : includesOf(source))
        for (const Source& header : allSources())
            if (header.path == include.what) collect(header.code);
    if (names.empty()) return complaints;
    const std::regex walk(R"(\bfor\s*\([^;()]*:\s*(?:[\w.]|->|\(\))*\b()" + names + R"()\s*\)|\b()" + names + R"()\s*(?:\.|->)\s*c?begin\s*\()");
    search(source, source.code, walk, ": a hash table is looked up, never walked", complaints);
    return complaints;
}

Complaints unfinishedWorkOf(const Source& source)
{
    static const std::regex words("\\b(TO" "DO|FIX" "ME|XX" "X|HA" "CK)\\b");
    Complaints complaints;
    search(source, source.text, words, ": do it, or write an issue", complaints);
    return complaints;
}

Complaints headerFormOf(const Source& source)
{
    Complaints complaints;
    if (!source.isHeader()) return complaints;
    if (!source.text.starts_with("//")) complaints.push_back("does not begin with a comment that says what it is for");
    if (source.code.find("#pragma once") == std::string::npos) complaints.push_back("has no #pragma once");
    return complaints;
}

Complaints machinePathsOf(const Source& source)
{
    // A test may make up somebody's home.
    static const std::regex home("(^|[^\\w.~$}])/ho" "me/[\\w.]*", std::regex::multiline);
    static const std::regex path("(^|[^\\w.~$}])(/ro" "ot/|/wo" "rk/|/Us" "ers/|/mn" "t/|[A-Z]:\\\\\\\\?Us" "ers)[\\w.]*", std::regex::multiline);
    Complaints complaints;
    if (!source.isIn("tests/")) search(source, source.text, home, " exists on somebody's machine only", complaints);
    search(source, source.text, path, " exists on somebody's machine only", complaints);
    return complaints;
}

Complaints macrosOutOfLineOf(const Source& source)
{
    Complaints complaints;
    std::size_t number = 0;
    for (const std::string& line : linesOf(source.code)) {
        ++number;
        static const std::regex macro(R"(\bQ_(OBJECT|GADGET)\b)"), alone(R"(^\s*Q_(OBJECT|GADGET)\s*$)");
        if (std::regex_search(line, macro) && !std::regex_match(line, alone)) complaints.push_back(at(number, "Q_OBJECT stands on a line of its own, where moc and people find it"));
    }
    return complaints;
}

Complaints sizeOf(const Source& source)
{
    const std::size_t lines = linesOf(source.text).size();
    if (lines <= longestSource) return {};
    return {std::to_string(lines) + " lines; above " + std::to_string(longestSource) + " a source is two"};
}

Complaints slowTypesOf(const Source& source)
{
    static const std::regex slow(R"(\bstd::(function|any)\b)");
    Complaints complaints;
    if (!source.isHeader() || !source.isIn("engine/")) return complaints;
    search(source, source.code, slow, ": engine headers are on the hot path", complaints);
    return complaints;
}

}  // namespace tantrum::tidy
