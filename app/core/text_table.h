// Columns of text that line up in a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tantrum::app {

/// Characters, not bytes; every character counts as one cell wide.
std::size_t widthOf(std::string_view utf8);

/// The first column is left-aligned, the others as asked.
class TextTable {
public:
    enum class Align : unsigned char { left, right };
    struct Column {
        std::string title;
        Align align = Align::right;
    };
    explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }
    /// One line a row, headed by the titles, without trailing blanks.
    std::string render() const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace tantrum::app
