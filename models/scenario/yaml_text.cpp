#include "models/scenario/yaml_text.h"

#include <algorithm>
#include <fmt/format.h>

namespace tantrum::models::scenario {

bool plainInYaml(std::string_view value, bool inFlow)
{
    if (value.empty() || value == "~" || value == "null" || value == "<<" || value.starts_with("---") ||
        value.starts_with("..."))
        return false;
    const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
    if (isSpace(value.front()) || isSpace(value.back()) || value.back() == ':') return false;
    const bool dash = value.front() == '-' || value.front() == '?' || value.front() == ':';
    if (dash && (value.size() == 1 || isSpace(value[1]) || inFlow))
        return value.front() == '-' && value.size() > 1 && value[1] >= '0' && value[1] <= '9' &&
               plainInYaml(value.substr(1), inFlow);
    if (std::string_view(",[]{}#&*!|>'\"%@`").find(value.front()) != std::string_view::npos) return false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto c = static_cast<unsigned char>(value[i]);
        if (c < 0x20 || c == 0x7f || c >= 0x80) {
            if (c < 0x80) return false;
            // Two- to four-byte characters are fine, but for the few YAML takes for line ends or does not print.
            if (c == 0xc2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xa0) return false;
            if (c == 0xe2 && value.substr(i, 2) == "\xe2\x80") return false;
            if (c == 0xef) return false;
        }
        if (c == ':' && i + 1 < value.size() &&
            (isSpace(value[i + 1]) ||
             (inFlow && std::string_view(",[]{}").find(value[i + 1]) != std::string_view::npos)))
            return false;
        if (c == '#' && isSpace(value[i - 1])) return false;
        if (inFlow && std::string_view(",[]{}?").find(value[i]) != std::string_view::npos) return false;
    }
    return true;
}

std::string yamlDoubleQuoted(std::string_view value)
{
    std::string text = "\"";
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto c = static_cast<unsigned char>(value[i]);
        if (c == '"' || c == '\\')
            text += {'\\', value[i]};
        else if (c == '\n')
            text += "\\n";
        else if (c == '\t')
            text += "\\t";
        else if (c < 0x20 || c == 0x7f)
            text += fmt::format("\\x{:02x}", c);
        else if (c == 0xc2 && i + 1 < value.size() && static_cast<unsigned char>(value[i + 1]) < 0xa0)
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(value[++i]));
        else if (value.substr(i, 3) == "\xe2\x80\xa8")
            text += "\\L", i += 2;
        else if (value.substr(i, 3) == "\xe2\x80\xa9")
            text += "\\P", i += 2;
        else if (value.substr(i, 3) == "\xef\xbb\xbf")
            text += "\\ufeff", i += 2;
        else if (value.substr(i, 3) == "\xef\xbf\xbe" || value.substr(i, 3) == "\xef\xbf\xbf")
            text += value[i + 2] == '\xbe' ? "\\ufffe" : "\\uffff", i += 2;
        else
            text += value[i];
    }
    return text + "\"";
}

std::string yamlSingleQuoted(std::string_view value)
{
    const bool printable = std::none_of(value.begin(), value.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f;
    });
    if (!printable) return yamlDoubleQuoted(value);
    std::string text = "'";
    for (const char c : value) text += c == '\'' ? std::string("''") : std::string(1, c);
    return text + "'";
}

std::string yamlScalar(std::string_view value, bool inFlow)
{
    return plainInYaml(value, inFlow) ? std::string(value) : yamlDoubleQuoted(value);
}

}  // namespace tantrum::models::scenario
