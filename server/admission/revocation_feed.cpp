#include "server/admission/revocation_feed.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "server/admission/measures.hpp"

namespace outpost::server {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds tick_interval = 100ms;
constexpr std::size_t most_told_at_once = 1024;  // what others tell meanwhile is heard before the next
constexpr std::size_t most_waiting = 64;         // payloads; beyond it telling once more can wait

}  // namespace

Outcome<std::unique_ptr<RevocationFeed>> RevocationFeed::start(RevocationFeedOptions options,
                                                               RevocationStore& store,
                                                               const auth::Revocations& set) {
    auto address = redis::parse_redis_url(options.url);
    if (!address) return address.error();
    if (!options.password.empty()) address->password = options.password;
    return std::unique_ptr<RevocationFeed>{
        new RevocationFeed{std::move(options), std::move(*address), store, set}};
}

RevocationFeed::RevocationFeed(RevocationFeedOptions options, redis::RedisAddress address,
                               RevocationStore& store, const auth::Revocations& set)
    : options_{std::move(options)},
      address_{std::move(address)},
      run_{auth::new_revocation_id()},
      store_{store},
      set_{set},
      file_{options_.state_file, address_, options_.stream, "revocations"} {
    redis::RedisStreamOptions stream;
    stream.address = address_;
    stream.stream = options_.stream;
    stream.keep = options_.keep;
    stream.position = file_.load().value_or(redis::StreamId{});  // a new edge reads all that there is
    stream.least_backoff = options_.least_backoff;
    stream.most_backoff = options_.most_backoff;
    redis::RedisStreamCallbacks callbacks;
    callbacks.on_entry = [this](const redis::StreamId&, const std::string& payload) { take(payload); };
    callbacks.on_gap = [this] { tell_all(); };
    callbacks.on_turn = [this](const std::optional<redis::StreamId>& position) {
        file_.save_now_and_then(position, steady_now());
    };
    stream_ = std::make_unique<redis::RedisStream>(std::move(stream), std::move(callbacks),
                                                   measures::revocation_stream);
    ticker_ = std::make_unique<Ticker>(tick_interval, [this] { tick(); });
}

RevocationFeed::~RevocationFeed() { stop(); }

void RevocationFeed::stop() {
    ticker_->stop();
    stream_->stop();
    file_.save(stream_->position());
}

bool RevocationFeed::publish(const auth::Revocation& revocation) {
    return stream_->publish(auth::to_payloads({&revocation, 1}).front());
}

std::string RevocationFeed::why_not_ready() const {
    const redis::RedisStreamState now = stream_->state();
    if (now.connected)
        return now.why.empty() ? "" : fmt::format("Redis {}; revocations of this node wait", now.why);
    return fmt::format(
        "Redis is not reachable since {}: {}; revocations of other nodes arrive when it is back",
        iso_time(now.since), now.why.empty() ? "not connected yet" : now.why);
}

SteadyTime RevocationFeed::soon() {
    const auto span = static_cast<std::uint64_t>(options_.most_jitter.count()) + 1;
    return steady_now() + Milliseconds{static_cast<std::int64_t>(random_() % span)};
}

// --- reading

void RevocationFeed::take(const std::string& payload) {
    if (const auto hello = parse_revocation_hello(payload)) return answer(*hello);
    auto revocations = auth::parse_revocations(payload);
    if (revocations) return apply(std::move(*revocations));
    log::warning("{}; what another edge has revoked may not be in force here", revocations.error().line());
    measures::revocations_unreadable.add();
}

// This edge's own come back too: then Redis has them.
void RevocationFeed::apply(std::vector<auth::Revocation> revocations) {
    {
        const std::lock_guard lock{mutex_};
        for (const auth::Revocation& heard : revocations) {
            const auto waiting = untold_.find({heard.kind, heard.value});
            if (waiting != untold_.end() && waiting->second.until <= heard.until) untold_.erase(waiting);
        }
    }
    const WallTime now = wall_now();
    measures::revocations_expired.add(
        std::erase_if(revocations, [&](const auth::Revocation& heard) { return heard.until <= now; }));
    const auto known = std::erase_if(revocations, [&](const auth::Revocation& heard) {
        return set_.holds(heard.kind, heard.value, heard.until);
    });
    measures::revocations_known.add(known);
    if (revocations.empty()) return;
    const std::size_t before = set_.size();
    const auto counts = store_.add(revocations);
    if (!counts)
        return measures::revocations_applied.add(revocations.size());  // in force; the store complains
    measures::revocations_applied.add(counts->added);
    measures::revocations_known.add(counts->known);
    measures::revocations_full.add(counts->full);
    if (counts->full != 0)
        log::error("{} revocations that other edges told are not in force here: at most {} are", counts->full,
                   set_.most());
    log::info("{} revocations told by other edges: {} known before, {} now", counts->added, before,
              set_.size());
}

void RevocationFeed::answer(const RevocationHello& hello) {
    if (hello.from == run_) return;
    const auto own = set_.digest();
    {
        const std::lock_guard lock{mutex_};
        // Somebody has said already what this edge was about to say.
        if (!hello.asks && hello.digest == own) reply_at_.reset();
        if (hello.digest == own) return;
        if (hello.asks && !reply_at_) reply_at_ = soon();
    }
    tell_all();
}

void RevocationFeed::tell_all() {
    std::vector<auth::Revocation> all = set_.all();
    const std::lock_guard lock{mutex_};
    // One hello after the other must not put it off for ever.
    if (untold_.empty()) tell_at_ = soon();
    for (auth::Revocation& revocation : all) {
        Key key{revocation.kind, revocation.value};
        untold_.insert_or_assign(std::move(key), std::move(revocation));
    }
}

// --- telling

void RevocationFeed::tick() {
    const redis::RedisStreamState state = stream_->state();
    if (!state.connected) return;
    const SteadyTime now = steady_now();
    bool ask = false, reply = false;
    {
        const std::lock_guard lock{mutex_};
        if (connected_since_ != state.since) ask_at_ = soon();
        connected_since_ = state.since;
        // Who has not read all yet would ask for what it is about to read.
        if (state.behind != Milliseconds{0} || state.waiting > most_waiting) return;
        ask = ask_at_ && now >= *ask_at_;
        reply = reply_at_ && now >= *reply_at_ && untold_.empty();
        if (ask) ask_at_.reset();
        if (ask || reply) reply_at_.reset();
    }
    tell_some(now);
    if (ask || reply) say_hello(ask);
}

void RevocationFeed::tell_some(SteadyTime now) {
    std::vector<auth::Revocation> told;
    {
        const std::lock_guard lock{mutex_};
        if (now < tell_at_) return;
        while (!untold_.empty() && told.size() < most_told_at_once) {
            auth::Revocation& revocation = untold_.begin()->second;
            // It may have expired, or been replaced by one that was told then.
            if (set_.holds(revocation.kind, revocation.value, revocation.until))
                told.push_back(std::move(revocation));
            untold_.erase(untold_.begin());
        }
    }
    for (std::string& payload : auth::to_payloads(told)) stream_->publish(std::move(payload));
    measures::revocations_repeated.add(told.size());
}

void RevocationFeed::say_hello(bool asks) {
    stream_->publish(to_payload(RevocationHello{run_, asks, set_.digest()}));
}

}  // namespace outpost::server
