#include "base/async_group.hpp"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"

namespace outpost {

struct TaskGroup::State {
    explicit State(Executor own) : executor{own} {}

    // One task's part in the count, however its coroutine ends.
    struct Member {
        explicit Member(State& state) : of{state} { ++of.count; }
        ~Member() { --of.count; }
        Member(const Member&) = delete;
        Member& operator=(const Member&) = delete;
        State& of;
    };

    Executor executor;
    bool ended = false;
    std::size_t count = 0;
    std::list<std::function<void()>> notices;
    WaitList joiners;
};

TaskGroup::Notice::~Notice() {
    if (const auto state = state_.lock()) state->notices.erase(place_);
}

TaskGroup::TaskGroup(Executor executor) : state_{std::make_shared<State>(executor)} {}

TaskGroup::~TaskGroup() { end(); }

void TaskGroup::spawn(Task<void> task) {
    if (state_->ended) return;
    asio::co_spawn(state_->executor, counted(state_, std::move(task)), asio::detached);
}

Task<void> TaskGroup::counted(std::shared_ptr<State> state, Task<void> task) {
    try {
        const State::Member member{*state};
        co_await std::move(task);
    } catch (const std::exception& error) {
        log::error("a background task ended: {}", error.what());
    }
    if (state->count == 0) state->joiners.wake_all();
}

TaskGroup::Notice TaskGroup::at_end(std::function<void()> tell) {
    if (state_->ended) tell();
    Notice notice;
    notice.place_ = state_->notices.insert(state_->notices.end(), std::move(tell));
    notice.state_ = state_;
    return notice;
}

bool TaskGroup::ended() const { return state_->ended; }

void TaskGroup::end() {
    if (std::exchange(state_->ended, true)) return;
    for (const auto& tell : state_->notices) tell();
}

Task<void> TaskGroup::join() {
    const auto state = state_;
    while (state->count > 0) {
        const auto waiter = state->joiners.add(SteadyTime::max(), state->executor);
        co_await waiter->wait();
    }
}

Task<void> TaskGroup::pause_until(SteadyTime time) {
    const auto waiter = std::make_shared<Waiter>(state_->executor, time);
    const Notice notice = at_end([waiter] { Waiter::tell(waiter); });
    co_await waiter->wait();
}

}  // namespace outpost
