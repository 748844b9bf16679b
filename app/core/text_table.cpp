#include "app/core/text_table.h"

#include <algorithm>

namespace tantrum::app {

std::size_t widthOf(std::string_view utf8)
{
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string TextTable::render() const
{
    std::vector<std::size_t> widths;
    for (std::size_t index = 0; index < columns_.size(); ++index) {
        std::size_t width = widthOf(columns_[index].title);
        for (const auto& row : rows_)
            if (index < row.size()) width = std::max(width, widthOf(row[index]));
        widths.push_back(width);
    }
    std::string out;
    const auto line = [&](auto&& cellAt) {
        std::string text;
        for (std::size_t index = 0; index < columns_.size(); ++index) {
            const std::string& cell = cellAt(index);
            const std::string padding(widths[index] - widthOf(cell), ' ');
            if (index > 0) text += "  ";
            text += columns_[index].align == Align::right ? padding + cell : cell + padding;
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + '\n';
    };
    static const std::string nothing;
    line([&](std::size_t index) -> const std::string& { return columns_[index].title; });
    for (const auto& row : rows_)
        line([&](std::size_t index) -> const std::string& { return index < row.size() ? row[index] : nothing; });
    return out;
}

}  // namespace tantrum::app
