#include "bench/load/load.hpp"

#include <algorithm>
#include <poll.h>
#include <system_error>

#include "bench/load/plan.hpp"
#include "bench/load/worker.hpp"

namespace outpost::bench {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds progress_gap = 500ms;

using Workers = std::vector<std::unique_ptr<Worker>>;

// What happened since it was last asked.
class Gauge {
  public:
    LoadProgress read(const Workers& workers, SteadyTime now) {
        LoadProgress progress;
        std::uint64_t bytes = 0;
        std::array<std::uint64_t, time_buckets> times{};
        for (const auto& worker : workers) {
            const Counters& counters = worker->counters();
            progress.clients += counters.clients.get();
            progress.playing += counters.playing.get();
            progress.stalled += counters.stalled.get();
            progress.stalls += counters.stalls.get();
            progress.requests += counters.requests.get();
            progress.failures += counters.failures.get();
            bytes += counters.bytes.get();
            for (std::size_t i = 0; i < time_buckets; ++i) times[i] += counters.times[i].get();
        }
        const double seconds = std::chrono::duration<double>{now - at_}.count();
        if (at_ != SteadyTime{} && seconds > 0)
            progress.megabits = static_cast<double>(bytes - bytes_) * 8e-6 / seconds;
        progress.p99 = p99_since(times);
        at_ = now;
        bytes_ = bytes;
        times_ = times;
        return progress;
    }

  private:
    [[nodiscard]] Nanoseconds p99_since(const std::array<std::uint64_t, time_buckets>& times) const {
        std::uint64_t all = 0, above = 0;
        for (std::size_t i = 0; i < time_buckets; ++i) all += times[i] - times_[i];
        for (std::size_t i = time_buckets; i-- > 0;) {
            above += times[i] - times_[i];
            if (above * 100 > all) return bucket_end(i);
        }
        return 0ns;
    }

    SteadyTime at_{};
    std::uint64_t bytes_ = 0;
    std::array<std::uint64_t, time_buckets> times_{};
};

// Until `until`, or called off.
void wait(SteadyTime until, const Cancellation& cancellation) {
    pollfd event{cancellation.event(), POLLIN, 0};
    while (!cancellation.requested()) {
        const auto left = std::chrono::ceil<Milliseconds>(until - steady_now()).count();
        if (left <= 0) return;
        ::poll(&event, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    }
}

void watch(const Scenario& scenario, SteadyTime began, const LoadHooks& hooks, const Workers& workers,
           const Cancellation& cancellation) {
    std::vector<Event> events = scenario.events;
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.at < b.at; });
    const SteadyTime end = began + scenario.lasts;
    Gauge gauge;
    gauge.read(workers, began);
    SteadyTime next_progress = began + progress_gap;
    std::size_t next_event = 0;
    for (;;) {
        SteadyTime next = std::min(next_progress, end);
        if (next_event < events.size()) next = std::min(next, began + events[next_event].at);
        wait(next, cancellation);
        const SteadyTime now = steady_now();
        if (cancellation.requested() || now >= end) return;
        for (; next_event < events.size() && began + events[next_event].at <= now; ++next_event)
            if (hooks.happening) hooks.happening(events[next_event]);
        if (now < next_progress) continue;
        next_progress = now + progress_gap;
        if (!hooks.progress) continue;
        LoadProgress progress = gauge.read(workers, now);
        progress.at = std::chrono::floor<Milliseconds>(now - began);
        progress.of = scenario.lasts;
        hooks.progress(progress);
    }
}

}  // namespace

Outcome<Recording> run_load(const Scenario& scenario, const LoadOptions& options, const LoadHooks& hooks,
                            const Cancellation& cancellation) {
    const unsigned threads = std::max(options.threads, 1U), shares = std::max(options.shares, 1U);
    auto plan = make_plan(scenario, options, cancellation);
    if (!plan) return plan.error();
    if (auto room = make_room((*plan)->descriptors); !room) return room.error();
    auto dealt = deal((*plan)->crowds, options.share % shares, shares, threads);
    const SteadyTime began = std::max(options.begin, steady_now());
    Workers workers;
    for (unsigned i = 0; i < threads; ++i) {
        Duty duty;
        duty.clients = std::move(dealt[i]);
        duty.crowds = &(*plan)->crowds;
        duty.target = &(*plan)->target;
        duty.ca_file = options.ca_file;
        duty.began = began;
        duty.lasts = scenario.lasts;
        duty.warm_up = scenario.warm_up;
        duty.core = options.first_core < 0 ? -1 : options.first_core + static_cast<int>(i);
        auto worker = Worker::make(std::move(duty));
        if (!worker) return worker.error();
        workers.push_back(std::move(*worker));
    }
    try {
        for (const auto& worker : workers) worker->begin();
    } catch (const std::system_error& error) {
        return Problem{"threads", error.what(), "ask for fewer"};
    }
    watch(scenario, began, hooks, workers, cancellation);
    for (const auto& worker : workers) worker->stop();
    Recording recording{began, scenario.warm_up};
    for (const auto& worker : workers) {
        worker->join();
        recording.merge(worker->recording());
    }
    return recording;
}

}  // namespace outpost::bench
