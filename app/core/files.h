// Writing what was asked for, completely or with a reason.
#pragma once

#include "app/core/expected.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace tantrum::app {

/// Writes everything to a descriptor. Requires that SIGPIPE is ignored; a closed pipe is then a failure like any other.
Expected<void> writeAll(int descriptor, std::string_view bytes, const std::string& name);

/// Replaces the file in one step: after a failure, or a kill, the old content is still there. "-" and what is no
/// regular file (/dev/stdout) are written to directly.
Expected<void> writeFile(const std::filesystem::path& file, std::string_view bytes);

/// A file for our own use, deleted with the object.
class TemporaryFile {
public:
    static Expected<TemporaryFile> create(std::string_view suffix, std::string_view bytes);
    TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    ~TemporaryFile();
    const std::filesystem::path& path() const { return path_; }

private:
    explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

}  // namespace tantrum::app
