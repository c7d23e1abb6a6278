// Those whose connections matter more than what they ask for: one that stays open and idle, and one that is
// opened for each request. Thread rule: its worker's.
#pragma once

#include "bench/load/client.hpp"

namespace outpost::bench {

// Asks once, and keeps its connection. When the server closes it, it opens another.
class Holder final : public Client, private ConnectionOwner, private Timer {
  public:
    Holder(const Seat& seat, SteadyTime now);
    void leave(SteadyTime now) override;

  private:
    void answered(Connection& connection, Answer& answer, SteadyTime now) override;
    void closed(Connection& connection, SteadyTime now) override;
    void on_time(SteadyTime now) override;
    void ask(SteadyTime now);
    void wait(SteadyTime until);

    Seat seat_;
    Random random_;
    std::unique_ptr<Link> link_;
    std::unique_ptr<Connection> connection_;
    SteadyTime due_;
};

// A connection for each request; with a rate, due one after the other like OpenRequester's.
class Connector final : public Client, private ConnectionOwner, private Timer {
  public:
    Connector(const Seat& seat, SteadyTime now);
    void leave(SteadyTime now) override;

  private:
    void answered(Connection& connection, Answer& answer, SteadyTime now) override;
    void closed(Connection& connection, SteadyTime now) override;
    void on_time(SteadyTime now) override;
    void ask(SteadyTime now);
    void again(SteadyTime now);

    Seat seat_;
    Random random_;
    std::unique_ptr<Link> link_;
    std::unique_ptr<Connection> connection_;
    std::uint64_t turn_;
    Nanoseconds gap_{0};  // between requests; 0: one after the other
    SteadyTime due_;
};

}  // namespace outpost::bench
