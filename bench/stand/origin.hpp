// The origin behind edges: nginx with the content's files, on a core of its own. It can die, stall, and come
// back at the same port. Thread rule: any thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "bench/stand/child.hpp"
#include "bench/stand/contestant.hpp"

namespace outpost::bench {

class Origin {
  public:
    // Ready when it returns.
    static Outcome<std::unique_ptr<Origin>> start(const Site& site, int core,
                                                  const Cancellation& cancellation);
    ~Origin();
    Origin(const Origin&) = delete;
    Origin& operator=(const Origin&) = delete;

    // All its processes killed, or stopped where they are. After `lasts` it is back by itself; 0: when
    // come_back() is called.
    void die(Milliseconds lasts);
    void stall(Milliseconds lasts);
    Outcome<void> come_back();
    // Heads and bodies of answers that ended.
    [[nodiscard]] std::uint64_t bytes_sent() const;

  private:
    Origin(Site site, ChildPlan plan) : site_{std::move(site)}, plan_{std::move(plan)} {}
    Outcome<void> run(const Cancellation& cancellation);  // mutex_ is held, or nobody else knows of us
    void come_back_after(Milliseconds lasts);

    const Site site_;
    const ChildPlan plan_;
    mutable std::mutex mutex_;
    Child child_;
    mutable std::uint64_t read_ = 0, sum_ = 0;  // of its log so far
    std::condition_variable_any nothing_;  // nobody tells: who waits on it waits for a time, or to be stopped
    std::jthread return_;                  // brings it back
};

}  // namespace outpost::bench
