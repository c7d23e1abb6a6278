#include "base/file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/format.h>

namespace outpost {
namespace {

boost::system::error_code system_error() { return {errno, boost::system::system_category()}; }

Problem file_problem(const std::filesystem::path& path, std::string_view doing) {
    return {path.string(), fmt::format("{}: {}", doing, std::strerror(errno)), ""};
}

bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t n = ::write(fd, content.data(), content.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        content.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        close();
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

void Fd::close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<Fd> open_directory(const std::filesystem::path& path) {
    Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return system_error();
    return fd;
}

Result<Fd> open_beneath(const Fd& directory, const std::string& name) {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    Fd fd{static_cast<int>(::syscall(SYS_openat2, directory.get(), name.c_str(), &how, sizeof how))};
    if (!fd) return system_error();
    return fd;
}

Result<FileFacts> facts_of(const Fd& file) {
    struct stat s {};
    if (::fstat(file.get(), &s) != 0) return system_error();
    if (!S_ISREG(s.st_mode)) return boost::system::error_code{EINVAL, boost::system::system_category()};
    const auto modified =
        std::chrono::seconds{s.st_mtim.tv_sec} + std::chrono::nanoseconds{s.st_mtim.tv_nsec};
    return FileFacts{static_cast<std::uint64_t>(s.st_size), s.st_ino,
                     WallTime{std::chrono::duration_cast<std::chrono::milliseconds>(modified)}};
}

Result<std::string> read_all(const Fd& file, Bytes most) {
    const auto facts = facts_of(file);
    if (!facts) return facts.error();
    if (facts->size > most.count()) return Errc::body_too_large;
    std::string content(facts->size, '\0');
    std::size_t have = 0;
    while (have < content.size()) {
        const ssize_t n =
            ::pread(file.get(), content.data() + have, content.size() - have, static_cast<off_t>(have));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error();
        if (n == 0) return Errc::file_truncated;
        have += static_cast<std::size_t>(n);
    }
    return content;
}

Outcome<std::string> read_file(const std::filesystem::path& path, Bytes most) {
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) return file_problem(path, "can't be opened");
    auto content = read_all(fd, most);
    if (!content) return Problem{path.string(), "can't be read: " + content.error().message(), ""};
    return std::move(*content);
}

Outcome<void> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
    const std::string temporary = path.string() + ".new";
    const Fd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    if (!fd) return file_problem(path, "can't be written");
    if (!write_all(fd.get(), content) || ::fsync(fd.get()) != 0 ||
        ::rename(temporary.c_str(), path.c_str()) != 0) {
        Problem problem = file_problem(path, "can't be written");
        ::unlink(temporary.c_str());
        return problem;
    }
    return {};
}

}  // namespace outpost
