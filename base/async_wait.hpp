// Waiting for something that another thread will say: a list of waiters, each a coroutine in its own loop.
// The owner's mutex guards the list and the condition together, so that no word is lost:
//
//   std::unique_lock lock{mutex_};
//   if (ready_) co_return;
//   const auto waiter = waiters_.add(deadline, co_await asio::this_coro::executor);   // before the lock
//   lock.unlock();
//   const Woken why = co_await waiter->wait();
//
// Thread rule: add(), take_back() and wake_all() under the owner's mutex; wait() in the loop of its executor.
#pragma once

#include <memory>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"

namespace outpost {

enum class Woken {
    told,      // something has changed: look again
    too_late,  // the deadline has passed first, or the client has left
};

class Waiter;

// A client for whom is waited. One who leaves ends its own wait, and nothing that others wait for too.
// Thread rule: the thread of its connection's loop.
class Presence {
  public:
    [[nodiscard]] bool has_left() const { return left_; }
    void leave();

  private:
    friend class Waiter;
    Waiter* waiting_ = nullptr;
    bool left_ = false;
};

class Waiter {
  public:
    Waiter(Executor executor, SteadyTime deadline) : timer_{executor, deadline} {}
    // `client` may be null; it outlives the wait.
    Task<Woken> wait(Presence* client = nullptr);
    // From any thread, once or more.
    static void tell(std::shared_ptr<Waiter> waiter);

  private:
    friend class Presence;
    Timer timer_;
    bool told_ = false;  // only its own loop looks
};

class WaitList {
  public:
    std::shared_ptr<Waiter> add(SteadyTime deadline, Executor executor);
    // For one that was too late: forget it.
    void take_back(const std::shared_ptr<Waiter>& waiter);
    void wake_all();
    [[nodiscard]] std::size_t size() const { return waiters_.size(); }

  private:
    std::vector<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace outpost
