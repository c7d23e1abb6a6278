#include "tests/simulator/policies.hpp"

#include <optional>
#include <queue>
#include <utility>
#include <vector>

#include "cdn/policy/s3_fifo.hpp"

namespace outpost::simulator {
namespace {

using Object = std::uint32_t;
constexpr Object none = UINT32_MAX;

// Objects in a row from newest to oldest, and whether each is held.
class Row {
  public:
    explicit Row(std::size_t objects) : links_(objects) {}
    [[nodiscard]] bool holds(Object object) const { return links_[object].held; }
    [[nodiscard]] Object oldest() const { return oldest_; }
    [[nodiscard]] Object newer_than(Object object) const { return links_[object].newer; }
    void push(Object object) {
        links_[object] = {.newer = none, .older = newest_, .held = true};
        (newest_ == none ? oldest_ : links_[newest_].newer) = object;
        newest_ = object;
    }
    void remove(Object object) {
        const auto [newer, older, held] = links_[object];
        (newer == none ? newest_ : links_[newer].older) = older;
        (older == none ? oldest_ : links_[older].newer) = newer;
        links_[object].held = false;
    }

  private:
    struct Link {
        Object newer = none;
        Object older = none;
        bool held = false;
    };
    std::vector<Link> links_;
    Object newest_ = none;
    Object oldest_ = none;
};

class Lru {
  public:
    explicit Lru(const Trace& trace, Bytes) : row_(trace.sizes.size()) {}
    bool holds(Object object) { return row_.holds(object); }
    void hit(Object object, std::size_t) {
        row_.remove(object);
        row_.push(object);
    }
    void add(Object object, std::size_t) { row_.push(object); }
    Object evict() {
        const Object object = row_.oldest();
        row_.remove(object);
        return object;
    }

  protected:
    Row row_;
};

class Fifo : public Lru {
  public:
    using Lru::Lru;
    void hit(Object, std::size_t) {}
};

// A hand walks from the oldest to the newest; what was visited since the hand was there stays.
class Sieve {
  public:
    explicit Sieve(const Trace& trace, Bytes) : row_(trace.sizes.size()), visited_(trace.sizes.size()) {}
    bool holds(Object object) { return row_.holds(object); }
    void hit(Object object, std::size_t) { visited_[object] = true; }
    void add(Object object, std::size_t) {
        visited_[object] = false;
        row_.push(object);
    }
    Object evict() {
        if (hand_ == none) hand_ = row_.oldest();
        while (visited_[hand_]) {
            visited_[hand_] = false;
            hand_ = row_.newer_than(hand_);
            if (hand_ == none) hand_ = row_.oldest();
        }
        const Object object = hand_;
        hand_ = row_.newer_than(object);
        row_.remove(object);
        return object;
    }

  private:
    Row row_;
    std::vector<bool> visited_;
    Object hand_ = none;
};

class Belady {
  public:
    explicit Belady(const Trace& trace, Bytes)
        : next_use_(trace.requests.size()), wanted_at_(trace.sizes.size(), not_held) {
        std::vector<std::uint32_t> later(trace.sizes.size(), never);
        for (std::size_t n = trace.requests.size(); n-- > 0;) {
            next_use_[n] = later[trace.requests[n]];
            later[trace.requests[n]] = static_cast<std::uint32_t>(n);
        }
    }
    bool holds(Object object) { return wanted_at_[object] != not_held; }
    void hit(Object object, std::size_t now) { add(object, now); }
    void add(Object object, std::size_t now) {
        wanted_at_[object] = next_use_[now];
        furthest_.emplace(next_use_[now], object);
    }
    Object evict() {
        // Entries that a later use has overtaken are passed over.
        while (wanted_at_[furthest_.top().second] != furthest_.top().first) furthest_.pop();
        const Object object = furthest_.top().second;
        furthest_.pop();
        wanted_at_[object] = not_held;
        return object;
    }

  private:
    static constexpr std::uint32_t never = UINT32_MAX - 1;
    static constexpr std::uint32_t not_held = UINT32_MAX;
    std::vector<std::uint32_t> next_use_;   // of each request's object, after that request
    std::vector<std::uint32_t> wanted_at_;  // of each object
    std::priority_queue<std::pair<std::uint32_t, Object>> furthest_;
};

// As the edge uses it: handles for hits, ids that change when an object comes back.
class Ours {
  public:
    explicit Ours(const Trace& trace, Bytes capacity)
        : sizes_{trace.sizes}, cache_{{.capacity = capacity}}, held_(trace.sizes.size()) {}
    bool holds(Object object) { return held_[object].has_value(); }
    void hit(Object object, std::size_t) { held_[object]->mark_hit(); }
    void add(Object object, std::size_t now) {
        const cdn::policy::S3Fifo::Id id = std::uint64_t{now} << 32 | object;
        held_[object] = cache_.insert(id, object, Bytes{sizes_[object]});
    }
    Object evict() {
        const auto object = static_cast<Object>(cache_.evict().value());
        held_[object].reset();
        return object;
    }

  private:
    const std::vector<std::uint32_t>& sizes_;
    cdn::policy::S3Fifo cache_;
    std::vector<std::optional<cdn::policy::S3Fifo::Handle>> held_;
};

template <class Cache>
Score run(const Trace& trace, Bytes capacity) {
    Cache cache{trace, capacity};
    Score score;
    std::uint64_t used = 0;
    for (std::size_t now = 0; now < trace.requests.size(); ++now) {
        const Object object = trace.requests[now];
        const std::uint64_t size = trace.sizes[object];
        ++score.requests;
        score.bytes += size;
        if (cache.holds(object)) {
            ++score.hits;
            score.hit_bytes += size;
            cache.hit(object, now);
        } else if (Bytes{size} <= capacity) {
            cache.add(object, now);
            used += size;
            while (used > capacity.count()) used -= trace.sizes[cache.evict()];
        }
    }
    return score;
}

}  // namespace

std::string_view name_of(Policy policy) {
    switch (policy) {
        case Policy::s3_fifo: return "S3-FIFO";
        case Policy::lru: return "LRU";
        case Policy::fifo: return "FIFO";
        case Policy::sieve: return "SIEVE";
        case Policy::belady: return "Belady";
    }
    return "";
}

double Score::object_hit_ratio() const {
    return requests == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(requests);
}
double Score::byte_hit_ratio() const {
    return bytes == 0 ? 0 : static_cast<double>(hit_bytes) / static_cast<double>(bytes);
}

Score replay(const Trace& trace, Policy policy, Bytes capacity) {
    switch (policy) {
        case Policy::lru: return run<Lru>(trace, capacity);
        case Policy::fifo: return run<Fifo>(trace, capacity);
        case Policy::sieve: return run<Sieve>(trace, capacity);
        case Policy::belady: return run<Belady>(trace, capacity);
        case Policy::s3_fifo: break;
    }
    return run<Ours>(trace, capacity);
}

}  // namespace outpost::simulator
