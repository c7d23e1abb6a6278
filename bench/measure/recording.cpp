#include "bench/measure/recording.hpp"

#include <algorithm>
#include <utility>

#include "bench/measure/recording_state.hpp"

namespace outpost::bench {

using namespace std::chrono_literals;

Slice& Recording::State::slice_at(SteadyTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time - began).count();
    const auto index = static_cast<std::size_t>(std::clamp<std::int64_t>(second, 0, most_slices - 1));
    return slice(index);
}

Slice& Recording::State::slice(std::size_t index) {
    if (index >= slices.size()) {
        slices.resize(index + 1);
        times.resize(index + 1);
    }
    return slices[index];
}

Histogram& Recording::State::times_of(Slice& slice) {
    if (slice.segment_times == nullptr) {
        auto& place = times[static_cast<std::size_t>(&slice - slices.data())];
        place = std::make_unique<Histogram>();
        slice.segment_times = place.get();
    }
    return *slice.segment_times;
}

Recording::Recording(SteadyTime began, Milliseconds warm_up) : state_{std::make_unique<State>()} {
    state_->began = began;
    state_->warm_up = warm_up;
}
Recording::Recording(Recording&&) noexcept = default;
Recording& Recording::operator=(Recording&&) noexcept = default;
Recording::~Recording() = default;

void Recording::ended(const Exchange& exchange) {
    State& state = *state_;
    const bool failed = exchange.failure != Failure::none;
    const bool timed = !failed || exchange.failure == Failure::timeout;
    const Nanoseconds took = exchange.done - exchange.due;
    Slice& slice = state.slice_at(exchange.done);
    ++slice.requests;
    slice.failures += failed ? 1 : 0;
    slice.bytes += exchange.bytes;
    if (timed && exchange.kind == RequestKind::segment) state.times_of(slice).record(took);
    if (!state.counts(exchange.due)) return;

    Totals& totals = state.totals;
    ++totals.requests;
    totals.bytes += exchange.bytes;
    totals.hits += exchange.hit && !failed ? 1 : 0;
    if (failed) ++totals.failures[static_cast<std::size_t>(exchange.failure)];
    if (exchange.status != 0) ++totals.statuses[exchange.status];
    if (!timed) return;
    // Whose first byte never came waited for it at least until it was given up.
    const bool came = exchange.first_byte != SteadyTime{};
    state.first_byte.record((came ? exchange.first_byte : exchange.done) - exchange.due);
    state.request_time.record(took);
    if (exchange.kind != RequestKind::segment) return;
    state.segment_time.record(took);
    if (exchange.media > 0ns) {
        const double part = static_cast<double>(took.count()) / static_cast<double>(exchange.media.count());
        state.segment_part.record(Nanoseconds{static_cast<std::int64_t>(std::min(part, 1e6) * 1e9)});
    }
}

void Recording::started(Nanoseconds start_up, SteadyTime now) {
    if (state_->counts(now)) state_->start_up.record(start_up);
}

void Recording::stalled(SteadyTime began, Nanoseconds lasted) {
    ++state_->slice_at(began).stalls;
    const SteadyTime counted = std::max(began, state_->began + state_->warm_up);
    const SteadyTime end = began + lasted;
    if (end < counted || (end == counted && began < counted)) return;
    ++state_->totals.stalls;
    state_->totals.stalled_for += end - counted;
}

void Recording::switched() { ++state_->totals.switches; }

void Recording::connected(Nanoseconds took, bool tls, bool resumed, SteadyTime now) {
    if (!state_->counts(now)) return;
    state_->connect_time.record(took);
    ++state_->totals.connections;
    if (tls) ++(resumed ? state_->totals.tls_resumed : state_->totals.tls_full);
}

void Recording::left(Nanoseconds played, std::uint64_t media_bits, SteadyTime now) {
    if (!state_->counts(now)) return;
    ++state_->totals.sessions;
    state_->totals.played += played;
    state_->totals.media_bits += media_bits;
}

void Recording::census(SteadyTime now, std::uint64_t playing, std::uint64_t stalled_boxes) {
    Slice& slice = state_->slice_at(now);
    slice.playing = playing;
    slice.stalled = stalled_boxes;
}

void Recording::merge(const Recording& other) {
    State& mine = *state_;
    const State& theirs = *other.state_;
    for (std::size_t i = 0; i < theirs.slices.size(); ++i) {
        const Slice& from = theirs.slices[i];
        Slice& into = mine.slice(i);
        into.requests += from.requests;
        into.failures += from.failures;
        into.bytes += from.bytes;
        into.playing += from.playing;
        into.stalled += from.stalled;
        into.stalls += from.stalls;
        if (from.segment_times != nullptr) mine.times_of(into).merge(*from.segment_times);
    }
    for (const auto& [name, histogram] : State::histograms) (mine.*histogram).merge(theirs.*histogram);
    for (const auto& [name, total] : State::numbers) mine.totals.*total += theirs.totals.*total;
    for (std::size_t i = 0; i < failure_kinds; ++i) mine.totals.failures[i] += theirs.totals.failures[i];
    for (const auto& [status, count] : theirs.totals.statuses) mine.totals.statuses[status] += count;
    mine.totals.played += theirs.totals.played;
    mine.totals.stalled_for += theirs.totals.stalled_for;
}

std::uint64_t Recording::Totals::failed() const {
    std::uint64_t all = 0;
    for (const std::uint64_t each : failures) all += each;
    return all;
}

const Recording::Totals& Recording::totals() const { return state_->totals; }
const std::vector<Slice>& Recording::slices() const { return state_->slices; }
const Histogram& Recording::first_byte() const { return state_->first_byte; }
const Histogram& Recording::request_time() const { return state_->request_time; }
const Histogram& Recording::segment_time() const { return state_->segment_time; }
const Histogram& Recording::segment_part() const { return state_->segment_part; }
const Histogram& Recording::start_up() const { return state_->start_up; }
const Histogram& Recording::connect_time() const { return state_->connect_time; }

Milliseconds Recording::lasted() const {
    const Milliseconds all = std::chrono::seconds{state_->slices.size()};
    return std::max(all - state_->warm_up, Milliseconds{0});
}

}  // namespace outpost::bench
