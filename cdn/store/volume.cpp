#include "cdn/store/volume.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace outpost::cdn {
namespace {

namespace fs = std::filesystem;

constexpr auto glance = std::chrono::seconds{5};  // between updates of the gauges
constexpr auto probe_name = "probe";

boost::system::error_code system_error(int error = errno) {
    return {error, boost::system::system_category()};
}

// Spread over 256 directories by the low byte, which is the sequence's and so fills them evenly.
std::string file_name(std::uint64_t id) { return fmt::format("{:02x}/{}", id & 0xff, to_hex(id)); }

Outcome<Fd> lock_directory(const fs::path& directory) {
    const fs::path path = directory / "lock";
    Fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
    if (!fd) return Problem{path.string(), fmt::format("can't be opened: {}", std::strerror(errno)), ""};
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno == EWOULDBLOCK) {
        return Problem{directory.string(), "another server uses this cache directory",
                       "give each server a [[disk]] directory of its own, or stop the other one"};
    }
    return Problem{path.string(), fmt::format("can't be locked: {}", std::strerror(errno)), ""};
}

Outcome<Fd> make_file_directory(const fs::path& directory) {
    const fs::path path = directory / "files";
    const auto problem = [&] {
        return Problem{path.string(), fmt::format("can't be made: {}", std::strerror(errno)), ""};
    };
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return problem();
    auto fd = open_directory(path);
    if (!fd) return Problem{path.string(), "can't be opened: " + fd.error().message(), ""};
    return std::move(*fd);
}

}  // namespace

Volume::Volume(VolumeOptions options)
    : options_{std::move(options)}, health_{options_.probe_every}, measures_{options_.directory.string()} {
    measures_.size.set(static_cast<std::int64_t>(options_.size.count()));
}

Volume::~Volume() = default;

Outcome<std::unique_ptr<Volume>> Volume::open(VolumeOptions options) {
    std::unique_ptr<Volume> volume{new Volume{std::move(options)}};
    if (auto prepared = volume->prepare(); !prepared) return prepared.error();
    return volume;
}

Outcome<void> Volume::prepare() {
    std::error_code failed;
    fs::create_directories(options_.directory, failed);
    if (failed) return Problem{options_.directory.string(), "can't be made: " + failed.message(), ""};
    auto lock = lock_directory(options_.directory);
    if (!lock) return lock.error();
    lock_ = std::move(*lock);
    auto files = make_file_directory(options_.directory);
    if (!files) return files.error();
    files_ = std::move(*files);
    auto index = Index::open(options_.directory, options_.index,
                             [this](boost::system::error_code error) { fail(error, "using the index"); });
    if (!index) return index.error();
    index_ = std::move(*index);
    return {};
}

void Volume::start(OnBad on_bad) {
    watcher_ = std::jthread{[this](const std::stop_token& stop) { watch(stop); }};
    keeper_ = std::jthread{
        [this, on_bad = std::move(on_bad)](const std::stop_token& stop) { look_after(stop, on_bad); }};
}

boost::system::error_code Volume::file_error(int error, std::string_view doing) {
    const auto code = system_error(error);
    fail(code, doing);
    switch (disk_fault(code)) {
        case DiskFault::full: return Errc::disk_full;
        case DiskFault::failed:
        case DiskFault::broken_index: return Errc::disk_failed;
        case DiskFault::none: break;
    }
    return error == ENOENT ? make_error_code(Errc::not_found) : code;
}

