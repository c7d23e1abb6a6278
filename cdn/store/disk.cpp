#include "cdn/store/disk.hpp"

#include "base/log.hpp"
#include "cdn/measures.hpp"

namespace outpost::cdn {
namespace {
constexpr std::size_t stubs_a_turn = 4096;
}

Disk::Disk(std::unique_ptr<Volume> volume) : volume_{std::move(volume)}, fifo_{{volume_->options().size}} {}

Outcome<std::unique_ptr<Disk>> Disk::open(VolumeOptions options) {
    auto volume = Volume::open(std::move(options));
    if (!volume) return volume.error();
    return std::unique_ptr<Disk>{new Disk{std::move(*volume)}};
}

Disk::~Disk() {
    reader_.request_stop();
    keeper_.request_stop();
    work_.notify_all();
    reader_ = {};
    keeper_ = {};
    volume_.reset();  // its threads call us
}

void Disk::start(OnGone on_gone) {
    on_gone_ = std::move(on_gone);
    reader_ = std::jthread{[this](std::stop_token stop) { read_stubs(std::move(stop)); }};
    keeper_ = std::jthread{[this](std::stop_token stop) { keep(std::move(stop)); }};
    volume_->start([this](std::uint64_t id, KeyHash key) {
        remove(id);
        on_gone_(*this, id, key);
    });
}

// In turns, so that requests which come meanwhile find the lock free.
void Disk::read_stubs(std::stop_token stop) {
    std::vector<Stub> turn;
    const auto take_over = [&] {
        std::unique_lock lock{mutex_};
        for (const Stub& stub : turn) {
            if (!keys_.emplace(stub.id, stub.key).second) continue;
            present_.insert(stub.key.high);
            fifo_.restore(stub.id, stub.key.high, stub.weight, {});
            if (stub.pinned) fifo_.pin(stub.id, true);
        }
        turn.clear();
    };
    const auto read = volume_->index().each_stub([&](const Stub& stub) {
        turn.push_back(stub);
        if (turn.size() == stubs_a_turn) take_over();
        return !stop.stop_requested();
    });
    take_over();
    if (!read) {
        volume_->fail(read.error(), "reading what is stored");
        return;
    }
    std::unique_lock lock{mutex_};
    all_known_ = true;
    log::info("{}: {} objects", volume_->options().directory.string(), keys_.size());
    make_room(std::move(lock));
}

// Unlinking a large file takes time; nobody waits for it.
void Disk::keep(std::stop_token stop) {
    std::unique_lock lock{mutex_};
    while (true) {
        work_.wait(lock, stop, [this] { return !to_unlink_.empty(); });
        if (to_unlink_.empty()) return;
        const std::uint64_t id = to_unlink_.front();
        to_unlink_.pop_front();
        lock.unlock();
        if (const auto done = volume_->remove_file(id); !done) volume_->fail(done.error(), "removing a file");
        lock.lock();
    }
}

bool Disk::may_have(const KeyHash& key) const {
    if (missed_purge_) return false;
    const std::lock_guard lock{mutex_};
    return volume_->usable() && (!all_known_ || present_.contains(key.high));
}

bool Disk::fits(Bytes weight) const { return weight <= volume_->options().size; }

std::optional<Disk::Handle> Disk::add(std::uint64_t id, const KeyHash& key, Bytes weight, bool pinned) {
    std::unique_lock lock{mutex_};
    const auto handle = fifo_.insert(id, key.high, weight);
    if (!handle) return std::nullopt;
    if (pinned) fifo_.pin(id, true);
    if (keys_.emplace(id, key).second) present_.insert(key.high);
    make_room(std::move(lock));
    return handle;
}

bool Disk::grow(std::uint64_t id, Bytes weight) {
    std::unique_lock lock{mutex_};
    if (!fifo_.resize(id, weight)) return false;
    make_room(std::move(lock));
    return true;
}

bool Disk::take_out(std::uint64_t id) {
    fifo_.erase(id);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return false;
    if (const auto present = present_.find(found->second.high); present != present_.end())
        present_.erase(present);
    keys_.erase(found);
    to_unlink_.push_back(id);
    return true;
}

void Disk::remove(std::uint64_t id) {
    volume_->index().remove(id);
    {
        const std::lock_guard lock{mutex_};
        if (!take_out(id)) to_unlink_.push_back(id);
    }
    work_.notify_one();
}

void Disk::removed(const std::vector<Stub>& stubs) {
    {
        const std::lock_guard lock{mutex_};
        for (const Stub& stub : stubs) {
            if (!take_out(stub.id)) to_unlink_.push_back(stub.id);
        }
    }
    work_.notify_one();
}

void Disk::make_room(std::unique_lock<std::mutex> lock) {
    if (fifo_.weight() <= volume_->options().size) return;
    std::vector<std::pair<std::uint64_t, KeyHash>> gone;
    for (const std::uint64_t id : fifo_.shrink_to(volume_->options().size)) {
        const auto found = keys_.find(id);
        if (found == keys_.end()) continue;
        gone.emplace_back(id, found->second);
        take_out(id);
    }
    lock.unlock();
    work_.notify_one();
    measures::evicted_disk.add(gone.size());
    for (const auto& [id, key] : gone) {
        volume_->index().remove(id);
        on_gone_(*this, id, key);
    }
}

}  // namespace outpost::cdn
