#include "bench/load/visitor.hpp"

#include <algorithm>

namespace outpost::bench {
namespace {

void record_waiting(Host& host, const Connection& connection, SteadyTime due, SteadyTime now) {
    if (connection.busy() && !connection.has_first_byte() && now - due > patience)
        host.record(unanswered(RequestKind::other, due, now));
}

}  // namespace

Holder::Holder(const Seat& seat, SteadyTime now)
    : Timer{seat.host.around().loop},
      seat_{seat},
      random_{seat.seed()},
      link_{make_link(seat.facts(), now)},
      connection_{make_connection(seat_, seat.host.target(), link_.get(), *this)} {
    ask(now);
}

void Holder::ask(SteadyTime now) {
    due_ = now;
    const Ask asked = write_request(seat_, seat_.number, random_, "", *connection_);
    connection_->ask(asked, now);
}

void Holder::wait(SteadyTime until) {
    until = std::min(until, seat_.until);
    if (until != SteadyTime::max()) arm(until);
}

void Holder::answered(Connection&, Answer& answer, SteadyTime now) {
    seat_.host.record(exchange_of(RequestKind::other, due_, answer));
    wait(connection_->open() ? SteadyTime::max() : now + pause_after_failure);
}

void Holder::closed(Connection&, SteadyTime now) { wait(now + pause_after_failure); }

void Holder::on_time(SteadyTime now) {
    if (now >= seat_.until) return seat_.host.gone(*this);
    ask(now);
}

void Holder::leave(SteadyTime now) { record_waiting(seat_.host, *connection_, due_, now); }

Connector::Connector(const Seat& seat, SteadyTime now)
    : Timer{seat.host.around().loop},
      seat_{seat},
      random_{seat.seed()},
      link_{make_link(seat.facts(), now)},
      connection_{make_connection(seat_, seat.host.target(), link_.get(), *this)},
      turn_{seat.number},
      due_{now} {
    const Crowd& crowd = seat.facts();
    if (crowd.rate > 0) {
        gap_ = Nanoseconds{static_cast<std::int64_t>(1e9 * crowd.connections / crowd.rate)};
        due_ += gap_ / crowd.connections * seat.number;  // not all at once
    }
    arm(due_);
}

void Connector::ask(SteadyTime now) {
    Ask asked = write_request(seat_, turn_++, random_, "Connection: close\r\n", *connection_);
    asked.let_other_close = true;
    connection_->ask(asked, now);
}

void Connector::answered(Connection&, Answer& answer, SteadyTime now) {
    seat_.host.record(exchange_of(RequestKind::other, due_, answer));
    if (answer.status == 0 && answer.failure != Failure::timeout) {
        due_ = std::max(due_ + gap_, now + pause_after_failure);
        return arm(due_);
    }
    if (!connection_->let_close(now)) again(now);
}

void Connector::closed(Connection&, SteadyTime now) { again(now); }

void Connector::again(SteadyTime now) {
    due_ = gap_ == Nanoseconds{0} ? now : due_ + gap_;
    if (due_ > now && now < seat_.until) return arm(due_);
    on_time(now);
}

void Connector::on_time(SteadyTime now) {
    if (now >= seat_.until) return seat_.host.gone(*this);
    ask(now);
}

void Connector::leave(SteadyTime now) { record_waiting(seat_.host, *connection_, due_, now); }

}  // namespace outpost::bench
