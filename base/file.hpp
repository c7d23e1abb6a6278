// Files: a descriptor that closes itself, opening beneath a directory, whole small files, publishing by
// rename. Thread rule: values; a Fd may be read (pread, sendfile) from any thread at once.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost {

class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_{fd} {}
    Fd(Fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Fd& operator=(Fd&& other) noexcept;
    ~Fd() { close(); }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }
    void close() noexcept;

  private:
    int fd_ = -1;
};

struct FileFacts {
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    WallTime modified;
};

Result<Fd> open_directory(const std::filesystem::path& path);
// Opens `name` for reading, refusing to leave `directory` by "..", absolute paths or symbolic links
// (openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS). The name may hold slashes.
Result<Fd> open_beneath(const Fd& directory, const std::string& name);
Result<FileFacts> facts_of(const Fd& file);
// All of a file; Errc::body_too_large when it is longer than `most`.
Result<std::string> read_all(const Fd& file, Bytes most);
Outcome<std::string> read_file(const std::filesystem::path& path, Bytes most);
// Writes beside the target, flushes to disk, renames over it: readers see the old or the new, whole.
Outcome<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace outpost
