#include "app/core/files.h"

#include "models/scenario/diagnostics.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace tantrum::app {

namespace fs = std::filesystem;

namespace {

Failure cannotWrite(const std::string& name, int error)
{
    std::string hint;
    if (error == ENOSPC || error == EDQUOT) hint = "free some space, or write elsewhere";
    if (error == ENOENT) hint = "the folder does not exist";
    if (error == EACCES || error == EROFS || error == EPERM) hint = "you may not write there";
    return {fmt::format("cannot write {}: {}", models::scenario::shown(name), std::strerror(error)), hint};
}

}  // namespace

Expected<void> writeAll(int descriptor, std::string_view bytes, const std::string& name)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return cannotWrite(name, errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Expected<void> writeFile(const fs::path& file, std::string_view bytes)
{
    if (file == "-") return writeAll(STDOUT_FILENO, bytes, "standard output");
    std::error_code error;
    const auto status = fs::status(file, error);
    if (fs::is_directory(status)) return Failure{fmt::format("cannot write {}: it is a folder", models::scenario::shown(file.string())), ""};
    const bool replaceable = !fs::exists(status) || fs::is_regular_file(status);
    const fs::path target = replaceable ? fs::path{file.string() + fmt::format(".{}.part", ::getpid())} : file;
    const int descriptor = ::open(target.c_str(), O_WRONLY | O_CLOEXEC | (replaceable ? O_CREAT | O_TRUNC : 0), 0666);
    if (descriptor < 0) return cannotWrite(file.string(), errno);
    auto done = writeAll(descriptor, bytes, file.string());
    if (::close(descriptor) != 0 && done) done = cannotWrite(file.string(), errno);
    if (done && replaceable && ::rename(target.c_str(), file.c_str()) != 0) done = cannotWrite(file.string(), errno);
    if (!done && replaceable) ::unlink(target.c_str());
    return done;
}

Expected<TemporaryFile> TemporaryFile::create(std::string_view suffix, std::string_view bytes)
{
    std::error_code error;
    const fs::path directory = fs::temp_directory_path(error);
    std::string name = (error ? fs::path{"/tmp"} : directory) / fmt::format("tantrum-XXXXXX{}", suffix);
    const int descriptor = ::mkostemps(name.data(), static_cast<int>(suffix.size()), O_CLOEXEC);
    if (descriptor < 0) return cannotWrite(name, errno);
    TemporaryFile file{name};
    auto done = writeAll(descriptor, bytes, name);
    ::close(descriptor);
    if (!done) return done.failure();
    return file;
}

TemporaryFile::~TemporaryFile()
{
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
}

}  // namespace tantrum::app
