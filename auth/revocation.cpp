#include "auth/revocation.hpp"

#include <algorithm>
#include <array>
#include <random>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"

namespace outpost::auth {
namespace {

namespace json = boost::json;

constexpr std::int64_t payload_version = 1;
constexpr std::size_t most_name = 256;  // bytes of a node or an id
constexpr std::size_t request_depth = 1, payload_depth = 3;
constexpr std::array<std::string_view, revocation_kind_count> kinds{"token", "subject", "device", "key"};
constexpr std::string_view shape =
    R"(send one of {"token": "id"}, {"subject": "name"}, {"device": "name"}, {"key": "id"}, with "for": "7d" or "until": "2026-12-01T00:00:00Z")";
constexpr WallTime last_time{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}};

Problem wrong(std::string what) { return {"", std::move(what), std::string{shape}}; }

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

// At most 40 characters of a name that somebody else chose, for a message.
std::string shown(std::string_view name) {
    std::string text;
    append_json(text, name.substr(0, 40));
    return text;
}

// A whole token where its id belongs: what nobody should send is easy to send.
bool looks_like_a_token(std::string_view value) {
    constexpr std::size_t shortest = 60;
    if (value.size() < shortest) return false;
    const bool cose = value.starts_with("2D3") || value.starts_with("0oR") || value.starts_with("0YR");
    return cose || value.find("~hmac=") != std::string_view::npos ||
           (value.starts_with("eyJ") && std::count(value.begin(), value.end(), '.') == 2);
}

// What is wrong with a value; "" when nothing is.
std::string wrong_value(std::string_view value) {
    if (value.empty()) return "it is empty";
    if (value.size() > most_revocation_value)
        return fmt::format("it is longer than {} bytes", most_revocation_value);
    if (std::any_of(value.begin(), value.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7F'; }))
        return "it has a control character";
    return "";
}

std::optional<RevocationKind> kind_of(std::string_view name) {
    const auto found = std::find(kinds.begin(), kinds.end(), name);
    if (found == kinds.end()) return std::nullopt;
    return static_cast<RevocationKind>(found - kinds.begin());
}

Outcome<WallTime> read_until(const json::value& value) {
    if (value.is_string()) {
        if (const auto time = parse_iso_time(view(value.get_string()))) return *time;
        return wrong("\"until\" is no time like 2026-12-01T00:00:00Z");
    }
    if (!value.is_int64() || value.get_int64() < 0 ||
        value.get_int64() > last_time.time_since_epoch() / Seconds{1})
        return wrong("\"until\" is neither a time nor seconds since 1970");
    return WallTime{Seconds{value.get_int64()}};
}

Outcome<WallTime> read_for(const json::value& value, WallTime now) {
    const auto time = value.is_string() ? parse_duration(view(value.get_string())) : std::nullopt;
    if (!time) return wrong("\"for\" is no duration like 7d or 12h");
    if (*time > most_revocation_time) return wrong("\"for\" is longer than ten years");
    return now + *time;
}

// Takes one member of a request; `chosen` and `limit` are the names of those that were taken before.
Outcome<void> take_member(Revocation& revocation, std::string_view name, const json::value& value,
                          std::string_view& chosen, std::string_view& limit, WallTime now) {
    if (name == "until" || name == "for") {
        if (!limit.empty()) return wrong("\"until\" and \"for\" exclude each other");
        limit = name;
        const auto until = name == "until" ? read_until(value) : read_for(value, now);
        if (!until) return until.error();
        revocation.until = *until;
        return {};
    }
    const auto kind = kind_of(name);
    if (!kind) return wrong(fmt::format("the member {} is unknown", shown(name)));
    if (!chosen.empty()) return wrong(fmt::format("\"{}\" and \"{}\" exclude each other", chosen, name));
    chosen = to_text(*kind);
    if (!value.is_string()) return wrong(fmt::format("\"{}\" is not a text", name));
    revocation.kind = *kind;
    revocation.value = view(value.get_string());
    if (looks_like_a_token(revocation.value))
        return wrong(
            "the value is a whole token, not what one says: give its id (jti, cti), which `outpost token "
            "show` tells");
    if (const std::string what = wrong_value(revocation.value); !what.empty())
        return wrong(fmt::format("\"{}\": {}", name, what));
    return {};
}

// One revocation as edges tell it, and what is wrong with it; "" when nothing is.
std::string read_told(const json::value& value, Revocation& revocation) {
    if (!value.is_object()) return "it has something else among its revocations";
    const json::object& object = value.get_object();
    const auto text = [&](const char* name, std::size_t most, std::string& into) {
        const auto* member = object.if_contains(name);
        if (member == nullptr || !member->is_string() || member->get_string().size() > most) return false;
        into = view(member->get_string());
        return true;
    };
    const auto time = [&](const char* name, WallTime& into) {
        const auto* member = object.if_contains(name);
        if (member == nullptr || !member->is_int64()) return false;
        into = WallTime{Milliseconds{member->get_int64()}};
        return into >= WallTime{} && into <= last_time;
    };
    std::string kind_name;
    if (!text("kind", most_name, kind_name) || !text("value", most_revocation_value, revocation.value) ||
        !text("id", most_name, revocation.id) || !text("node", most_name, revocation.node) ||
        revocation.id.empty())
        return "kind, value, id or node is missing or too long";
    const auto kind = kind_of(kind_name);
    if (!kind) return fmt::format("the kind {} is unknown", shown(kind_name));
    revocation.kind = *kind;
    if (const std::string what = wrong_value(revocation.value); !what.empty())
        return fmt::format("its value: {}", what);
    if (!time("until", revocation.until) || !time("at", revocation.at)) return "a time is missing or no time";
    return object.size() == 6 ? "" : "it has members that are not known here";
}

}  // namespace

std::string_view to_text(RevocationKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

Outcome<Revocation> parse_revocation_request(std::string_view text, WallTime now) {
    if (text.size() > most_revocation_request)
        return wrong(fmt::format("the JSON is longer than {} bytes", most_revocation_request));
    const auto value = parse_json(text, request_depth);
    if (!value || !value->is_object()) return wrong("this is no JSON object of plain values");
    Revocation revocation;
    revocation.at = now;
    std::string_view chosen, limit;
    for (const auto& member : value->get_object()) {
        const auto taken = take_member(revocation, view(member.key()), member.value(), chosen, limit, now);
        if (!taken) return taken.error();
    }
    if (chosen.empty()) return wrong("it does not say what to revoke");
    if (limit.empty()) return wrong("it does not say until when");
    if (revocation.until <= now) return wrong(fmt::format("\"{}\" is over already", limit));
    if (revocation.until > now + most_revocation_time) return wrong("it is for longer than ten years");
    return revocation;
}

std::string to_json(const Revocation& revocation) {
    std::string text = R"({"kind":)";
    append_json(text, to_text(revocation.kind));
    text += R"(,"value":)";
    append_json(text, revocation.value);
    text += fmt::format(R"(,"until":{},"at":{},"id":)", revocation.until.time_since_epoch().count(),
                        revocation.at.time_since_epoch().count());
    append_json(text, revocation.id);
    text += R"(,"node":)";
    append_json(text, revocation.node);
    return text + "}";
}

std::vector<std::string> to_payloads(std::span<const Revocation> revocations) {
    std::vector<std::string> payloads;
    std::size_t in_last = 0;
    for (const Revocation& revocation : revocations) {
        const std::string text = to_json(revocation);
        const bool fits = !payloads.empty() && in_last < most_revocations_in_payload &&
                          payloads.back().size() + text.size() + 3 <= most_revocation_payload;
        if (fits) {
            payloads.back() += ",";
        } else {
            if (!payloads.empty()) payloads.back() += "]}";
            payloads.push_back(fmt::format(R"({{"version":{},"revocations":[)", payload_version));
            in_last = 0;
        }
        payloads.back() += text;
        ++in_last;
    }
    if (!payloads.empty()) payloads.back() += "]}";
    return payloads;
}

Outcome<std::vector<Revocation>> parse_revocations(std::string_view payload) {
    const auto unreadable = [](std::string what) { return Problem{"revocation", std::move(what), ""}; };
    if (payload.size() > most_revocation_payload) return unreadable("it is too long");
    const auto value = parse_json(payload, payload_depth);
    if (!value || !value->is_object()) return unreadable("this is no JSON object");
    const json::object& object = value->get_object();
    const auto* version = object.if_contains("version");
    if (version == nullptr || !version->is_int64()) return unreadable("it has no version");
    if (version->get_int64() != payload_version)
        return unreadable(
            fmt::format("version {} is not known here; update this node", version->get_int64()));
    const auto* list = object.if_contains("revocations");
    if (list == nullptr || !list->is_array() || object.size() != 2)
        return unreadable("it has no revocations, or more than these");
    const json::array& told = list->get_array();
    if (told.empty() || told.size() > most_revocations_in_payload)
        return unreadable("it has no revocations, or too many");
    std::vector<Revocation> revocations(told.size());
    for (std::size_t i = 0; i < told.size(); ++i)
        if (std::string what = read_told(told[i], revocations[i]); !what.empty())
            return unreadable(std::move(what));
    return revocations;
}

std::string new_revocation_id() {
    std::random_device random;
    const auto half = [&] { return (std::uint64_t{random()} << 32) | random(); };
    const std::uint64_t high = half(), low = half();
    return to_hex(high) + to_hex(low);
}

}  // namespace outpost::auth
