#include "cdn/policy/conditional.hpp"

#include <array>

#include "base/text.hpp"

namespace outpost::cdn::policy {
namespace {

bool is_weak(std::string_view tag) { return tag.starts_with("W/"); }
std::string_view opaque(std::string_view tag) { return is_weak(tag) ? tag.substr(2) : tag; }

bool strong_match(std::string_view a, std::string_view b) { return !a.empty() && !is_weak(a) && a == b; }
bool weak_match(std::string_view a, std::string_view b) { return opaque(a) == opaque(b); }

// Takes one entity-tag off the front of a list; empty when what stands there is none.
std::string_view take_tag(std::string_view& list) {
    const auto begin = list.find_first_not_of(" \t,");
    if (begin == std::string_view::npos) return list = {};
    list.remove_prefix(begin);
    const std::size_t quote = is_weak(list) ? 2 : 0;
    if (list.size() <= quote || list[quote] != '"') return list = {};
    const auto end = list.find('"', quote + 1);
    if (end == std::string_view::npos) return list = {};
    const std::string_view tag = list.substr(0, end + 1);
    list.remove_prefix(end + 1);
    return tag;
}

template <class Match>
bool any_tag(std::string_view list, std::string_view etag, Match match) {
    if (trim_blanks(list) == "*") return true;
    while (true) {
        const std::string_view tag = take_tag(list);
        if (tag.empty()) return false;
        if (match(tag, etag)) return true;
    }
}

WallTime to_seconds(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct DateFields {
    std::string_view day, month, year, time;
};

std::optional<WallTime> assemble(const DateFields& fields, int year) {
    using namespace std::chrono;
    const auto day_number = parse_unsigned(trim_blanks(fields.day));
    unsigned month_number = 0;
    for (unsigned i = 0; i < months.size(); ++i) {
        if (fields.month == months[i]) month_number = i + 1;
    }
    const auto clock = split(fields.time, ':');
    if (!day_number || month_number == 0 || clock.size() != 3) return std::nullopt;
    const auto h = parse_unsigned(clock[0]), m = parse_unsigned(clock[1]), s = parse_unsigned(clock[2]);
    const year_month_day date{std::chrono::year{year}, std::chrono::month{month_number},
                              std::chrono::day{static_cast<unsigned>(*day_number)}};
    if (!h || !m || !s || *h > 23 || *m > 59 || *s > 60 || *day_number > 31 || !date.ok())
        return std::nullopt;
    return WallTime{sys_days{date}} + hours{*h} + minutes{*m} + seconds{*s};
}

// RFC 850 years have two digits: one that seems more than 50 years ahead was meant in the past.
int full_year(int two_digits, WallTime now) {
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
    const int current = static_cast<int>(today.year());
    const int year = current / 100 * 100 + two_digits;
    return year > current + 50 ? year - 100 : year;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text, WallTime now) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) {  // asctime: "Sun Nov  6 08:49:37 1994"
        if (text.size() != 24) return std::nullopt;
        const auto year = parse_unsigned(text.substr(20));
        if (!year) return std::nullopt;
        return assemble({text.substr(8, 2), text.substr(4, 3), {}, text.substr(11, 8)},
                        static_cast<int>(*year));
    }
    const std::string_view rest = trim_blanks(text.substr(comma + 1));
    if (!rest.ends_with(" GMT")) return std::nullopt;
    if (comma == 3 && rest.size() == 24) {  // "06 Nov 1994 08:49:37 GMT"
        const auto year = parse_unsigned(rest.substr(7, 4));
        if (!year) return std::nullopt;
        return assemble({rest.substr(0, 2), rest.substr(3, 3), {}, rest.substr(12, 8)},
                        static_cast<int>(*year));
    }
    if (rest.size() == 22 && rest[2] == '-') {  // "06-Nov-94 08:49:37 GMT"
        const auto year = parse_unsigned(rest.substr(7, 2));
        if (!year) return std::nullopt;
        return assemble({rest.substr(0, 2), rest.substr(3, 3), {}, rest.substr(10, 8)},
                        full_year(static_cast<int>(*year), now));
    }
    return std::nullopt;
}

Precondition evaluate(const Conditions& conditions, const Validators& validators) {
    const WallTime now = validators.modified.value_or(WallTime{});  // only fixes the century of RFC 850 dates
    if (!conditions.if_match.empty()) {
        if (!any_tag(conditions.if_match, validators.etag, strong_match)) return Precondition::failed;
    } else if (!conditions.if_unmodified_since.empty() && validators.modified) {
        const auto limit = parse_http_date(conditions.if_unmodified_since, now);
        if (limit && to_seconds(*validators.modified) > *limit) return Precondition::failed;
    }
    if (!conditions.if_none_match.empty()) {
        return any_tag(conditions.if_none_match, validators.etag, weak_match) ? Precondition::not_modified
                                                                              : Precondition::proceed;
    }
    if (!conditions.if_modified_since.empty() && validators.modified) {
        const auto since = parse_http_date(conditions.if_modified_since, now);
        if (since && to_seconds(*validators.modified) <= *since) return Precondition::not_modified;
    }
    return Precondition::proceed;
}

bool range_applies(const Conditions& conditions, const Validators& validators) {
    if (conditions.if_range.empty()) return true;
    if (conditions.if_range.front() == '"' || is_weak(conditions.if_range)) {
        return strong_match(conditions.if_range, validators.etag);
    }
    // A date is strong only when it is exact, and only counts where no entity-tag could have been sent.
    if (!validators.modified) return false;
    const auto date = parse_http_date(conditions.if_range, *validators.modified);
    return date && *date == to_seconds(*validators.modified);
}

}  // namespace outpost::cdn::policy
