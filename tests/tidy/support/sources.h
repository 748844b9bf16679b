// The project's files as text, for rules that a compiler does not know.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tantrum::tidy {

struct Source {
    std::string path;  ///< from the project's root: "engine/task.h"
    std::string text;
    std::string code;  ///< the same length and lines, with comments and the inside of literals blanked

    bool isIn(std::string_view folder) const { return path.starts_with(folder); }
    bool isHeader() const { return path.ends_with(".h"); }
    bool isCpp() const { return isHeader() || path.ends_with(".cpp"); }
};

Source makeSource(std::string path, std::string text);

/// Every file of ours that is text: C++, CMake, YAML, Markdown, scripts, JSON. Sorted by path; read once.
const std::vector<Source>& allSources();
/// Headers and sources below a folder of the root; empty: everywhere.
std::vector<const Source*> cppBelow(std::string_view folder);

std::size_t lineOf(const std::string& text, std::size_t offset);
std::vector<std::string> linesOf(const std::string& text);

struct Include {
    std::string what;
    bool angled = false;
    std::size_t line = 0;
};
std::vector<Include> includesOf(const Source& source);

}  // namespace tantrum::tidy
