#include "models/scenario/tree.h"

#include "models/scenario/tree_builder.h"
#include "models/scenario/utf8.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <system_error>

namespace tantrum::models::scenario {
namespace {

constexpr std::size_t largestFile = 16 * 1024 * 1024;

Position positionAt(std::string_view text, std::size_t offset)
{
    const std::string_view before = text.substr(0, offset);
    const std::size_t line = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    std::uint32_t column = 1;
    for (std::size_t at = line; at < offset; at += std::max<std::size_t>(utf8::sequenceLength(text.substr(at, 4)), 1))
        ++column;
    return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1, column};
}

bool usable(std::string_view text, Diagnostics& diagnostics)
{
    const auto refuse = [&](Position position, std::string message, std::string hint) {
        diagnostics.error(position, {}, std::move(message), std::move(hint));
        return false;
    };
    if (text.size() > largestFile)
        return refuse({}, fmt::format("the file is larger than {} MiB", largestFile >> 20),
                      "a scenario is a page or two; is this the right file?");
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
        return refuse(positionAt(text, nul), "the text holds a NUL byte", "is this a binary file?");
    if (const auto bad = utf8::firstInvalid(text))
        return refuse(positionAt(text, *bad),
                      fmt::format("byte 0x{:02x} is not valid UTF-8", static_cast<unsigned char>(text[*bad])),
                      "save the file as UTF-8");
    return true;
}

}  // namespace

bool Node::isNull() const
{
    return isScalar() && style_ == Style::plain && (size_ == 0 || text() == "~" || text() == "null");
}

Position Node::placeOf(std::size_t offset) const
{
    const bool quotes = style_ == Style::singleQuoted || style_ == Style::doubleQuoted;
    const bool asWritten = range_.begin.line == range_.end.line && range_.length() == text().size() + (quotes ? 2 : 0);
    Position place = range_.begin;
    if (!asWritten || alias_) return place;
    const std::string_view before = text().substr(0, offset);
    place.column += (quotes ? 1u : 0u) + static_cast<std::uint32_t>(utf8::charactersIn(before));
    return place;
}

std::span<const Node> Node::items() const
{
    return isSequence() ? std::span(children_, size_) : std::span<const Node>();
}

const Node* Node::find(std::string_view wanted) const
{
    for (std::size_t i = 0; isMapping() && i < size(); ++i)
        if (key(i).text() == wanted) return &value(i);
    return nullptr;
}

std::string_view Node::kindName() const
{
    return isMapping() ? "a mapping" : isSequence() ? "a list" : isNull() ? "nothing" : "a single value";
}

bool Node::sameContent(const Node& other) const
{
    if (kind_ != other.kind_ || size_ != other.size_ || isNull() != other.isNull()) return false;
    if (isScalar()) return text() == other.text();
    return std::equal(children_, children_ + size_, other.children_,
                      [](const Node& one, const Node& two) { return one.sameContent(two); });
}

std::shared_ptr<const Tree> parseTree(std::string text, Diagnostics& diagnostics)
{
    if (!usable(text, diagnostics)) return nullptr;
    return TreeBuilder(std::move(text), diagnostics).build();
}

std::optional<std::string> readTextFile(const std::string& file, Diagnostics& diagnostics)
{
    const auto refuse = [&](std::string message, std::string hint = {}) -> std::optional<std::string> {
        diagnostics.error({}, {}, std::move(message), std::move(hint));
        return std::nullopt;
    };
    std::error_code failed;
    const auto status = std::filesystem::status(file, failed);
    if (!std::filesystem::exists(status)) return refuse("there is no such file", "check the path");
    if (failed) return refuse("the file cannot be read: " + failed.message());
    if (std::filesystem::is_directory(status)) return refuse("this is a directory", "name a scenario file in it");
    if (!std::filesystem::is_regular_file(status)) return refuse("this is not a regular file");
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return refuse(std::string("the file cannot be read: ") + std::strerror(errno));
    // One byte more than allowed is enough to know; the size on disk may change meanwhile.
    std::string text;
    char block[65'536];
    while (text.size() <= largestFile && (stream.read(block, sizeof block), stream.gcount() > 0))
        text.append(block, static_cast<std::size_t>(stream.gcount()));
    if (stream.bad()) return refuse("reading the file failed");
    return text;
}

}  // namespace tantrum::models::scenario