Result<Fd> Volume::create(std::uint64_t id) {
    // Truncated: a file that an older database left is nobody's.
    const std::string name = file_name(id);
    const auto open = [&] {
        return Fd{
            ::openat(files_.get(), name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
    };
    Fd fd = open();
    if (!fd && errno == ENOENT) {  // the first file of its directory
        ::mkdirat(files_.get(), name.substr(0, 2).c_str(), 0755);
        fd = open();
    }
    if (!fd) return file_error(errno, "making a file");
    return fd;
}

Result<Fd> Volume::open_file(std::uint64_t id) {
    Fd fd{::openat(files_.get(), file_name(id).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd) return file_error(errno, "opening a file");
    return fd;
}

Result<void> Volume::remove_file(std::uint64_t id) {
    if (::unlinkat(files_.get(), file_name(id).c_str(), 0) == 0 || errno == ENOENT) return {};
    return file_error(errno, "removing a file");
}

void Volume::fail(const boost::system::error_code& error, std::string_view doing) {
    const DiskFault fault = disk_fault(error);
    if (fault == DiskFault::none) return;
    std::unique_lock held{mutex_};
    const DiskState before = health_.state();
    const bool was_lasting = health_.lasting();
    if (!health_.fault(fault, fmt::format("{}: {}", doing, error.message()), steady_now())) return;
    measures_.failures.add();
    publish(before, was_lasting, std::move(held));
}

void Volume::publish(DiskState before, bool was_lasting, std::unique_lock<std::mutex> held) {
    const DiskState state = health_.state();
    state_.store(state, std::memory_order_relaxed);
    measures_.state.set(static_cast<std::int64_t>(state));
    const std::string reason = health_.reason();
    const bool lasting = health_.lasting();
    const bool for_good = !health_.next_probe();
    held.unlock();
    changed_.notify_all();
    const std::string name = options_.directory.string();
    if (state == DiskState::failed) {
        log::error("{}: this cache disk is out of service: {}; {}", name, reason,
                   for_good ? "start the server again to begin with an empty index" : "it is tried again");
    } else if (state == DiskState::full && lasting) {
        log::warning("{}: this cache disk takes nothing new until {} are free: {}", name,
                     to_text(options_.free_reserve), reason);
    } else if (state == DiskState::good && was_lasting) {
        log::info("{}: this cache disk is in service again (it was {})", name, to_text(before));
    }
}

void Volume::probe() {
    std::string_view doing;
    const auto error = try_disk(doing);
    std::unique_lock held{mutex_};
    const DiskState before = health_.state();
    const bool was_lasting = health_.lasting();
    DiskFault result = disk_fault(error);
    // A probe that could not even begin (no descriptors) tells nothing: things stay as they are.
    if (error && result == DiskFault::none) {
        result = before == DiskState::full ? DiskFault::full : DiskFault::failed;
    }
    const std::string reason = error ? fmt::format("{}: {}", doing, error.message()) : "";
    if (health_.probed(result, reason, steady_now())) publish(before, was_lasting, std::move(held));
}

// Through the disk, not only into the page cache: flushed, thrown out of it, read again.
boost::system::error_code Volume::try_disk(std::string_view& doing) const {
    const fs::path path = options_.directory / probe_name;
    doing = "making the probe's file";
    const Fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd) return system_error();
    ::unlink(path.c_str());  // its blocks go with the descriptor; a name that stays is overwritten next time
    const std::string written(4096, static_cast<char>(steady_now().time_since_epoch().count()));
    std::string read(written.size(), '\0');
    doing = "writing the probe's file";
    const ssize_t out = ::pwrite(fd.get(), written.data(), written.size(), 0);
    if (out < 0) return system_error();
    if (static_cast<std::size_t>(out) < written.size()) return Errc::disk_full;
    if (::fsync(fd.get()) != 0) return system_error();
    doing = "reading the probe's file";
    ::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
    const ssize_t in = ::pread(fd.get(), read.data(), read.size(), 0);
    if (in < 0) return system_error();
    if (read != written) return Errc::disk_failed;
    doing = "reserving space";
    if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(options_.free_reserve.count())) == 0) return {};
    if (errno != EOPNOTSUPP) return system_error();
    struct statvfs space {};
    if (::fstatvfs(fd.get(), &space) != 0) return system_error();
    const std::uint64_t free = std::uint64_t{space.f_bavail} * space.f_frsize;
    return free >= options_.free_reserve.count() ? boost::system::error_code{}
                                                 : make_error_code(Errc::disk_full);
}

void Volume::watch(const std::stop_token& stop) {
    std::unique_lock held{mutex_};
    while (!stop.stop_requested()) {
        measures_.used.set(static_cast<std::int64_t>(index_->stored().count()));
        measures_.objects.set(static_cast<std::int64_t>(index_->objects()));
        const auto due = health_.next_probe();
        const SteadyTime now = steady_now();
        if (due && *due <= now) {
            held.unlock();
            probe();
            held.lock();
            continue;
        }
        const auto wait = due ? std::min<std::chrono::nanoseconds>(*due - now, glance) : glance;
        changed_.wait_for(held, stop, wait, [&] { return health_.next_probe() != due; });
    }
}

VolumeFacts Volume::facts() const {
    VolumeFacts facts;
    facts.directory = options_.directory;
    facts.size = options_.size;
    facts.used = index_->stored();
    facts.objects = index_->objects();
    struct statvfs space {};
    if (::fstatvfs(files_.get(), &space) == 0) {
        facts.file_system_free = Bytes{std::uint64_t{space.f_bavail} * space.f_frsize};
        facts.file_system_size = Bytes{std::uint64_t{space.f_blocks} * space.f_frsize};
    }
    const std::scoped_lock held{mutex_};
    facts.state = health_.state();
    facts.reason = health_.reason();
    facts.scrub = progress_;
    return facts;
}

void Volume::pause(const std::stop_token& stop, std::chrono::nanoseconds time) {
    std::unique_lock held{mutex_};
    changed_.wait_for(held, stop, time, [] { return false; });
}

}  // namespace outpost::cdn
