#include "cdn/cache/entry.hpp"

#include <algorithm>

#include <boost/asio/this_coro.hpp>

#include "cdn/policy/vary.hpp"

namespace outpost::cdn {
namespace {
constexpr std::size_t overhead = 512;  // of an entry or an object beside what is counted
}

bool Entry::begin_loading() {
    const std::lock_guard lock{mutex_};
    return !std::exchange(loading_, true);
}

void Entry::loaded(std::vector<std::shared_ptr<Object>> objects) {
    const std::lock_guard lock{mutex_};
    if (objects_.empty()) objects_ = std::move(objects);
    ready_ = true;
    loading_waiters_.wake_all();
}

Task<void> Entry::wait_until_loaded(SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    std::shared_ptr<Waiter> waiter;
    {
        const std::lock_guard lock{mutex_};
        if (ready_) co_return;
        waiter = loading_waiters_.add(deadline, executor);
    }
    const Woken why = co_await waiter->wait();
    if (why == Woken::told) co_return;
    const std::lock_guard lock{mutex_};
    loading_waiters_.take_back(waiter);
}

Entry::Selected Entry::select(std::span<const http::Field> request) const {
    const std::lock_guard lock{mutex_};
    Selected selected;
    selected.version = version_;
    WallTime latest = WallTime::min();
    for (const auto& object : objects_) {
        const HeadPtr head = object->head();
        const bool matches = head->vary_names.empty() ||
                             policy::selecting_key(head->vary_names, request) == head->selecting_key;
        if (!matches || object->lost() || !object->readable()) {
            selected.others = true;
            continue;
        }
        if (selected.object && head->facts.date_value() < latest) continue;
        latest = head->facts.date_value();
        selected.object = object;
    }
    return selected;
}

std::vector<std::shared_ptr<Object>> Entry::keep(std::shared_ptr<Object> object, std::size_t most) {
    const HeadPtr head = object->head();
    std::vector<std::shared_ptr<Object>> left;
    const std::lock_guard lock{mutex_};
    ++version_;
    std::erase_if(objects_, [&](const std::shared_ptr<Object>& other) {
        const HeadPtr theirs = other->head();
        const bool same = other != object && theirs->vary_names == head->vary_names &&
                          theirs->selecting_key == head->selecting_key;
        // A response that varies on nothing answers everybody; so does one whose Vary the new one dropped.
        const bool replaced = same || (other != object && (head->vary_names.empty() || other->lost()));
        if (replaced) left.push_back(other);
        return replaced;
    });
    if (std::find(objects_.begin(), objects_.end(), object) == objects_.end()) objects_.push_back(object);
    while (objects_.size() > most) {
        left.push_back(objects_.front());
        objects_.erase(objects_.begin());
    }
    return left;
}

bool Entry::drop(const std::shared_ptr<Object>& object) {
    const std::lock_guard lock{mutex_};
    return std::erase(objects_, object) > 0;
}

std::vector<std::shared_ptr<Object>> Entry::objects() const {
    const std::lock_guard lock{mutex_};
    return objects_;
}

std::vector<std::shared_ptr<Object>> Entry::take_if(const std::function<bool(const Object&)>& matches) {
    std::vector<std::shared_ptr<Object>> taken;
    const std::lock_guard lock{mutex_};
    std::erase_if(objects_, [&](const std::shared_ptr<Object>& object) {
        if (!matches(*object)) return false;
        taken.push_back(object);
        return true;
    });
    return taken;
}

// Under the lock. Requests that would select different variants are different questions.
std::string Entry::selecting_of(std::span<const http::Field> request) const {
    std::string selecting;
    std::vector<std::string> seen;
    for (const auto& object : objects_) {
        const HeadPtr head = object->head();
        const std::string& names = head->vary_names;
        if (names.empty() || std::find(seen.begin(), seen.end(), names) != seen.end()) continue;
        seen.push_back(names);
        selecting.append(policy::selecting_key(names, request)).push_back('\n');
    }
    // Answers to these are seldom for others (RFC 9111 section 3.5): who has none must not wait for them.
    if (!http::find_field(request, "Authorization").empty()) selecting += "\nwith authorization";
    return selecting;
}

Entry::Joined Entry::join(std::span<const http::Field> request, std::uint64_t generation,
                          std::uint64_t seen) {
    const std::lock_guard lock{mutex_};
    std::string selecting = selecting_of(request);
    for (const auto& flight : flights_) {
        if (flight->selecting() == selecting) return {flight, false};
    }
    // A question has landed between the look and now: what it brought may do.
    if (seen != version_) return {nullptr, false};
    flights_.push_back(std::make_shared<Flight>(std::move(selecting), generation));
    return {flights_.back(), true};
}

void Entry::end(const std::shared_ptr<Flight>& flight) {
    const std::lock_guard lock{mutex_};
    std::erase(flights_, flight);
}

void Entry::outdate_flights() {
    const std::lock_guard lock{mutex_};
    flights_.clear();
}

bool Entry::is_private(SteadyTime now) const {
    const std::lock_guard lock{mutex_};
    return now < private_until_;
}

void Entry::make_private_until(SteadyTime until) {
    const std::lock_guard lock{mutex_};
    private_until_ = until;
}

bool Entry::busy() const {
    const std::lock_guard lock{mutex_};
    if (!flights_.empty() || !ready_) return true;
    return std::any_of(objects_.begin(), objects_.end(),
                       [](const auto& object) { return object.use_count() > 1 || object->has_readers(); });
}

Bytes Entry::footprint() const {
    const std::lock_guard lock{mutex_};
    std::uint64_t bytes = overhead + key_.capacity();
    for (const auto& object : objects_) {
        bytes += overhead + object->head()->footprint();
        if (object->in_memory() || object->disk() == nullptr) bytes += object->stored().count();
    }
    return Bytes{bytes};
}

}  // namespace outpost::cdn
