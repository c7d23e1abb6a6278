#include "cdn/policy/facts.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cdn/policy/conditional.hpp"
#include "cdn/policy/list.hpp"
#include "cdn/policy/vary.hpp"

namespace outpost::cdn::policy {
namespace {

// A field that may come once: its value, or what its lines say when they all say the same.
struct Singleton {
    std::string_view value;
    bool present = false;
    bool contradictory = false;

    void see(std::string_view another) {
        contradictory = contradictory || (present && another != value);
        value = present ? value : another;
        present = true;
    }
    [[nodiscard]] std::optional<std::string_view> only() const {
        return present && !contradictory ? std::optional{value} : std::nullopt;
    }
};

std::optional<WallTime> read_date(const Singleton& field, WallTime now) {
    const auto text = field.only();
    return text ? parse_http_date(*text, now) : std::nullopt;
}

bool is_etag(std::string_view text) {
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    const std::string_view opaque = text.substr(1, text.size() - 2);
    return std::all_of(opaque.begin(), opaque.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
    });
}

// The first member of the first line (RFC 9111 section 5.1).
Seconds read_age(std::string_view value) {
    const std::string_view first = Members{value}.next().value_or(std::string_view{});
    const bool digits = std::all_of(first.begin(), first.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (first.empty() || !digits) return Seconds{0};
    const auto number = parse_unsigned(first);
    const auto longest = static_cast<std::uint64_t>(longest_delta.count());
    return number && *number < longest ? Seconds{*number} : longest_delta;
}

void see_expires(std::string_view value, ResponseFacts& facts) {
    const WallTime time = parse_http_date(value, facts.response_time).value_or(long_expired);
    facts.expires = facts.expires ? std::min(*facts.expires, time) : time;
}

struct Singletons {
    Singleton date, last_modified, etag, length, age, content_range;
};

void see(const http::Field& field, Singletons& once, ResponseFacts& facts) {
    const auto is = [&](std::string_view name) { return iequals(field.name, name); };
    if (is("date")) return once.date.see(field.value);
    if (is("last-modified")) return once.last_modified.see(field.value);
    if (is("etag")) return once.etag.see(field.value);
    if (is("content-length")) return once.length.see(field.value);
    if (is("age")) return once.age.see(field.value);
    if (is("content-range")) return once.content_range.see(field.value);
    if (is("expires")) return see_expires(field.value, facts);
    if (is("set-cookie") || is("set-cookie2")) facts.has_set_cookie = true;
}

}  // namespace

RequestFacts request_facts(std::string_view method, std::span<const http::Field> fields) {
    RequestFacts facts;
    facts.is_get = method == "GET";
    facts.is_head = method == "HEAD";
    bool cache_control = false, pragma_no_cache = false;
    for (const http::Field& field : fields) {
        const auto is = [&](std::string_view name) { return iequals(field.name, name); };
        if (is("cache-control")) {
            cache_control = true;
        } else if (is("pragma")) {
            Members members{field.value};
            while (const auto member = members.next()) {
                pragma_no_cache = pragma_no_cache || iequals(*member, "no-cache");
            }
        } else if (is("authorization")) {
            facts.authorization = true;
        } else if (is("range")) {
            facts.has_range = true;
        } else if (is("if-match") || is("if-none-match") || is("if-modified-since") ||
                   is("if-unmodified-since") || is("if-range")) {
            facts.has_conditions = true;
        }
    }
    if (cache_control) facts.cache_control = parse_cache_control(fields);
    if (!cache_control) facts.cache_control.no_cache = pragma_no_cache;
    // In a request no-cache takes no names: with some it means no less.
    if (!facts.cache_control.no_cache_fields.empty()) facts.cache_control.no_cache = true;
    return facts;
}

ResponseFacts response_facts(int status, std::span<const http::Field> fields, WallTime request_time,
                             WallTime response_time) {
    ResponseFacts facts;
    facts.status = status;
    facts.request_time = request_time;
    facts.response_time = response_time;
    Singletons once;
    for (const http::Field& field : fields) see(field, once, facts);

    facts.date = read_date(once.date, response_time);
    facts.last_modified = read_date(once.last_modified, response_time);
    if (const auto etag = once.etag.only(); etag && is_etag(*etag)) facts.etag = *etag;
    if (const auto length = once.length.only()) facts.content_length = parse_unsigned(*length);
    facts.has_content_range = once.content_range.present;
    if (const auto range = once.content_range.only()) facts.content_range = parse_content_range(*range);
    if (once.age.present) facts.age_value = read_age(once.age.value);
    facts.vary_any = !parse_vary(fields).has_value();

    facts.strong_etag = !facts.etag.empty() && !facts.etag.starts_with("W/");
    facts.strong_last_modified =
        facts.date && facts.last_modified && *facts.date - *facts.last_modified >= Seconds{1};

    if (auto targeted = parse_targeted(fields)) {
        facts.cache_control = std::move(*targeted);
        facts.targeted = true;
        facts.expires.reset();
    } else {
        facts.cache_control = parse_cache_control(fields);
    }
    return facts;
}

}  // namespace outpost::cdn::policy
