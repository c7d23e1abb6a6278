// A simulated box on the network: fetches what its player wants, over as many connections as it wants things
// at once. Thread rule: its worker's.
#pragma once

#include <deque>
#include <vector>

#include "bench/load/client.hpp"

namespace outpost::bench {

class Box final : public Client, private ConnectionOwner, private Timer {
  public:
    Box(const Seat& seat, SteadyTime now);
    void leave(SteadyTime now) override;
    [[nodiscard]] Player::Showing showing() const override { return player_.showing(); }

  private:
    struct Lane {
        std::unique_ptr<Connection> connection;
        std::optional<Want> want;  // under way
    };
    void answered(Connection& connection, Answer& answer, SteadyTime now) override;
    void on_time(SteadyTime now) override;

    void advance(SteadyTime now);
    void fetch(Want want, SteadyTime now);
    void fetch_on(Lane& lane, Want want, std::string_view path, SteadyTime now);
    void cancel(std::uint64_t id, SteadyTime now);
    void fetch_what_waits(SteadyTime now);
    Lane* lane_for(const Endpoint& endpoint);
    // The endpoint of a URL, and its path with the query.
    const Endpoint* split_url(const std::string& url, std::string& path);

    Seat seat_;
    std::unique_ptr<Link> link_;
    std::string base_;  // http://host:port
    Player player_;
    std::vector<Lane> lanes_;
    std::deque<Want> waiting_;        // for a lane
    std::vector<Arrived> stillborn_;  // failed at once; told when the timer fires
};

}  // namespace outpost::bench
