#include "bench/load/worker.hpp"

#include <csignal>
#include <sched.h>
#include <sys/prctl.h>

#include "bench/load/box.hpp"
#include "bench/load/requester.hpp"
#include "bench/load/visitor.hpp"

namespace outpost::bench {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds census_gap = 250ms;
constexpr Milliseconds reach_limit = 500ms;  // the whole thread waits
constexpr Milliseconds ask_again = 5s;       // those who did not answer
constexpr std::size_t most_others = 64;

void settle(int core) {
    sigset_t all;
    ::sigfillset(&all);  // signals are for the thread that called, and SIGPIPE for nobody
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    ::prctl(PR_SET_TIMERSLACK, 1000UL);  // ns: a request that goes late looks like a server that is slow
    if (core < 0) return;
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    ::sched_setaffinity(0, sizeof cores, &cores);
}

}  // namespace

Worker::Worker(Duty duty)
    : duty_{std::move(duty)},
      recording_{duty_.began, duty_.warm_up},
      around_{loop_, recording_, counters_},
      door_{loop_, *this},
      clock_{loop_, *this},
      end_{loop_, *this} {}

Outcome<std::unique_ptr<Worker>> Worker::make(Duty duty) {
    std::unique_ptr<Worker> made{new Worker{std::move(duty)}};
    for (const CrowdPlan& plan : *made->duty_.crowds) {
        CrowdHere here;
        here.plan = &plan;
        if (made->duty_.target->tls) {
            const bool thin = plan.crowd->receive_rate != BitRate{};
            auto tls = TlsClient::make({made->duty_.ca_file, plan.crowd->tls_resume, !thin});
            if (!tls) return tls.error();
            here.tls = std::move(*tls);
        }
        made->crowds_.push_back(std::move(here));
    }
    return made;
}

Worker::~Worker() {
    stop();
    if (thread_.joinable()) thread_.join();
}

void Worker::begin() {
    thread_ = std::thread{[this] { run(); }};
}

void Worker::run() {
    settle(duty_.core);
    if (!duty_.clients.empty()) door_.arm(duty_.began + duty_.clients.front().at);
    clock_.arm(duty_.began + census_gap);
    end_.arm(end());
    loop_.run();
    take_census(std::min(steady_now(), end()));
    // Within the last second, not in one more of which there was nothing.
    const SteadyTime now = std::min(steady_now(), end() - 1ns);
    for (const auto& client : clients_) client->leave(now);
    clients_.clear();
}

void Worker::admit(SteadyTime now) {
    for (; next_ < duty_.clients.size() && duty_.began + duty_.clients[next_].at <= now; ++next_) {
        auto client = make_client(duty_.clients[next_], now);
        client->place = clients_.size();
        clients_.push_back(std::move(client));
    }
    counters_.clients.set(clients_.size());
    if (next_ < duty_.clients.size()) door_.arm(duty_.began + duty_.clients[next_].at);
}

std::unique_ptr<Client> Worker::make_client(const Duty::Coming& coming, SteadyTime now) {
    CrowdHere& here = crowds_[coming.crowd];
    const Crowd& crowd = *here.plan->crowd;
    // Counted from when it was to come: a thread that is busy does not move the load.
    const SteadyTime came = duty_.began + coming.at;
    const Seat seat{*this, here, coming.number, crowd.stay == 0ms ? SteadyTime::max() : came + crowd.stay};
    switch (crowd.activity) {
        case Activity::play: return std::make_unique<Box>(seat, now);
        case Activity::hold: return std::make_unique<Holder>(seat, now);
        case Activity::connect: return std::make_unique<Connector>(seat, now);
        case Activity::request: break;
    }
    if (crowd.rate > 0) return std::make_unique<OpenRequester>(seat, coming.connections, came);
    return std::make_unique<ClosedRequester>(seat, now);
}

void Worker::gone(Client& client) {
    const std::size_t place = client.place;
    auto dying = std::move(clients_[place]);
    if (place + 1 != clients_.size()) {
        clients_[place] = std::move(clients_.back());
        clients_[place]->place = place;
    }
    clients_.pop_back();
    counters_.clients.set(clients_.size());
    loop_.dispose(std::move(dying));
}

const Endpoint* Worker::endpoint(const Uri& uri) {
    const bool ours =
        uri.authority() == duty_.target->authority && (uri.scheme == "https") == duty_.target->tls;
    if (ours) return duty_.target;
    const std::string name = uri.scheme + "://" + uri.authority();
    auto found = others_.find(name);
    const SteadyTime now = steady_now();
    if (found != others_.end() && (found->second.endpoint || now - found->second.asked < ask_again))
        return found->second.endpoint.get();
    if (found == others_.end() && others_.size() == most_others) return nullptr;
    const Cancellation never;
    auto reached = reach(uri, reach_limit, never);
    Other& other = others_[name];
    other.asked = now;
    if (reached) other.endpoint = std::make_unique<Endpoint>(std::move(*reached));
    return other.endpoint.get();
}

void Worker::record(const Exchange& exchange) {
    if (exchange.done >= end()) return;  // a moment too late to be part of the run
    recording_.ended(exchange);
    counters_.requests.add(1);
    if (exchange.failure != Failure::none) counters_.failures.add(1);
    if (exchange.kind == RequestKind::segment || exchange.kind == RequestKind::other)
        counters_.times[time_bucket(exchange.done - exchange.due)].add(1);
}

void Worker::take_census(SteadyTime now) {
    std::uint64_t playing = 0, stalled = 0;
    for (const auto& client : clients_) {
        const Player::Showing showing = client->showing();
        playing += showing == Player::Showing::playing ? 1 : 0;
        stalled += showing == Player::Showing::stalled ? 1 : 0;
    }
    counters_.playing.set(playing);
    counters_.stalled.set(stalled);
    counters_.stalls.set(recording_.totals().stalls + stalled);
    const auto second = std::chrono::floor<Seconds>(now - duty_.began).count();
    // Of the second that has just ended.
    if (second > seconds_) recording_.census(duty_.began + Seconds{second} - 1ns, playing, stalled);
    seconds_ = second;
    clock_.arm(now + census_gap);
}

}  // namespace outpost::bench
