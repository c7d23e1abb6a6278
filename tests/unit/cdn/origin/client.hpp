// The client's side of the tests of origins: a pool in a loop that runs while something is waited for.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include "base/async.hpp"
#include "cdn/origin/pool.hpp"
#include "scripted_origin.hpp"

namespace outpost::tests {

// Runs the loop until the task has returned.
template <class T>
T run(Loop& loop, Task<T> task) {
    std::optional<T> result;
    asio::co_spawn(loop, std::move(task), [&result](std::exception_ptr error, T value) {
        if (error) std::rethrow_exception(error);
        result.emplace(std::move(value));
    });
    loop.restart();
    while (!result) REQUIRE(loop.run_one_for(std::chrono::seconds{20}) == 1);
    return std::move(*result);
}

// Runs the loop until the condition holds.
template <class Condition>
void run_until(Loop& loop, Condition condition) {
    const SteadyTime late = steady_now() + std::chrono::seconds{20};
    loop.restart();
    while (!condition()) {
        loop.run_one_for(std::chrono::milliseconds{2});
        REQUIRE(steady_now() < late);
    }
}

// What came of a call, read to its end.
struct Got {
    int status = 0;
    std::string body;
    boost::system::error_code error;  // of the head or of the body
    std::string origin;
    http::FieldList fields;
};

class Client {
  public:
    using Options = cdn::origin::PoolOptions;

    explicit Client(const std::vector<const ScriptedOrigin*>& origins, Options options = quick());
    Client(Options options, std::vector<cdn::origin::OriginOptions> origins);
    ~Client();

    // Limits that no test comes near unless it means to.
    static Options quick();

    Got get(std::string target = "/") { return ask(call_of(std::move(target))); }
    Got ask(cdn::origin::Call call);
    Got ask(cdn::origin::Call call, cdn::origin::Attempts& attempts);
    static cdn::origin::Call call_of(std::string target);
    // The head only.
    Result<std::unique_ptr<cdn::origin::Response>> begin(std::string target = "/");
    Result<std::size_t> read(cdn::origin::Response& response, std::span<char> into);

    cdn::origin::OriginStatus status(std::size_t number = 0) { return pool->status().at(number); }

    Loop loop;
    std::unique_ptr<cdn::origin::Pool> pool;
};

std::string reply_of(int status, std::string_view body);  // with its Content-Length

}  // namespace outpost::tests
