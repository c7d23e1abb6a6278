// All that is known under one cache key: the stored responses (one for each variant that Vary tells apart)
// and the questions about it that are under way.
// Thread rule: any thread; its own lock, never held while anything is waited for.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/async_wait.hpp"
#include "cdn/cache/flight.hpp"
#include "cdn/cache/object.hpp"

namespace outpost::cdn {

class Entry {
  public:
    Entry(KeyHash hash, std::string key, std::uint64_t serial)
        : hash_{hash}, key_{std::move(key)}, serial_{serial} {}

    [[nodiscard]] const KeyHash& hash() const { return hash_; }
    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] std::uint64_t serial() const { return serial_; }  // unique in this process

    // ---- being read from a disk
    [[nodiscard]] bool ready() const { return ready_.load(std::memory_order_acquire); }
    // True for the one who is to load it.
    [[nodiscard]] bool begin_loading();
    void loaded(std::vector<std::shared_ptr<Object>> objects);
    Task<void> wait_until_loaded(SteadyTime deadline);

    // ---- stored responses
    struct Selected {
        std::shared_ptr<Object> object;  // null: none matches
        bool others = false;             // there are some, of other variants
        std::uint64_t version = 0;       // of what was looked at
    };
    // The latest that answers a request with these fields (RFC 9111 section 4.1).
    [[nodiscard]] Selected select(std::span<const http::Field> request) const;
    // Puts it in the place of the one that its Vary does not tell apart from it, and beyond `most` of the
    // oldest; returns those that left.
    std::vector<std::shared_ptr<Object>> keep(std::shared_ptr<Object> object, std::size_t most);
    // True when it was there.
    bool drop(const std::shared_ptr<Object>& object);
    [[nodiscard]] std::vector<std::shared_ptr<Object>> objects() const;
    // Takes those that `matches`; what is under way for it answers only those who asked before.
    std::vector<std::shared_ptr<Object>> take_if(const std::function<bool(const Object&)>& matches);

    // ---- questions under way
    struct Joined {
        std::shared_ptr<Flight> flight;  // null: something has come since the caller looked: look again
        bool leads = false;              // it is new: the caller launches it
    };
    // `request` are the fields that the known variants' Vary selects by; `seen` is what select() looked at.
    Joined join(std::span<const http::Field> request, std::uint64_t generation, std::uint64_t seen);
    void end(const std::shared_ptr<Flight>& flight);
    // Lets new requests ask anew: what is under way may bring what was purged.
    void outdate_flights();

    // ---- responses that can't be shared (RFC 9111 section 3)
    // Until then nobody waits for anybody: each asks for itself.
    [[nodiscard]] bool is_private(SteadyTime now) const;
    void make_private_until(SteadyTime until);

    [[nodiscard]] bool busy() const;
    // Bytes that it keeps in memory.
    [[nodiscard]] Bytes footprint() const;

    policy::S3Fifo::Handle use;  // marks hits in the memory's eviction; set before it is shared

  private:
    [[nodiscard]] std::string selecting_of(std::span<const http::Field> request) const;

    const KeyHash hash_;
    const std::string key_;
    const std::uint64_t serial_;
    mutable std::mutex mutex_;
    std::atomic<bool> ready_{false};
    bool loading_ = false;
    WaitList loading_waiters_;
    std::vector<std::shared_ptr<Object>> objects_;
    std::vector<std::shared_ptr<Flight>> flights_;
    std::uint64_t version_ = 0;  // of objects_: counts what comes in or is freshened
    SteadyTime private_until_{};
};

using EntryPtr = std::shared_ptr<Entry>;

}  // namespace outpost::cdn
