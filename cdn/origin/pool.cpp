#include "cdn/origin/pool.hpp"

#include <algorithm>
#include <random>

#include "cdn/origin/failure.hpp"
#include "cdn/origin/measures.hpp"
#include "cdn/origin/origin.hpp"
#include "cdn/policy/retry_budget.hpp"

namespace outpost::cdn::origin {
namespace {

constexpr int most_redirects = 5;
constexpr Seconds sweep_pause{1};

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Whether another origin could do better.
bool should_go_on(const Call& call, const Origin::Answer& answer) {
    if (answer) return is_idempotent(call.method) && is_failure((*answer)->head().status);
    if (party_at_fault(answer.error()) != Party::origin || answer.error() == Errc::origin_none) return false;
    return is_idempotent(call.method) || is_before_sending(answer.error());
}

}  // namespace

class Pool::State {
  public:
    State(Executor executor, PoolOptions pool)
        : options{std::make_shared<const PoolOptions>(std::move(pool))},
          group{std::make_shared<TaskGroup>(executor)},
          budget_{options->retry_budget} {}

    std::shared_ptr<Origin> choose(const Call& call, const std::vector<const Origin*>& tried) {
        const SteadyTime now = steady_now();
        std::vector<policy::Candidate> candidates;
        candidates.reserve(origins.size());
        for (const auto& origin : origins) {
            candidates.push_back(origin->candidate(now));
            candidates.back().tried = std::find(tried.begin(), tried.end(), origin.get()) != tried.end();
        }
        const auto chosen =
            options->balance == Balance::hash
                ? policy::choose_by_hash(candidates, call.hash, options->load_bound)
                : policy::choose_by_weight(candidates, std::uniform_real_distribution<>{}(random_));
        return chosen ? origins[*chosen] : nullptr;
    }

    // `tries` have been before.
    bool may_ask(unsigned tries) {
        const SteadyTime now = steady_now();
        if (tries == 0) {
            budget_.note_request(now);
            return true;
        }
        if (tries > options->retries) return false;
        if (!budget_.take(now)) {
            measures::retries_refused.add();
            return false;
        }
        measures::retries.add();
        return true;
    }

    std::shared_ptr<Origin> find(const Uri& uri) const {
        for (const auto& origin : origins) {
            if (same_origin(origin->uri(), uri)) return origin;
        }
        return nullptr;
    }

    static Task<Origin::Answer> follow(std::shared_ptr<State> self, const Call& call,
                                       std::shared_ptr<Origin> origin, Origin::Answer answer);
    static Task<void> sweep(std::shared_ptr<State> self);
    static Task<void> watch_health(std::shared_ptr<State> self, std::shared_ptr<Origin> origin);

    const std::shared_ptr<const PoolOptions> options;
    const std::shared_ptr<TaskGroup> group;
    std::vector<std::shared_ptr<Origin>> origins;

  private:
    policy::RetryBudget budget_;
    std::mt19937_64 random_{std::random_device{}()};
};

Outcome<std::unique_ptr<Pool>> Pool::open(Loop& loop, PoolOptions options, std::vector<OriginOptions> origins,
                                          http::HeadLimits limits) {
    const auto state = std::make_shared<State>(loop.get_executor(), std::move(options));
    for (const OriginOptions& one : origins) {
        auto origin = Origin::make(loop.get_executor(), state->group, state->options, one, limits);
        if (!origin) return origin.error();
        if (state->find((*origin)->uri()))
            return Problem{one.url, "is in the pool already", "name each origin once"};
        state->origins.push_back(std::move(*origin));
    }
    std::unique_ptr<Pool> pool{new Pool{state}};
    for (const auto& origin : state->origins) {
        origin->look_up_name();
        if (!state->options->health_path.empty()) state->group->spawn(State::watch_health(state, origin));
    }
    state->group->spawn(State::sweep(state));
    return pool;
}

Pool::Pool(std::shared_ptr<State> state) : state_{std::move(state)} {}

Pool::~Pool() { state_->group->end(); }

const std::string& Pool::name() const { return state_->options->name; }

Task<Result<std::unique_ptr<Response>>> Pool::fetch(Call call, Attempts& attempts) {
    const auto state = state_;
    auto& tried = attempts.tried_;
    Origin::Answer answer = Errc::origin_none;
    bool asked = false;
    while (!state->group->ended()) {
        const auto origin = state->choose(call, tried);
        if (!origin) break;
        // Within one fetch nobody is asked twice.
        const bool again = std::find(tried.begin(), tried.end(), origin.get()) != tried.end();
        if (asked && again) break;
        if (!state->may_ask(attempts.count())) {
            if (!asked) answer = Errc::retry_refused;
            break;
        }
        tried.push_back(origin.get());
        asked = true;
        answer = Errc::origin_none;  // closes what the last one said before the next is asked
        answer = co_await origin->ask(call, call.target, false);
        if (state->options->redirects == Redirects::follow)
            answer = co_await State::follow(state, call, origin, std::move(answer));
        if (!should_go_on(call, answer)) break;
    }
    if (!answer) co_return answer.error();
    co_return std::make_unique<Response>(std::move(*answer));
}

// As long as the answer sends us to an origin of this pool, asks there.
Task<Origin::Answer> Pool::State::follow(std::shared_ptr<State> self, const Call& call,
                                         std::shared_ptr<Origin> origin, Origin::Answer answer) {
    if (call.method != "GET" && call.method != "HEAD") co_return std::move(answer);
    auto base = origin->uri_of(call.target);
    for (int hops = 0; base && hops < most_redirects; ++hops) {
        if (!answer || !is_redirect((*answer)->head().status)) break;
        const auto next = resolve(*base, (*answer)->head().fields.find("Location"));
        const auto there = next ? self->find(*next) : nullptr;
        if (!there || !there->standing().may_try(steady_now())) break;
        measures::redirects_followed.add();
        answer = Errc::origin_none;
        answer = co_await there->ask(call, next->target(), true);
        base = next;
    }
    co_return std::move(answer);
}

Task<void> Pool::State::sweep(std::shared_ptr<State> self) {
    while (!self->group->ended()) {
        const SteadyTime now = steady_now();
        for (const auto& origin : self->origins) origin->close_idle(now);
        co_await self->group->pause_until(now + sweep_pause);
    }
}

Task<void> Pool::State::watch_health(std::shared_ptr<State> self, std::shared_ptr<Origin> origin) {
    while (!self->group->ended()) {
        const SteadyTime next = steady_now() + self->options->health_interval;
        co_await origin->check_health();
        co_await self->group->pause_until(next);
    }
}

std::vector<OriginStatus> Pool::status() const {
    const SteadyTime now = steady_now();
    std::vector<OriginStatus> all(state_->origins.size());
    for (std::size_t i = 0; i < all.size(); ++i) state_->origins[i]->show(all[i], now);
    return all;
}

Task<void> Pool::stop() {
    const auto state = state_;
    state->group->end();
    for (const auto& origin : state->origins) origin->close_all();
    co_await state->group->join();
}

}  // namespace outpost::cdn::origin
