#include "tests/tidy/support/sources.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace tantrum::tidy {
namespace fs = std::filesystem;
namespace {

// Blanks everything but newlines from `from` to `to`.
void blank(std::string& text, std::size_t from, std::size_t to)
{
    for (std::size_t at = from; at < std::min(to, text.size()); ++at)
        if (text[at] != '\n') text[at] = ' ';
}

std::size_t endOfQuoted(const std::string& text, std::size_t open)
{
    for (std::size_t at = open + 1; at < text.size(); ++at) {
        if (text[at] == '\\') ++at;
        else if (text[at] == text[open] || text[at] == '\n') return at;
    }
    return text.size();
}

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string codeOf(const std::string& text)
{
    std::string code = text;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::string_view rest = std::string_view(text).substr(at, 2);
        if (rest == "//") {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            blank(code, at, end);
            at = end;
        } else if (rest == "/*") {
            const std::size_t end = std::min(text.find("*/", at + 2), text.size() - 2) + 2;
            blank(code, at, end);
            at = end - 1;
        } else if (rest == "R\"" && (at == 0 || !isWordCharacter(text[at - 1]))) {
            const std::size_t open = text.find('(', at);
            const std::string close = ")" + text.substr(at + 2, open - at - 2) + "\"";
            const std::size_t end = std::min(text.find(close, open), text.size());
            blank(code, open + 1, end);
            at = std::min(end + close.size() - 1, text.size());
        } else if (text[at] == '"' || (text[at] == '\'' && (at == 0 || !isWordCharacter(text[at - 1])))) {  // not 1'000
            const std::size_t end = endOfQuoted(text, at);
            blank(code, at + 1, end);
            at = end;
        }
    }
    return code;
}

bool isOurs(const fs::path& relative)
{
    static const std::set<std::string> folders{"engine", "models", "app", "scenarios", "tests", "resources", ".ci"};
    static const std::set<std::string> endings{".h", ".cpp", ".cmake", ".yaml", ".md", ".txt", ".json", ".sh", ".in", ".py", ""};
    const bool top = relative.begin() == --relative.end();
    return endings.contains(relative.extension().string()) && (top || folders.contains(relative.begin()->string()));
}

}  // namespace

Source makeSource(std::string path, std::string text)
{
    Source source{std::move(path), std::move(text), {}};
    if (source.isCpp()) source.code = codeOf(source.text);
    return source;
}

const std::vector<Source>& allSources()
{
    static const std::vector<Source> sources = [] {
        std::vector<Source> found;
        const fs::path root = TANTRUM_SOURCE_DIR;
        for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator(); ++entry) {
            const fs::path relative = entry->path().lexically_relative(root);
            const std::string first = relative.begin()->string();
            if (entry->is_directory() && (first == ".git" || first.starts_with("build"))) entry.disable_recursion_pending();
            if (!entry->is_regular_file() || first == ".git" || !isOurs(relative)) continue;  // a worktree's .git is a file
            std::ifstream stream(entry->path(), std::ios::binary);
            std::ostringstream text;
            text << stream.rdbuf();
            if (text.view().find('\0') == std::string_view::npos) found.push_back(makeSource(relative.string(), text.str()));
        }
        std::sort(found.begin(), found.end(), [](const Source& left, const Source& right) { return left.path < right.path; });
        return found;
    }();
    return sources;
}

std::vector<const Source*> cppBelow(std::string_view folder)
{
    std::vector<const Source*> found;
    for (const Source& source : allSources())
        if (source.isCpp() && source.isIn(folder)) found.push_back(&source);
    return found;
}

std::size_t lineOf(const std::string& text, std::size_t offset)
{
    return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<Include> includesOf(const Source& source)
{
    std::vector<Include> includes;
    std::size_t number = 0;
    for (const std::string& line : linesOf(source.text)) {
        ++number;
        const std::size_t hash = line.find_first_not_of(' ');
        if (hash == std::string::npos || line.compare(hash, 8, "#include") != 0) continue;
        const std::size_t open = line.find_first_of("<\"", hash + 8);
        if (open == std::string::npos) continue;
        const std::size_t close = line.find_first_of(">\"", open + 1);
        includes.push_back({line.substr(open + 1, close - open - 1), line[open] == '<', number});
    }
    return includes;
}

}  // namespace tantrum::tidy
