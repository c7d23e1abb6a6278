// Those who ask for paths over and over. Closed loop: a connection asks again as soon as it is answered.
// Open loop: requests are due at the crowd's rate, and a time counts from when it was due, whether or not a
// connection was free then. Thread rule: its worker's.
#pragma once

#include <deque>

#include "bench/load/client.hpp"

namespace outpost::bench {

// One connection of a crowd without a rate.
class ClosedRequester final : public Client, private ConnectionOwner, private Timer {
  public:
    ClosedRequester(const Seat& seat, SteadyTime now);
    void leave(SteadyTime now) override;

  private:
    void answered(Connection& connection, Answer& answer, SteadyTime now) override;
    void on_time(SteadyTime now) override;
    void ask(SteadyTime now);

    Seat seat_;
    Random random_;
    std::unique_ptr<Link> link_;
    std::unique_ptr<Connection> connection_;
    std::uint64_t turn_ = 0;
    SteadyTime due_;
};

// All connections that a thread has of a crowd with a rate; `seat.number` is the first one's.
class OpenRequester final : public Client, private Timer {
  public:
    OpenRequester(const Seat& seat, std::uint32_t connections, SteadyTime now);
    void leave(SteadyTime now) override;

  private:
    struct Line final : public ConnectionOwner {
        explicit Line(OpenRequester& its_whole) : whole{its_whole} {}
        void answered(Connection&, Answer& answer, SteadyTime now) override {
            whole.answered(*this, answer, now);
        }
        OpenRequester& whole;
        std::unique_ptr<Link> link;
        std::unique_ptr<Connection> connection;
        SteadyTime due;
    };
    void answered(Line& line, Answer& answer, SteadyTime now);
    void on_time(SteadyTime now) override;
    void ask_for_what_is_due(SteadyTime now);
    void next_is_due();

    Seat seat_;
    Random random_;
    std::deque<Line> lines_;
    std::deque<Line*> idle_;  // in the order in which they became so
    std::uint64_t turn_ = 0;
    double gap_;  // ns
    double due_;  // ns since the beginning
    SteadyTime began_, next_;
};

}  // namespace outpost::bench
