#include "server/admission/shares.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/json.hpp"

namespace outpost::server {
namespace {

namespace json = boost::json;

constexpr std::int64_t shares_version = 1;
constexpr std::size_t most_from = 64, payload_depth = 3;
// What fits into a payload whatever the numbers are: 54 bytes a count, 84 a lease.
constexpr std::size_t most_counts = 500, most_leases = 300;
constexpr std::uint64_t most_32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t most_time = 253'402'300'800'000;  // the year 10000, in ms
constexpr std::uint64_t most_lease = Milliseconds{std::chrono::days{1}}.count();

std::optional<std::uint64_t> number(const json::value* value, std::uint64_t most) {
    if (value == nullptr) return std::nullopt;
    std::uint64_t read = 0;
    if (value->is_uint64()) {
        read = value->get_uint64();
    } else if (value->is_int64() && value->get_int64() >= 0) {
        read = static_cast<std::uint64_t>(value->get_int64());
    } else {
        return std::nullopt;
    }
    return read <= most ? std::optional{read} : std::nullopt;
}

// Numbers of a list that are each at most as large as `most` says; nothing for any other list.
template <std::size_t N>
std::optional<std::array<std::uint64_t, N>> numbers(const json::value& value,
                                                    const std::array<std::uint64_t, N>& most) {
    if (!value.is_array() || value.get_array().size() != N) return std::nullopt;
    std::array<std::uint64_t, N> read{};
    for (std::size_t i = 0; i < N; ++i) {
        const auto one = number(&value.get_array()[i], most[i]);
        if (!one) return std::nullopt;
        read[i] = *one;
    }
    return read;
}

WallTime wall(std::uint64_t milliseconds) {
    return WallTime{Milliseconds{static_cast<std::int64_t>(milliseconds)}};
}

std::string payload_of(const Shares& shares, std::span<const auth::TakenCount> counts,
                       std::span<const auth::Lease> leases) {
    std::string text = fmt::format(R"({{"version":{},"from":"{}","at":{},"counts":[)", shares_version,
                                   shares.from, shares.at.time_since_epoch().count());
    std::string_view comma;
    for (const auth::TakenCount& count : counts) {
        text += fmt::format("{}[{},{},{},{}]", comma, count.key, count.count, count.rate, count.burst);
        comma = ",";
    }
    text += R"(],"leases":[)";
    comma = "";
    for (const auth::Lease& lease : leases) {
        const Milliseconds age = std::max(shares.at - lease.seen, Milliseconds{0});
        text += fmt::format("{}[{},{},{},{},{}]", comma, lease.holder, lease.stream,
                            lease.started.time_since_epoch().count(), age.count(), lease.time.count());
        comma = ",";
    }
    return text + "]}";
}

bool read_counts(const json::value* value, Shares& shares) {
    if (value == nullptr || !value->is_array() || value->get_array().size() > most_counts) return false;
    constexpr auto most_64 = std::numeric_limits<std::uint64_t>::max();
    for (const json::value& each : value->get_array()) {
        const auto read = numbers<4>(each, {most_64, most_32, most_32, most_32});
        if (!read) return false;
        const auto& [key, count, rate, burst] = *read;
        shares.counts.push_back({key, static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(rate),
                                 static_cast<std::uint32_t>(burst)});
    }
    return true;
}

bool read_leases(const json::value* value, Shares& shares) {
    if (value == nullptr || !value->is_array() || value->get_array().size() > most_leases) return false;
    constexpr auto most_64 = std::numeric_limits<std::uint64_t>::max();
    for (const json::value& each : value->get_array()) {
        const auto read = numbers<5>(each, {most_64, most_64, most_time, most_lease, most_lease});
        if (!read) return false;
        const auto& [holder, stream, started, age, time] = *read;
        shares.leases.push_back({holder, stream, wall(started),
                                 shares.at - Milliseconds{static_cast<std::int64_t>(age)},
                                 Milliseconds{static_cast<std::int64_t>(time)}});
    }
    return true;
}

}  // namespace

std::vector<std::string> to_payloads(const Shares& shares) {
    std::span<const auth::TakenCount> counts{shares.counts};
    std::span<const auth::Lease> leases{shares.leases};
    std::vector<std::string> payloads;
    while (!counts.empty() || !leases.empty()) {
        const std::size_t counts_now = std::min(counts.size(), most_counts);
        const std::size_t leases_now = std::min(leases.size(), most_leases);
        payloads.push_back(payload_of(shares, counts.first(counts_now), leases.first(leases_now)));
        counts = counts.subspan(counts_now);
        leases = leases.subspan(leases_now);
    }
    return payloads;
}

Outcome<Shares> parse_shares(std::string_view payload) {
    const auto unreadable = [](std::string what) { return Problem{"limits", std::move(what), ""}; };
    if (payload.size() > most_shares_payload) return unreadable("what another edge tells is too long");
    const auto value = parse_json(payload, payload_depth);
    if (!value || !value->is_object()) return unreadable("what another edge tells is no JSON object");
    const json::object& object = value->get_object();
    const auto* version = object.if_contains("version");
    if (version == nullptr || !version->is_int64())
        return unreadable("what another edge tells has no version");
    if (version->get_int64() != shares_version)
        return unreadable(
            fmt::format("version {} is not known here; update this node", version->get_int64()));
    Shares shares;
    const auto* from = object.if_contains("from");
    const auto at = number(object.if_contains("at"), most_time);
    if (from == nullptr || !from->is_string() || from->get_string().size() > most_from || !at)
        return unreadable("what another edge tells has no sender or no time");
    shares.from.assign(from->get_string().data(), from->get_string().size());
    shares.at = wall(*at);
    if (!read_counts(object.if_contains("counts"), shares) ||
        !read_leases(object.if_contains("leases"), shares) || object.size() != 5)
        return unreadable("what another edge tells can't be read");
    return shares;
}

}  // namespace outpost::server
