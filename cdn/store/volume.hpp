// A disk of the cache: its directory (lock, index.db, files/<ab>/<id>), its files, its health, and what looks
// after it in the background: the sweep of files that nobody knows and the scrub of checksums.
// Thread rule: every function from any thread. create(), open_file(), remove_file(), sweep(), scrub() and
// facts() may wait for the disk: never in an event loop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/file.hpp"
#include "base/result.hpp"
#include "cdn/store/health.hpp"
#include "cdn/store/index.hpp"
#include "cdn/store/measures.hpp"

namespace outpost::cdn {

struct VolumeOptions {
    std::filesystem::path directory;
    Bytes size;                        // most that objects may take; the caller evicts
    BitRate scrub_rate{40'000'000};    // 0: no scrub
    Seconds scrub_every{24 * 3600};    // a pass begins at most this often
    Bytes free_reserve = 64_MiB;       // what a full disk must have free before it takes fills again
    Milliseconds probe_every{30'000};  // DiskHealth
    IndexOptions index;
};

struct ScrubProgress {
    std::uint64_t passes = 0;    // finished since the start
    std::uint64_t position = 0;  // id of the object checked last in this pass
    Bytes checked;               // in this pass
    std::uint64_t bad = 0;       // objects, since the start
};

struct VolumeFacts {
    std::filesystem::path directory;
    DiskState state = DiskState::good;
    std::string reason;  // why it is not good
    Bytes size;
    Bytes used;  // by objects, as of the index's last batch
    std::uint64_t objects = 0;
    Bytes file_system_free;  // 0 when it can't be asked
    Bytes file_system_size;
    ScrubProgress scrub;
};

class Volume {
  public:
    // An object whose bytes are not what was stored, or whose file is gone: the caller drops it.
    using OnBad = std::function<void(std::uint64_t id, KeyHash key)>;

    // Makes the directory when it is missing. Blocking.
    static Outcome<std::unique_ptr<Volume>> open(VolumeOptions options);
    ~Volume();
    Volume(const Volume&) = delete;
    Volume& operator=(const Volume&) = delete;

    // Begins to look after the disk in threads of its own: probes, sweep, then scrub over and over. Once.
    // `on_bad` comes from such a thread.
    void start(OnBad on_bad);

    // The file of an object: Errc::not_found, disk_full, disk_failed (both of which fail() knows already), or
    // a code of the system's.
    Result<Fd> create(std::uint64_t id);         // empty, for reading and writing
    Result<Fd> open_file(std::uint64_t id);      // for reading and writing
    Result<void> remove_file(std::uint64_t id);  // one that is not there is removed

    Index& index() { return *index_; }
    [[nodiscard]] const VolumeOptions& options() const { return options_; }

    // An error of this disk, met while `doing` something ("writing a body"). No space: no new fills until the
    // reserve is free. An I/O error, a broken index: out of service. Errors that are not the disk's change
    // nothing. Never blocks.
    void fail(const boost::system::error_code& error, std::string_view doing);
    [[nodiscard]] DiskState state() const { return state_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool usable() const { return state() != DiskState::failed; }  // for reads
    [[nodiscard]] bool writable() const { return state() == DiskState::good; }  // for fills
    [[nodiscard]] VolumeFacts facts() const;

    // What start() runs; public for tests and commands.
    // Removes files of earlier runs that the index does not know, and what an interrupted run left. Returns
    // how many.
    std::uint64_t sweep(std::stop_token stop);
    // One pass from where the last one stopped. False when it was interrupted: by `stop` or by the disk.
    bool scrub(std::stop_token stop, const OnBad& on_bad);
    // Writes, reads back and removes a small file, and holds the reserve for a moment.
    void probe();

  private:
    explicit Volume(VolumeOptions options);
    Outcome<void> prepare();
    boost::system::error_code file_error(int error, std::string_view doing);
    // After a change of health_: to the metrics, the log and who waits. Lets go of the lock.
    void publish(DiskState before, bool was_lasting, std::unique_lock<std::mutex> held);
    void watch(const std::stop_token& stop);
    void look_after(const std::stop_token& stop, const OnBad& on_bad);
    Milliseconds until_next_pass();
    void pause(const std::stop_token& stop, std::chrono::nanoseconds time);
    boost::system::error_code try_disk(std::string_view& doing) const;

    friend class Scrub;

    VolumeOptions options_;
    Fd lock_;
    Fd files_;
    std::atomic<DiskState> state_{DiskState::good};
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    DiskHealth health_;
    ScrubProgress progress_;
    VolumeMeasures measures_;
    std::unique_ptr<Index> index_;
    std::jthread watcher_, keeper_;
};

}  // namespace outpost::cdn
