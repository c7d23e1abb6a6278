#include "bench/load/box.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace outpost::bench {
namespace {

constexpr std::size_t most_lanes = 6;  // as browsers have to one server

std::string base_of(const Endpoint& endpoint) {
    std::string base{endpoint.tls ? "https://" : "http://"};
    return base.append(endpoint.authority);
}

}  // namespace

Box::Box(const Seat& seat, SteadyTime now)
    : Timer{seat.host.around().loop},
      seat_{seat},
      link_{make_link(seat.facts(), now)},
      base_{base_of(seat.host.target())},
      player_{seat.facts(), base_, seat.seed(), seat.host.around().recording, now} {
    arm(now);
}

void Box::advance(SteadyTime now) {
    for (Action& action : player_.step(now)) {
        if (auto* want = std::get_if<Want>(&action))
            fetch(std::move(*want), now);
        else
            cancel(std::get<Cancel>(action).id, now);
    }
    if (player_.finished()) return seat_.host.gone(*this);
    const SteadyTime wake = stillborn_.empty() ? player_.wake() : now;
    if (wake == SteadyTime::max())
        disarm();
    else
        arm(wake);
}

void Box::on_time(SteadyTime now) {
    for (Arrived& arrived : std::exchange(stillborn_, {})) player_.arrived(std::move(arrived), now);
    advance(now);
}

const Endpoint* Box::split_url(const std::string& url, std::string& path) {
    if (url.starts_with(base_) && url.size() > base_.size() && url[base_.size()] == '/') {
        path = url.substr(base_.size());
        return &seat_.host.target();
    }
    const auto uri = parse_uri(url);
    if (!uri) return nullptr;
    path = uri->target();
    return seat_.host.endpoint(*uri);
}

// An open connection before a closed one before a new one; else one that is idle with another server.
Box::Lane* Box::lane_for(const Endpoint& endpoint) {
    Lane* found = nullptr;
    Lane* other = nullptr;
    for (Lane& lane : lanes_) {
        if (lane.want) continue;
        if (&lane.connection->endpoint() != &endpoint)
            other = &lane;
        else if (found == nullptr || (lane.connection->open() && !found->connection->open()))
            found = &lane;
    }
    if (found != nullptr) return found;
    if (lanes_.size() < most_lanes) {
        lanes_.push_back({make_connection(seat_, endpoint, link_.get(), *this), std::nullopt});
        return &lanes_.back();
    }
    if (other == nullptr) return nullptr;
    // Its turn may be under way, further down the stack.
    struct Buried final : public Disposable {
        explicit Buried(std::unique_ptr<Connection> its_connection) : connection{std::move(its_connection)} {}
        std::unique_ptr<Connection> connection;
    };
    seat_.host.around().loop.dispose(std::make_unique<Buried>(std::move(other->connection)));
    other->connection = make_connection(seat_, endpoint, link_.get(), *this);
    return other;
}

void Box::fetch(Want want, SteadyTime now) {
    std::string path;
    const Endpoint* endpoint = split_url(want.url, path);
    if (endpoint == nullptr) {
        Arrived arrived;
        arrived.id = want.id;
        arrived.sent = arrived.done = now;
        arrived.failure = Failure::connect;
        Exchange exchange;
        exchange.kind = want.kind;
        exchange.due = want.due;
        exchange.done = now;
        exchange.failure = Failure::connect;
        seat_.host.record(exchange);
        stillborn_.push_back(std::move(arrived));
        return;
    }
    if (Lane* lane = lane_for(*endpoint)) return fetch_on(*lane, std::move(want), path, now);
    waiting_.push_back(std::move(want));
}

void Box::fetch_on(Lane& lane, Want want, std::string_view path, SteadyTime now) {
    const CrowdPlan& plan = *seat_.crowd.plan;
    Ask asked;
    asked.first_byte_limit = want.first_byte_limit;
    asked.progress_limit = want.progress_limit;
    asked.total_limit = want.total_limit;
    asked.keep_body = want.keep_body;
    if (plan.checksums != nullptr && !want.range) asked.checksum = plan.checksums->of(path);
    std::string target{path};
    if (!want.cmcd.empty()) {
        target += target.find('?') == std::string::npos ? "?CMCD=" : "&CMCD=";
        target += want.cmcd;
    }
    std::string& out = lane.connection->request();
    out.clear();
    plan.tokens.append_request(target, seat_.number, out);
    std::string range;
    if (want.range) range = fmt::format("Range: bytes={}-{}\r\n", want.range->offset, want.range->end() - 1);
    append_fields(lane.connection->endpoint(), range, out);
    lane.want = std::move(want);
    lane.connection->ask(asked, now);
}

void Box::fetch_what_waits(SteadyTime now) {
    while (!waiting_.empty()) {
        std::string path;
        const Endpoint* endpoint = split_url(waiting_.front().url, path);
        Lane* lane = endpoint == nullptr ? nullptr : lane_for(*endpoint);
        if (lane == nullptr) return;
        Want want = std::move(waiting_.front());
        waiting_.pop_front();
        fetch_on(*lane, std::move(want), path, now);
    }
}

void Box::cancel(std::uint64_t id, SteadyTime now) {
    std::erase_if(waiting_, [&](const Want& want) { return want.id == id; });
    std::erase_if(stillborn_, [&](const Arrived& arrived) { return arrived.id == id; });
    for (Lane& lane : lanes_) {
        if (!lane.want || lane.want->id != id) continue;
        lane.connection->close();
        lane.want.reset();
    }
    fetch_what_waits(now);
}

void Box::answered(Connection& connection, Answer& answer, SteadyTime now) {
    const auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                                   [&](const Lane& each) { return each.connection.get() == &connection; });
    if (lane == lanes_.end() || !lane->want) return;
    const Want want = std::move(*lane->want);
    lane->want.reset();
    Exchange exchange = exchange_of(want.kind, want.due, answer);
    exchange.media = want.media;
    seat_.host.record(exchange);
    Arrived arrived;
    arrived.id = want.id;
    arrived.sent = answer.sent;
    arrived.first_byte = answer.first_byte;
    arrived.done = answer.done;
    arrived.bytes = answer.bytes;
    arrived.failure = answer.failure;
    arrived.status = answer.status;
    arrived.body = std::move(answer.body);
    fetch_what_waits(now);
    player_.arrived(std::move(arrived), now);
    advance(now);
}

void Box::leave(SteadyTime now) {
    for (const Lane& lane : lanes_) {
        const bool waits = lane.want && !lane.connection->has_first_byte();
        if (!waits || now - lane.want->due <= patience) continue;
        Exchange exchange = unanswered(lane.want->kind, lane.want->due, now);
        exchange.media = lane.want->media;
        seat_.host.record(exchange);
    }
    player_.leave(now);
}

}  // namespace outpost::bench
