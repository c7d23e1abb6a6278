// One thread's epoll, edge-triggered, and its timers. No system call per timer: the nearest one is epoll's
// time-out. Thread rule: one thread, but for stop().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"

namespace outpost::bench {

class Watched {
  public:
    virtual void on_ready(std::uint32_t events, SteadyTime now) = 0;  // epoll(7)'s events

  protected:
    ~Watched() = default;
};

class Loop;

// Disarmed when it dies.
class Timer {
  public:
    explicit Timer(Loop& loop) : loop_{loop} {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    virtual void on_time(SteadyTime now) = 0;

    void arm(SteadyTime at);
    // Not later than `at`; for limits that move on with each byte, so that moving them costs nothing.
    void arm_by(SteadyTime at) {
        if (place_ == nowhere || at < at_) arm(at);
    }
    void disarm();

  protected:
    ~Timer() { disarm(); }

  private:
    friend class Loop;
    static constexpr std::size_t nowhere = ~std::size_t{0};
    Loop& loop_;
    SteadyTime at_{};
    std::size_t place_ = nowhere;  // in the loop's heap
};

// What may die only when nobody is in the middle of it.
class Disposable {
  public:
    Disposable() = default;
    Disposable(const Disposable&) = delete;
    Disposable& operator=(const Disposable&) = delete;
    virtual ~Disposable() = default;
};

class Loop {
  public:
    Loop();

    // For reading, writing and the other side's end, each time that something changes. What comes for a
    // watch that has ended reaches nobody. The descriptor is closed by its owner, which ends epoll's part.
    std::size_t watch(int fd, Watched& watched);
    void unwatch(std::size_t watch);
    // Dies after what is under way.
    void dispose(std::unique_ptr<Disposable> object) { disposed_.push_back(std::move(object)); }

    void run();            // until stop()
    void stop() noexcept;  // from any thread

  private:
    friend class Timer;
    struct Slot {
        Watched* watched = nullptr;
        std::uint32_t generation = 0;
    };
    void place(std::size_t at, Timer* timer);
    void rise(std::size_t at);
    void sink(std::size_t at);
    void fire(SteadyTime now);

    Fd epoll_, wake_;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<Timer*> heap_;
    std::vector<std::unique_ptr<Disposable>> disposed_;
    std::atomic<bool> stopping_{false};
};

}  // namespace outpost::bench
