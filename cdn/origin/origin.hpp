// One origin: its addresses, its connections, its standing, and how a call to it goes. Thread rule: the
// loop's thread, show() from any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async_group.hpp"
#include "base/http/head.hpp"
#include "base/uri.hpp"
#include "cdn/origin/addresses.hpp"
#include "cdn/origin/exchange.hpp"
#include "cdn/origin/options.hpp"
#include "cdn/origin/pool.hpp"
#include "cdn/origin/s3.hpp"
#include "cdn/origin/slots.hpp"
#include "cdn/origin/standing.hpp"
#include "cdn/policy/balance.hpp"

namespace outpost::cdn::origin {

class Origin : public std::enable_shared_from_this<Origin> {
  public:
    static Outcome<std::shared_ptr<Origin>> make(Executor executor, std::shared_ptr<TaskGroup> group,
                                                 std::shared_ptr<const PoolOptions> pool,
                                                 const OriginOptions& options, http::HeadLimits limits);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const Uri& uri() const { return uri_; }
    [[nodiscard]] const PoolOptions& pool() const { return *pool_; }
    [[nodiscard]] Standing& standing() { return *standing_; }
    [[nodiscard]] bool ended() const { return group_->ended(); }
    [[nodiscard]] policy::Candidate candidate(SteadyTime now) const;
    // What a call's target is a part of; nothing when it is no URI.
    [[nodiscard]] std::optional<Uri> uri_of(std::string_view target) const;
    void look_up_name() { addresses_->doubt(); }

    // One call, over a kept connection or a new one. `target` is put behind the origin's own path, unless it
    // is `absolute`. Errors: those of an origin.
    using Answer = Result<std::unique_ptr<Exchange>>;
    Task<Answer> ask(const Call& call, std::string target, bool absolute);
    // Asks for the pool's health_path and notes the answer.
    Task<void> check_health();

    // Takes a connection whose reply was read, if it can be used again.
    void keep(std::unique_ptr<Connection> connection);
    // Closes connections that were not used for too long, or that the origin has closed.
    void close_idle(SteadyTime now);

    // Those that are kept; the group's end has ended the others.
    void close_all();

    void show(OriginStatus& status, SteadyTime now) const;

  private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        SteadyTime since;
    };
    Origin(Executor executor, std::shared_ptr<TaskGroup> group, std::shared_ptr<const PoolOptions> pool,
           const OriginOptions& options, http::HeadLimits limits, Uri uri);
    Outcome<void> prepare();
    Task<Result<std::unique_ptr<Connection>>> open(SteadyTime deadline);
    std::unique_ptr<Connection> take_idle();
    void make_room();
    [[nodiscard]] std::optional<std::string> wire_text(const Call& call, std::string_view target,
                                                       bool absolute, WallTime now) const;
    Task<boost::system::error_code> try_health(int& status);

    Executor executor_;
    std::shared_ptr<TaskGroup> group_;
    std::shared_ptr<const PoolOptions> pool_;
    OriginOptions options_;
    http::HeadLimits limits_;
    Uri uri_;
    std::string name_, host_field_, path_prefix_;
    std::optional<S3Keys> s3_;
    std::shared_ptr<const TlsClient> tls_;  // null: plain
    std::shared_ptr<Addresses> addresses_;
    std::shared_ptr<Slots> slots_;
    std::shared_ptr<Standing> standing_;
    std::vector<Idle> idle_;  // the last one in is the first one out
    std::atomic<unsigned> idle_count_{0};
    std::uint64_t id_ = 0;
};

}  // namespace outpost::cdn::origin
