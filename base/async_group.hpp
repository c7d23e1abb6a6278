// Tasks that end together: whoever shuts down ends the group, which tells all that wait, and then waits until
// every task has returned. Thread rule: the thread of its loop.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "base/async_wait.hpp"

namespace outpost {

class TaskGroup {
    struct State;

  public:
    explicit TaskGroup(Executor executor);
    ~TaskGroup();  // ends it; tasks that have not returned yet keep what they need of it
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // A task must return soon after the group's end. After the end none begins.
    void spawn(Task<void> task);

    // While it lives, `tell` is called when the group ends; it may wake others but runs none of their code.
    // At once when the group has ended already.
    class Notice {
      public:
        Notice() = default;
        ~Notice();
        Notice(Notice&& other) noexcept = default;
        Notice& operator=(Notice&&) = delete;

      private:
        friend class TaskGroup;
        std::weak_ptr<State> state_;
        std::list<std::function<void()>>::iterator place_;
    };
    [[nodiscard]] Notice at_end(std::function<void()> tell);

    [[nodiscard]] bool ended() const;
    void end();
    // After end(): returns when no task is left.
    Task<void> join();

    // Waits until then or until the group ends.
    Task<void> pause_until(SteadyTime time);

  private:
    static Task<void> counted(std::shared_ptr<State> state, Task<void> task);
    std::shared_ptr<State> state_;
};

}  // namespace outpost
