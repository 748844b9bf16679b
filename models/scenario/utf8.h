// The little of UTF-8 that diagnostics and the tree need.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tantrum::models::scenario::utf8 {

/// Bytes of the well-formed sequence `text` begins with (RFC 3629: no surrogates, no overlong forms); 0 if there is
/// none.
std::size_t sequenceLength(std::string_view text);
/// Byte offset of the first ill-formed sequence.
std::optional<std::size_t> firstInvalid(std::string_view text);
/// Byte offset of the given character (from 0); the size if the text is shorter. Ill-formed bytes count one each.
std::size_t offsetOf(std::string_view text, std::size_t character);
/// Ill-formed bytes count one each.
std::size_t charactersIn(std::string_view text);

}  // namespace tantrum::models::scenario::utf8
