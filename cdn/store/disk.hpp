// A disk and what lies on it: a Volume (files and their index) and which of its objects leaves first when
// there is no room (S3-FIFO). What was on it is known again some seconds after a start; until then may_have()
// says that anything may be there.
// Thread rule: any thread. on_gone comes without a lock held.
#pragma once

#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "cdn/policy/s3_fifo.hpp"
#include "cdn/store/volume.hpp"

namespace outpost::cdn {

class Disk {
  public:
    // An object has left the disk, or its bytes are wrong.
    using OnGone = std::function<void(Disk& disk, std::uint64_t id, KeyHash key)>;
    using Handle = policy::S3Fifo::Handle;

    // Blocking. The Problem says what is wrong with the directory.
    static Outcome<std::unique_ptr<Disk>> open(VolumeOptions options);
    ~Disk();
    // Reads what is there, sweeps and scrubs, in threads of its own. Once.
    void start(OnGone on_gone);

    [[nodiscard]] Volume& volume() { return *volume_; }
    [[nodiscard]] bool may_have(const KeyHash& key) const;
    [[nodiscard]] bool fits(Bytes weight) const;
    // It could not take part in a purge: nothing may be found on it until it has been emptied.
    void miss_purge() { missed_purge_ = true; }
    [[nodiscard]] bool has_missed_purges() const { return missed_purge_; }
    void forgive_missed_purges() { missed_purge_ = false; }

    // A new object, or one that was found before the table knew it. Others leave to make room.
    std::optional<Handle> add(std::uint64_t id, const KeyHash& key, Bytes weight, bool pinned);
    // Its blocks arrive. False: it has become larger than the disk, or has left.
    bool grow(std::uint64_t id, Bytes weight);
    // Takes it off the disk.
    void remove(std::uint64_t id);
    // The index has taken these out already.
    void removed(const std::vector<Stub>& stubs);

  private:
    explicit Disk(std::unique_ptr<Volume> volume);
    void read_stubs(std::stop_token stop);
    void keep(std::stop_token stop);
    void make_room(std::unique_lock<std::mutex> lock);
    bool take_out(std::uint64_t id);  // under the lock

    std::unique_ptr<Volume> volume_;
    OnGone on_gone_;
    mutable std::mutex mutex_;
    std::condition_variable_any work_;
    policy::S3Fifo fifo_;
    std::unordered_map<std::uint64_t, KeyHash> keys_;  // by id
    std::unordered_multiset<std::uint64_t> present_;   // KeyHash::high
    bool all_known_ = false;
    std::atomic<bool> missed_purge_{false};
    std::deque<std::uint64_t> to_unlink_;
    std::jthread reader_, keeper_;
};

}  // namespace outpost::cdn
