#include "cdn/purge/order.hpp"

#include <algorithm>
#include <array>
#include <random>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.hpp"
#include "base/units.hpp"

namespace outpost::cdn {
namespace {

namespace json = boost::json;

constexpr std::int64_t payload_version = 1;
constexpr std::size_t most_name = 256;  // of a node or an id
constexpr std::int64_t most_time = std::int64_t{1} << 53;
constexpr std::array<std::string_view, 4> kinds{"url", "prefix", "tag", "all"};
constexpr std::string_view shape =
    R"(send one of {"url": "https://host/path"}, {"prefix": "https://host/path/"}, {"tag": "name"}, {"all": true})";

Problem wrong(std::string what) { return {"", std::move(what), std::string{shape}}; }

bool is_visible(char c) { return c > ' ' && c < '\x7F'; }
bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_visible(c); });
}

// What is wrong with the value of an order; "" when nothing is.
std::string wrong_value(PurgeKind kind, std::string_view value) {
    if (kind == PurgeKind::all) return value.empty() ? "" : "an order for all has no value";
    if (value.empty()) return "it is empty";
    if (kind == PurgeKind::tag) {
        if (value.size() > most_purge_tag) return fmt::format("it is longer than {} bytes", most_purge_tag);
        return is_visible(value) && value.find(',') == std::string_view::npos
                   ? ""
                   : "a tag has visible ASCII characters, and no comma";
    }
    if (value.size() > most_purge_url) return fmt::format("it is longer than {} bytes", most_purge_url);
    if (!is_visible(value)) return "it has a character that must be percent-encoded";
    const auto scheme = value.find("://");
    const bool web = iequals(value.substr(0, scheme), "http") || iequals(value.substr(0, scheme), "https");
    if (scheme == std::string_view::npos || !web) return "it does not begin with http:// or https://";
    const std::string_view behind = value.substr(scheme + 3);
    const auto authority = std::min(behind.find_first_of("/?#"), behind.size());
    if (authority == 0) return "it has no host";
    if (behind.find('#') != std::string_view::npos)
        return "it has a fragment (#), which is never part of a request";
    if (kind == PurgeKind::prefix && (authority == behind.size() || behind[authority] != '/'))
        return "it has no path: end the host with /";
    return "";
}

// What stands between { and }; nothing for anything else. Deep or ill-formed JSON is refused.
Outcome<json::object> parse_object(std::string_view text) {
    if (text.size() > most_purge_request)
        return wrong(fmt::format("the JSON is longer than {} bytes", most_purge_request));
    json::parse_options options;
    options.max_depth = 2;
    boost::system::error_code error;
    json::value value = json::parse(json::string_view{text.data(), text.size()}, error, {}, options);
    if (error) return wrong("this is not JSON: " + error.message());
    if (!value.is_object()) return wrong("this is no JSON object");
    return std::move(value.get_object());
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

// At most 40 characters of a name that somebody else chose, for a message.
std::string shown(std::string_view name) {
    std::string text;
    append_json(text, name.substr(0, 40));
    return text;
}

Outcome<void> take_kind(PurgeOrder& order, PurgeKind kind, const json::value& value) {
    const std::string_view name = to_text(kind);
    if (kind == PurgeKind::all) {
        if (!value.is_bool() || !value.get_bool()) return wrong("\"all\" is not true");
    } else {
        if (!value.is_string()) return wrong(fmt::format("\"{}\" is not a text", name));
        order.value = view(value.get_string());
    }
    order.kind = kind;
    if (const std::string what = wrong_value(kind, order.value); !what.empty())
        return wrong(fmt::format("\"{}\": {}", name, what));
    return {};
}

}  // namespace

std::string_view to_text(PurgeKind kind) { return kinds[static_cast<std::size_t>(kind)]; }

Outcome<PurgeOrder> parse_purge_request(std::string_view text) {
    const auto object = parse_object(text);
    if (!object) return object.error();
    PurgeOrder order;
    std::string_view chosen;
    for (const auto& member : *object) {
        const std::string_view name = view(member.key());
        if (name == "soft") {
            if (!member.value().is_bool()) return wrong("\"soft\" is neither true nor false");
            order.soft = member.value().get_bool();
            continue;
        }
        const auto kind = std::find(kinds.begin(), kinds.end(), name);
        if (kind == kinds.end()) return wrong(fmt::format("the member {} is unknown", shown(name)));
        if (!chosen.empty()) return wrong(fmt::format("\"{}\" and \"{}\" exclude each other", chosen, *kind));
        chosen = *kind;
        const auto taken = take_kind(order, static_cast<PurgeKind>(kind - kinds.begin()), member.value());
        if (!taken) return taken.error();
    }
    if (chosen.empty()) return wrong("it does not say what to purge");
    return order;
}

std::string to_payload(const PurgeOrder& order) {
    json::object object;
    object["version"] = payload_version;
    object["id"] = order.id;
    object["node"] = order.origin_node;
    object["at"] = order.at.time_since_epoch().count();
    const std::string_view kind = to_text(order.kind);
    object["kind"] = json::string_view{kind.data(), kind.size()};
    object["value"] = order.value;
    object["soft"] = order.soft;
    return json::serialize(object);
}

Outcome<PurgeOrder> parse_payload(std::string_view payload) {
    const auto unreadable = [](std::string what) { return Problem{"purge order", std::move(what), ""}; };
    const auto object = parse_object(payload);
    if (!object) return unreadable(object.error().what);
    const auto* version = object->if_contains("version");
    if (version == nullptr || !version->is_int64()) return unreadable("it has no version");
    if (version->get_int64() != payload_version)
        return unreadable(
            fmt::format("version {} is not known here; update this node", version->get_int64()));
    PurgeOrder order;
    const auto text = [&](const char* name, std::size_t most, std::string& into) {
        const auto* value = object->if_contains(name);
        if (value == nullptr || !value->is_string() || value->get_string().size() > most) return false;
        into = view(value->get_string());
        return true;
    };
    std::string kind;
    if (!text("id", most_name, order.id) || order.id.empty() || !text("node", most_name, order.origin_node) ||
        !text("kind", most_name, kind) || !text("value", most_purge_url, order.value))
        return unreadable("id, node, kind or value is missing or too long");
    const auto known = std::find(kinds.begin(), kinds.end(), kind);
    if (known == kinds.end()) return unreadable(fmt::format("the kind {} is unknown", shown(kind)));
    order.kind = static_cast<PurgeKind>(known - kinds.begin());
    if (const std::string what = wrong_value(order.kind, order.value); !what.empty()) return unreadable(what);
    const auto* at = object->if_contains("at");
    const auto* soft = object->if_contains("soft");
    if (at == nullptr || !at->is_int64() || at->get_int64() < 0 || at->get_int64() > most_time)
        return unreadable("it has no time");
    if (soft == nullptr || !soft->is_bool()) return unreadable("it does not say whether it is soft");
    if (object->size() != 7) return unreadable("it has members that are not known here");
    order.at = WallTime{Milliseconds{at->get_int64()}};
    order.soft = soft->get_bool();
    return order;
}

std::string new_purge_id() {
    std::random_device random;
    const auto half = [&] { return (std::uint64_t{random()} << 32) | random(); };
    const std::uint64_t high = half(), low = half();
    return to_hex(high) + to_hex(low);
}

}  // namespace outpost::cdn
