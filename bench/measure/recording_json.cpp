// A Recording as JSON and back. Times are whole nanoseconds, histograms their own text. What could not have
// been written is refused, so that a page never shows figures that nobody measured.
#include <optional>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "bench/measure/recording_state.hpp"

namespace outpost::bench {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, failure_kinds> failure_names{
    "none", "connect", "tls", "reset", "timeout", "status", "malformed", "mismatch"};
constexpr std::array<std::pair<std::string_view, std::uint64_t Slice::*>, 6> slice_numbers{{
    {"requests", &Slice::requests},
    {"failures", &Slice::failures},
    {"bytes", &Slice::bytes},
    {"playing", &Slice::playing},
    {"stalled", &Slice::stalled},
    {"stalls", &Slice::stalls},
}};
constexpr std::uint64_t most_number = std::uint64_t{1} << 62;  // so that sums of two stay in the type

json::object totals_json(const Recording::Totals& totals, std::span<const std::uint64_t> numbers,
                         std::span<const std::string_view> names) {
    json::object out;
    for (std::size_t i = 0; i < numbers.size(); ++i) out[names[i]] = numbers[i];
    out["played_ns"] = totals.played.count();
    out["stalled_for_ns"] = totals.stalled_for.count();
    json::object failures, statuses;
    for (std::size_t i = 1; i < failure_kinds; ++i) failures[failure_names[i]] = totals.failures[i];
    for (const auto& [status, count] : totals.statuses) statuses[std::to_string(status)] = count;
    out["failures"] = std::move(failures);
    out["statuses"] = std::move(statuses);
    return out;
}

json::object slice_json(const Slice& slice) {
    json::object out;
    for (const auto& [name, number] : slice_numbers) out[name] = slice.*number;
    if (slice.segment_times != nullptr) out["segment_times"] = slice.segment_times->serialised();
    return out;
}

// Reads members and remembers the first that is not as it must be.
class Reader {
  public:
    explicit Reader(const std::string& where) : where_{where} {}
    [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }

    std::uint64_t number(const json::object& from, std::string_view name) {
        const json::value* value = from.if_contains(name);
        const auto read = value == nullptr ? std::nullopt : unsigned_of(*value);
        if (!read) refuse(fmt::format("{} is no count", name));
        return read.value_or(0);
    }
    const json::object& object(const json::object& from, std::string_view name) {
        static const json::object none;
        const json::value* value = from.if_contains(name);
        if (value != nullptr && value->is_object()) return value->get_object();
        refuse(fmt::format("{} is no object", name));
        return none;
    }
    Histogram histogram(const json::object& from, std::string_view name) {
        const json::value* value = from.if_contains(name);
        if (value == nullptr || !value->is_string()) {
            refuse(fmt::format("{} is no histogram", name));
            return {};
        }
        const json::string& text = value->get_string();
        auto read = Histogram::parse({text.data(), text.size()});
        if (read) return std::move(*read);
        refuse(fmt::format("{}: {}", name, read.error().what));
        return {};
    }
    std::map<int, std::uint64_t> statuses(const json::object& from) {
        std::map<int, std::uint64_t> all;
        for (const auto& member : from) {
            const auto status = parse_unsigned({member.key().data(), member.key().size()});
            const auto count = unsigned_of(member.value());
            if (!status || *status < 100 || *status > 999 || !count) {
                refuse("statuses are not statuses with counts");
                break;
            }
            all[static_cast<int>(*status)] = *count;
        }
        return all;
    }
    void refuse(std::string what) {
        if (!problem_)
            problem_.emplace(where_, std::move(what), "only what this program has written can be read");
    }

  private:
    static std::optional<std::uint64_t> unsigned_of(const json::value& value) {
        if (value.is_uint64() && value.get_uint64() <= most_number) return value.get_uint64();
        if (!value.is_int64() || value.get_int64() < 0) return std::nullopt;
        const auto number = static_cast<std::uint64_t>(value.get_int64());
        return number <= most_number ? std::optional{number} : std::nullopt;
    }

    const std::string& where_;
    std::optional<Problem> problem_;
};

Nanoseconds nanoseconds(std::uint64_t count) { return Nanoseconds{static_cast<std::int64_t>(count)}; }

}  // namespace

std::string Recording::json() const {
    std::vector<std::uint64_t> numbers;
    std::vector<std::string_view> names;
    for (const auto& [name, number] : State::numbers) {
        numbers.push_back(state_->totals.*number);
        names.push_back(name);
    }
    json::object out;
    out["warm_up_ms"] = state_->warm_up.count();
    out["totals"] = totals_json(state_->totals, numbers, names);
    for (const auto& [name, histogram] : State::histograms) out[name] = (*state_.*histogram).serialised();
    json::array slices;
    for (const Slice& slice : state_->slices) slices.push_back(slice_json(slice));
    out["slices"] = std::move(slices);
    return json::serialize(out);
}

Outcome<Recording> Recording::parse(std::string_view text, const std::string& where) {
    const auto value = parse_json(text);
    Reader reader{where};
    Recording recording{SteadyTime{}, Milliseconds{0}};
    State& state = *recording.state_;
    if (!value || !value->is_object()) {
        reader.refuse("is no recording");
        return *reader.problem();
    }
    const json::object& whole = value->get_object();
    state.warm_up = Milliseconds{std::min<std::uint64_t>(reader.number(whole, "warm_up_ms"), 1ull << 40)};
    const json::object& totals = reader.object(whole, "totals");
    for (const auto& [name, number] : State::numbers) state.totals.*number = reader.number(totals, name);
    state.totals.played = nanoseconds(reader.number(totals, "played_ns"));
    state.totals.stalled_for = nanoseconds(reader.number(totals, "stalled_for_ns"));
    const json::object& failures = reader.object(totals, "failures");
    for (std::size_t i = 1; i < failure_kinds; ++i)
        state.totals.failures[i] = reader.number(failures, failure_names[i]);
    state.totals.statuses = reader.statuses(reader.object(totals, "statuses"));
    for (const auto& [name, histogram] : State::histograms) state.*histogram = reader.histogram(whole, name);

    const json::value* slices = whole.if_contains("slices");
    if (slices == nullptr || !slices->is_array() ||
        slices->get_array().size() > static_cast<std::size_t>(State::most_slices)) {
        reader.refuse("slices are no list of seconds");
        return *reader.problem();
    }
    for (const json::value& each : slices->get_array()) {
        if (!each.is_object()) reader.refuse("slices hold what is no second");
        if (reader.problem()) break;
        const json::object& from = each.get_object();
        Slice& slice = state.slice(state.slices.size());
        for (const auto& [name, number] : slice_numbers) slice.*number = reader.number(from, name);
        if (from.contains("segment_times")) state.times_of(slice) = reader.histogram(from, "segment_times");
    }
    if (reader.problem()) return *reader.problem();
    return recording;
}

}  // namespace outpost::bench
