#include "bench/load/loop.hpp"

#include <algorithm>
#include <array>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace outpost::bench {
namespace {

constexpr std::size_t events_at_once = 256;
constexpr std::uint64_t wake_mark = ~std::uint64_t{0};

timespec span_of(std::chrono::nanoseconds span) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(span);
    return {seconds.count(), (span - seconds).count()};
}

}  // namespace

void Timer::arm(SteadyTime at) {
    at_ = at;
    if (place_ == nowhere) {
        loop_.heap_.push_back(this);
        place_ = loop_.heap_.size() - 1;
    }
    loop_.rise(place_);
    loop_.sink(place_);
}

void Timer::disarm() {
    if (place_ == nowhere) return;
    const std::size_t hole = std::exchange(place_, nowhere);
    Timer* last = loop_.heap_.back();
    loop_.heap_.pop_back();
    if (last == this) return;
    loop_.place(hole, last);
    loop_.rise(hole);
    loop_.sink(last->place_);
}

Loop::Loop() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}, wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wake_mark;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
}

std::size_t Loop::watch(int fd, Watched& watched) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    slots_[index].watched = &watched;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = std::uint64_t{slots_[index].generation} << 32U | index;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    return index;
}

void Loop::unwatch(std::size_t watch) {
    slots_[watch].watched = nullptr;
    ++slots_[watch].generation;
    free_.push_back(static_cast<std::uint32_t>(watch));
}

void Loop::place(std::size_t at, Timer* timer) {
    heap_[at] = timer;
    timer->place_ = at;
}

void Loop::rise(std::size_t at) {
    Timer* timer = heap_[at];
    for (; at > 0 && timer->at_ < heap_[(at - 1) / 2]->at_; at = (at - 1) / 2) place(at, heap_[(at - 1) / 2]);
    place(at, timer);
}

void Loop::sink(std::size_t at) {
    Timer* timer = heap_[at];
    for (;;) {
        std::size_t child = 2 * at + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1]->at_ < heap_[child]->at_) ++child;
        if (heap_[child]->at_ >= timer->at_) break;
        place(at, heap_[child]);
        at = child;
    }
    place(at, timer);
}

void Loop::fire(SteadyTime now) {
    while (!heap_.empty() && heap_.front()->at_ <= now) {
        Timer* timer = heap_.front();
        timer->disarm();
        timer->on_time(now);
    }
}

void Loop::run() {
    std::array<epoll_event, events_at_once> events;
    SteadyTime now = steady_now();
    while (!stopping_.load(std::memory_order_relaxed)) {
        timespec wait{};
        if (!heap_.empty()) wait = span_of(std::max<std::chrono::nanoseconds>(heap_.front()->at_ - now, {}));
        const int ready = ::epoll_pwait2(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                         heap_.empty() ? nullptr : &wait, nullptr);
        for (int i = 0; i < ready; ++i) {
            const std::uint64_t mark = events[static_cast<std::size_t>(i)].data.u64;
            if (mark == wake_mark) continue;
            const Slot slot = slots_[static_cast<std::uint32_t>(mark)];
            if (slot.watched == nullptr || slot.generation != mark >> 32U) continue;
            // Each has its own time: with a full list the first and the last are milliseconds apart.
            slot.watched->on_ready(events[static_cast<std::size_t>(i)].events, steady_now());
        }
        now = steady_now();
        fire(now);
        disposed_.clear();
    }
}

void Loop::stop() noexcept {
    stopping_.store(true, std::memory_order_relaxed);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace outpost::bench
