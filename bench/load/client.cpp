#include "bench/load/client.hpp"

namespace outpost::bench {

std::unique_ptr<Connection> make_connection(const Seat& seat, const Endpoint& endpoint, Link* link,
                                            ConnectionOwner& owner) {
    return std::make_unique<Connection>(seat.host.around(), endpoint, seat.crowd.tls.get(), link,
                                        seat.facts().receive_rate, owner);
}

std::unique_ptr<Link> make_link(const Crowd& crowd, SteadyTime now) {
    if (crowd.receive_rate == BitRate{}) return nullptr;
    return std::make_unique<Link>(crowd.receive_rate, now);
}

void append_fields(const Endpoint& endpoint, std::string_view more, std::string& out) {
    out += "Host: ";
    out += endpoint.authority;
    out += "\r\nUser-Agent: outpost-bench\r\nAccept: */*\r\n";
    out += more;
    out += "\r\n";
}

Exchange exchange_of(RequestKind kind, SteadyTime due, const Answer& answer) {
    Exchange exchange;
    exchange.kind = kind;
    exchange.due = due;
    exchange.first_byte = answer.first_byte;
    exchange.done = answer.done;
    exchange.bytes = answer.bytes;
    exchange.failure = answer.failure;
    exchange.status = answer.status;
    exchange.hit = answer.hit;
    return exchange;
}

Exchange unanswered(RequestKind kind, SteadyTime due, SteadyTime now) {
    Exchange exchange;
    exchange.kind = kind;
    exchange.due = due;
    exchange.done = now;
    exchange.failure = Failure::timeout;
    return exchange;
}

}  // namespace outpost::bench
