// One client under way: what it is begun with and what it tells its thread. Thread rule: its worker's.
#pragma once

#include "bench/load/connection.hpp"
#include "bench/load/crowd_plan.hpp"
#include "bench/player/player.hpp"

namespace outpost::bench {

class Client;

// What a worker is to its clients.
class Host {
  public:
    virtual Surroundings& around() = 0;
    virtual void record(const Exchange& exchange) = 0;
    // Of an absolute URL; null when it is none, or nobody answers there. Waits when it was never asked for.
    virtual const Endpoint* endpoint(const Uri& uri) = 0;
    [[nodiscard]] virtual const Endpoint& target() const = 0;
    virtual void gone(Client& client) = 0;  // it has left of its own; dies soon

  protected:
    ~Host() = default;
};

// One crowd in one thread.
struct CrowdHere {
    const CrowdPlan* plan = nullptr;
    std::unique_ptr<TlsClient> tls;  // null: no TLS in this run
};

// Which client it is: `number` is unique in the crowd, over all threads and processes.
struct Seat {
    Host& host;
    CrowdHere& crowd;
    std::uint32_t number = 0;
    SteadyTime until;  // then it leaves; max(): with the run
    [[nodiscard]] const Crowd& facts() const { return *crowd.plan->crowd; }
    [[nodiscard]] std::uint64_t seed() const { return Random{crowd.plan->seed + number}.next(); }
};

class Client : public Disposable {
  public:
    virtual void leave(SteadyTime now) = 0;  // the run is over
    [[nodiscard]] virtual Player::Showing showing() const { return Player::Showing::nothing; }

    std::size_t place = 0;  // in its host's list
};

// A connection of a client, with all that its crowd says about connections.
std::unique_ptr<Connection> make_connection(const Seat& seat, const Endpoint& endpoint, Link* link,
                                            ConnectionOwner& owner);
// The client's link, when it is thin.
std::unique_ptr<Link> make_link(const Crowd& crowd, SteadyTime now);

// The rest of a request's head, behind Tokens::append_request().
void append_fields(const Endpoint& endpoint, std::string_view more, std::string& out);

// The request of a path of the crowd's, in `connection`; `more` fields at its end. (requester.cpp)
Ask write_request(const Seat& seat, std::uint64_t turn, Random& random, std::string_view more,
                  Connection& connection);
inline constexpr Milliseconds pause_after_failure{100};  // of a closed loop, when there is no server

// An Exchange that says what an Answer does.
Exchange exchange_of(RequestKind kind, SteadyTime due, const Answer& answer);
// Who waits for an answer for longer than this when the run ends was not served; who waits for less would
// have been, for all we know.
inline constexpr Milliseconds patience{1000};
Exchange unanswered(RequestKind kind, SteadyTime due, SteadyTime now);

}  // namespace outpost::bench
