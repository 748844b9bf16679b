#include "models/scenario/utf8.h"

#include <algorithm>

namespace tantrum::models::scenario::utf8 {

std::size_t sequenceLength(std::string_view text)
{
    if (text.empty()) return 0;
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                               : (first & 0xf0) == 0xe0        ? 3
                               : first >= 0xf0 && first < 0xf5 ? 4
                                                               : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool outside = (first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) >= 0x90);
    return overlong || outside ? 0 : length;
}

std::optional<std::size_t> firstInvalid(std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequenceLength(text.substr(at, 4));
        if (length == 0) return at;
        at += length;
    }
    return std::nullopt;
}

std::size_t offsetOf(std::string_view text, std::size_t character)
{
    std::size_t at = 0;
    while (character-- > 0 && at < text.size()) at += std::max<std::size_t>(sequenceLength(text.substr(at, 4)), 1);
    return at;
}

std::size_t charactersIn(std::string_view text)
{
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count)
        at += std::max<std::size_t>(sequenceLength(text.substr(at, 4)), 1);
    return count;
}

}  // namespace tantrum::models::scenario::utf8
