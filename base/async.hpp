// The words in which concurrent code is written: Task, a group that shutdown waits for, a pool for what may
// block.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/result.hpp"

namespace outpost {

namespace asio = boost::asio;

// One event loop, one thread.
using Loop = asio::io_context;
using Executor = Loop::executor_type;

// A coroutine. It runs in the thread of the loop that it was spawned on, and never leaves it.
template <class T>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_task;

// A value that is there already, or a coroutine that brings it: what is usually there costs no coroutine.
//   Eventual<Reply> coming = handle(request);
//   if (coming.ready()) {
//       reply = coming.take();
//   } else {
//       reply = co_await coming.task();
//   }
template <class T>
class Eventual {
  public:
    Eventual(T value) : value_{std::move(value)} {}     // NOLINT: both are what it is made from
    Eventual(Task<T> task) : task_{std::move(task)} {}  // NOLINT
    [[nodiscard]] bool ready() const { return value_.has_value(); }
    [[nodiscard]] T take() { return std::move(*value_); }       // once, when it is ready
    [[nodiscard]] Task<T> task() { return std::move(*task_); }  // once, when it is not

  private:
    std::optional<T> value_;
    std::optional<Task<T>> task_;
};

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Threads for work that may block on a disk, with a bound on what may wait. Thread rule: run() from any
// thread.
class BlockingPool {
  public:
    BlockingPool(std::size_t threads, std::size_t most_waiting)
        : pool_{threads}, most_waiting_{most_waiting} {}
    ~BlockingPool() {
        pool_.stop();
        pool_.join();
    }

    // Runs `work` (returning an error_code) in the pool and resumes the caller in its own thread.
    // Errc::overloaded at once when too much waits already.
    template <class Work>
    Task<boost::system::error_code> run(Work work) {
        if (waiting_.fetch_add(1, std::memory_order_relaxed) >= most_waiting_) {
            waiting_.fetch_sub(1, std::memory_order_relaxed);
            co_return make_error_code(Errc::overloaded);
        }
        auto token = use_task;
        boost::system::error_code error;
        Initiate<Work> initiate{*this, std::move(work), error};
        co_await asio::async_initiate<asio::use_awaitable_t<Executor>, void()>(std::move(initiate), token);
        co_return error;
    }

  private:
    template <class Work>
    struct Initiate {
        BlockingPool& pool;
        Work work;
        boost::system::error_code& error;

        template <class Handler>
        void operator()(Handler handler) && {
            auto home = asio::prefer(asio::get_associated_executor(handler),
                                     asio::execution::outstanding_work.tracked);
            asio::post(pool.pool_, [self = &pool, job = std::move(work), into = &error,
                                    home = std::move(home), done = std::move(handler)]() mutable {
                *into = job();
                self->waiting_.fetch_sub(1, std::memory_order_relaxed);
                asio::post(home, std::move(done));
            });
        }
    };

    asio::thread_pool pool_;
    std::size_t most_waiting_;
    std::atomic<std::size_t> waiting_{0};
};

}  // namespace outpost
