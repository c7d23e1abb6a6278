#include "bench/load/requester.hpp"

namespace outpost::bench {

using namespace std::chrono_literals;

namespace {
std::uint64_t token_number(const Seat& seat, std::uint64_t turn) {
    const Crowd& crowd = seat.facts();
    return crowd.tokens > crowd.connections ? seat.number + turn * crowd.connections : seat.number;
}

}  // namespace

Ask write_request(const Seat& seat, std::uint64_t turn, Random& random, std::string_view more,
                  Connection& connection) {
    const CrowdPlan& plan = *seat.crowd.plan;
    Ask ask;
    ask.first_byte_limit = 10s;
    ask.progress_limit = 10s;
    thread_local std::string path;  // its room is kept
    path.clear();
    plan.paths.append(turn, random, path);
    if (plan.checksums != nullptr) ask.checksum = plan.checksums->of(path);
    std::string& out = connection.request();
    out.clear();
    plan.tokens.append_request(path, token_number(seat, turn), out);
    append_fields(connection.endpoint(), more, out);
    return ask;
}

ClosedRequester::ClosedRequester(const Seat& seat, SteadyTime now)
    : Timer{seat.host.around().loop},
      seat_{seat},
      random_{seat.seed()},
      link_{make_link(seat.facts(), now)},
      connection_{make_connection(seat_, seat.host.target(), link_.get(), *this)},
      turn_{seat.number} {
    ask(now);
}

void ClosedRequester::ask(SteadyTime now) {
    due_ = now;
    const Ask asked = write_request(seat_, turn_++, random_, "", *connection_);
    connection_->ask(asked, now);
}

void ClosedRequester::on_time(SteadyTime now) { ask(now); }

void ClosedRequester::answered(Connection&, Answer& answer, SteadyTime now) {
    seat_.host.record(exchange_of(RequestKind::other, due_, answer));
    if (now >= seat_.until) return seat_.host.gone(*this);
    if (answer.status == 0 && answer.failure != Failure::timeout) return arm(now + pause_after_failure);
    ask(now);
}

void ClosedRequester::leave(SteadyTime now) {
    const bool waits = connection_->busy() && !connection_->has_first_byte();
    if (waits && now - due_ > patience) seat_.host.record(unanswered(RequestKind::other, due_, now));
}

OpenRequester::OpenRequester(const Seat& seat, std::uint32_t connections, SteadyTime now)
    : Timer{seat.host.around().loop}, seat_{seat}, random_{seat.seed()} {
    for (std::uint32_t i = 0; i < connections; ++i) {
        Line& line = lines_.emplace_back(*this);
        line.link = make_link(seat.facts(), now);
        line.connection = make_connection(seat_, seat.host.target(), line.link.get(), line);
        idle_.push_back(&line);
    }
    const double share = static_cast<double>(connections) / seat.facts().connections;
    gap_ = 1e9 / (seat.facts().rate * share);
    // Threads and processes take turns, so that together they are as even as one.
    due_ = -gap_ + 1e9 * seat.number / seat.facts().rate;
    began_ = now;
    next_is_due();
    arm(next_);
}

void OpenRequester::next_is_due() {
    due_ += seat_.facts().arrival == Arrival::poisson ? gap_ * random_.exponential() : gap_;
    next_ = began_ + Nanoseconds{static_cast<std::int64_t>(due_)};
}

void OpenRequester::ask_for_what_is_due(SteadyTime now) {
    while (next_ <= now && next_ < seat_.until && !idle_.empty()) {
        Line& line = *idle_.front();
        idle_.pop_front();
        line.due = next_;
        const Ask asked = write_request(seat_, turn_++, random_, "", *line.connection);
        line.connection->ask(asked, now);
        next_is_due();
    }
    if (next_ >= seat_.until) {
        if (idle_.size() == lines_.size()) seat_.host.gone(*this);
        return;
    }
    // Without an idle connection it is the next answer that goes on.
    if (!idle_.empty()) arm(next_);
}

void OpenRequester::on_time(SteadyTime now) { ask_for_what_is_due(now); }

void OpenRequester::answered(Line& line, Answer& answer, SteadyTime now) {
    seat_.host.record(exchange_of(RequestKind::other, line.due, answer));
    idle_.push_back(&line);
    ask_for_what_is_due(now);
}

void OpenRequester::leave(SteadyTime now) {
    for (const Line& line : lines_) {
        const bool waits = line.connection->busy() && !line.connection->has_first_byte();
        if (waits && now - line.due > patience)
            seat_.host.record(unanswered(RequestKind::other, line.due, now));
    }
    for (; next_ + patience < now && next_ < seat_.until; next_is_due())
        seat_.host.record(unanswered(RequestKind::other, next_, now));
}

}  // namespace outpost::bench
