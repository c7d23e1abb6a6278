// A pool of origins that hold the same things: picks one for each call, keeps connections to them, goes on to
// the next one when one fails, and leaves out those that keep failing (cdn/policy/{balance,breaker,
// retry_budget} decide). Thread rule: the thread of its loop, status() aside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/http/field.hpp"
#include "base/http/head.hpp"
#include "base/result.hpp"
#include "cdn/origin/options.hpp"
#include "cdn/origin/response.hpp"

namespace outpost::cdn::origin {

class Origin;

// A request to whichever origin. Host, Connection and Content-Length are added.
struct Call {
    std::string method = "GET";
    std::string target = "/";  // path?query, as it goes on the wire
    http::FieldList fields;    // without Host, Content-Length and those of the connection
    std::string body;
    std::string host;        // the client's, for pools that pass it on
    std::uint64_t hash = 0;  // of the cache key: which origin is asked first
};

// What has been tried for one request of a client. Made once, passed to every fetch for that request.
class Attempts {
  public:
    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(tried_.size()); }
    // A body has come some way: as if only the origin that broke off now had been tried.
    void start_over() {
        if (tried_.size() > 1) tried_.erase(tried_.begin(), tried_.end() - 1);
    }

  private:
    friend class Pool;
    std::vector<const Origin*> tried_;  // in their order; one may be there twice
};

struct OriginStatus {
    enum class State {
        up,
        slow_start,  // back, its weight still growing
        ejected,     // failed too often; not asked
        probing,     // may be asked by one request, whose fate decides
    };
    std::string pool, name;
    bool backup = false;
    State state = State::up;
    unsigned active = 0, idle = 0, waiting = 0;  // connections in use, kept; calls that wait for one
    std::uint64_t requests = 0, failures = 0, bytes = 0;
    std::string last_error;  // empty: never failed
    WallTime last_failure;
    Milliseconds first_byte_p50{0}, first_byte_p99{0};  // of the latest requests
};

class Pool {
  public:
    // Starts looking up names and checking health. Call it in the loop's thread or before the loop runs; the
    // pool dies before the loop. Problems: URLs, certificate and secret files.
    static Outcome<std::unique_ptr<Pool>> open(Loop& loop, PoolOptions options,
                                               std::vector<OriginOptions> origins, http::HeadLimits limits);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    [[nodiscard]] const std::string& name() const;

    // Asks the best origin that was not tried yet, and the next when that one can't be reached, breaks, is
    // too slow or says 502, 503 or 504, while the method is idempotent and the rules for retries allow it;
    // the last answer is returned. With attempts that hold a try already (a body broke off), this is a retry
    // from its beginning, and takes one that was tried only when there is no other. Errors: the group
    // "origin" of Errc.
    Task<Result<std::unique_ptr<Response>>> fetch(Call call, Attempts& attempts);

    // From any thread.
    [[nodiscard]] std::vector<OriginStatus> status() const;

    // Ends what is under way (Errc::origin_reset) and lets nothing begin (Errc::origin_none); returns when
    // its own tasks have ended.
    Task<void> stop();

  private:
    class State;
    explicit Pool(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace outpost::cdn::origin
