#include "cdn/cache/head.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cdn/policy/storing.hpp"
#include "cdn/policy/vary.hpp"

namespace outpost::cdn {
namespace {

constexpr std::size_t longest_tag = 256;

// "a b" of Surrogate-Key (blanks) and "a, b" of Cache-Tag (commas).
void add_tags(std::string_view value, std::string_view separators, std::vector<std::string>& tags) {
    while (!value.empty() && tags.size() < most_tags) {
        const auto end = std::min(value.find_first_of(separators), value.size());
        const std::string_view tag = trim_blanks(value.substr(0, end));
        if (!tag.empty() && tag.size() <= longest_tag) tags.emplace_back(tag);
        value.remove_prefix(std::min(end + 1, value.size()));
    }
}

std::vector<std::string> tags_of(const http::FieldList& fields) {
    std::vector<std::string> tags;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const http::Field field = fields[i];
        if (iequals(field.name, "Surrogate-Key")) add_tags(field.value, " \t", tags);
        if (iequals(field.name, "Cache-Tag")) add_tags(field.value, ",", tags);
    }
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

std::string lines_of(const http::FieldList& fields) {
    std::string lines;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const http::Field field = fields[i];
        if (is_for_caches(field.name) || iequals(field.name, "Content-Length")) continue;
        lines.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    return lines;
}

HeadPtr finish(Head head, const policy::FreshnessRules& rules) {
    head.lifetime = policy::freshness_lifetime(head.facts, rules);
    head.tags = tags_of(head.fields);
    head.lines = lines_of(head.fields);
    head.accepts_ranges = head.fields.has("Accept-Ranges");
    return std::make_shared<const Head>(std::move(head));
}

void select(Head& head, std::span<const http::Field> response, std::span<const http::Field> request) {
    const auto names = policy::parse_vary(response);
    if (!names) return;  // matches nothing and is not stored
    head.vary_names = policy::join(*names);
    head.selecting_key = policy::selecting_key(*names, request);
}

}  // namespace

bool is_for_caches(std::string_view name) {
    return iequals(name, "Surrogate-Key") || iequals(name, "Cache-Tag");
}

std::size_t Head::footprint() const {
    std::size_t bytes = sizeof(Head) + fields.footprint() + lines.capacity() + vary_names.capacity() +
                        selecting_key.capacity();
    for (const std::string& tag : tags) bytes += sizeof tag + tag.capacity();
    return bytes;
}

HeadPtr make_head(int status, std::span<const http::Field> response, std::span<const http::Field> request,
                  const policy::FreshnessRules& rules, WallTime requested, WallTime received) {
    Head head;
    head.facts = policy::response_facts(status, response, requested, received);
    head.fields = policy::fields_to_store(response, head.facts.cache_control);
    // RFC 9110 section 6.6.1: who receives a response without a Date, or with a bad one, gives it one.
    if (!head.facts.date) head.fields.set("Date", http_date(received));
    select(head, response, request);
    return finish(std::move(head), rules);
}

HeadPtr restore_head(int status, http::FieldList stored, const policy::FreshnessRules& rules,
                     WallTime requested, WallTime received, std::string vary_names,
                     std::string selecting_key) {
    Head head;
    head.fields = std::move(stored);
    const auto fields = head.fields.fields();
    head.facts = policy::response_facts(status, fields, requested, received);
    head.fields.remove("Age");
    head.vary_names = std::move(vary_names);
    head.selecting_key = std::move(selecting_key);
    return finish(std::move(head), rules);
}

HeadPtr freshened(const Head& stored, std::span<const http::Field> of_304,
                  std::span<const http::Field> request, const policy::FreshnessRules& rules,
                  WallTime requested, WallTime received) {
    Head head;
    head.fields = policy::merge_not_modified(stored.fields, of_304);
    // Its time of origin is the validation's (section 4.3.4), also when the 304 names none.
    if (http::find_field(of_304, "Date").empty()) head.fields.set("Date", http_date(received));
    const auto fields = head.fields.fields();
    head.facts = policy::response_facts(stored.facts.status, fields, requested, received);
    const std::string_view age = http::find_field(of_304, "Age");
    if (const auto seconds = parse_unsigned(age)) {
        head.facts.age_value = std::min(Seconds{static_cast<std::int64_t>(std::min<std::uint64_t>(
                                            *seconds, policy::longest_delta.count()))},
                                        policy::longest_delta);
    }
    select(head, fields, request);
    return finish(std::move(head), rules);
}

http::FieldList fields_to_keep(const Head& head) {
    http::FieldList kept = head.fields;
    if (head.facts.age_value > Seconds{0}) kept.add("Age", std::to_string(head.facts.age_value.count()));
    return kept;
}

}  // namespace outpost::cdn
