// Edge: replies, from an object, from what passes through, and its own.
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cdn/edge.hpp"
#include "cdn/fill/object_reader.hpp"
#include "cdn/measures.hpp"
#include "cdn/origin/failure.hpp"
#include "cdn/policy/conditional.hpp"
#include "cdn/policy/range.hpp"

namespace outpost::cdn {
namespace {

// Age, Via, Cache-Status and what the server adds, so that the lines are allocated once.
constexpr std::size_t room_for_ours = 640;

void add(std::string& lines, std::string_view name, std::string_view value) {
    lines.append(name).append(": ").append(value).append("\r\n");
}

// RFC 9110 section 15.4.5: what a 200 would have said, without what describes a body that is not sent.
std::string lines_of_304(const Head& head) {
    std::string lines;
    for (std::size_t i = 0; i < head.fields.size(); ++i) {
        const http::Field field = head.fields[i];
        constexpr std::array<std::string_view, 4> left_out{"Content-Type", "Content-Length",
                                                           "Content-Encoding", "Content-Language"};
        const bool out = std::any_of(left_out.begin(), left_out.end(),
                                     [&](std::string_view name) { return iequals(field.name, name); });
        if (!out && !is_for_caches(field.name)) add(lines, field.name, field.value);
    }
    return lines;
}

metrics::Counter& counter_of(Answered how) {
    switch (how) {
        case Answered::hit_memory: return measures::hits_memory;
        case Answered::hit_disk: return measures::hits_disk;
        case Answered::stale: return measures::hits_stale;
        case Answered::miss: return measures::misses;
        case Answered::partial: return measures::partials;
        case Answered::revalidated: return measures::revalidated;
        case Answered::collapsed: return measures::collapsed;
        case Answered::passed: return measures::passed;
        case Answered::refused: return measures::refused;
        case Answered::failed: break;
    }
    return measures::failed;
}

// RFC 9209 section 2.3 recommends them.
int status_for(const boost::system::error_code& error) {
    if (error == Errc::origin_timeout || error == Errc::origin_connect_timeout) return 504;
    if (error == Errc::origin_busy || error == Errc::overloaded || error == Errc::origin_none) return 503;
    return 502;
}

}  // namespace

std::string_view to_text(Answered how) {
    switch (how) {
        case Answered::hit_memory: return "hit_memory";
        case Answered::hit_disk: return "hit_disk";
        case Answered::stale: return "stale";
        case Answered::miss: return "miss";
        case Answered::partial: return "partial";
        case Answered::revalidated: return "revalidated";
        case Answered::collapsed: return "collapsed";
        case Answered::passed: return "passed";
        case Answered::refused: return "refused";
        case Answered::failed: break;
    }
    return "failed";
}

// What every reply from an object says of this cache.
void Edge::tell(Reply& reply, const Visit& visit, const Head& head, const Told& told) const {
    const auto age = policy::current_age(head.facts, visit.request.now);
    policy::CacheStatus status;
    status.cache = options_.identity.name;
    status.hit = !told.forward;
    status.forward = told.forward;
    status.forward_status = told.forward_status;
    status.stored = told.stored;
    status.collapsed = told.collapsed;
    status.ttl = std::chrono::floor<Seconds>(head.lifetime - age);
    status.detail = told.detail;
    append_number(reply.lines += "Age: ", std::int64_t{std::chrono::floor<Seconds>(age).count()});
    reply.lines += "\r\n";
    reply.lines += via_line_;
    add(reply.lines, "Cache-Status", policy::cache_status(status));
    reply.how = told.how;
    counter_of(told.how).add();
}

Edge::Draft Edge::draft(const Visit& visit, const Object& object, const Head& head) const {
    const auto field = [&](std::string_view name) { return http::find_field(visit.request.fields, name); };
    std::string match_room, none_match_room;
    policy::Conditions conditions;
    if (visit.facts.has_conditions) {
        conditions = {http::join_fields(visit.request.fields, "If-Match", match_room),
                      http::join_fields(visit.request.fields, "If-None-Match", none_match_room),
                      field("If-Modified-Since"), field("If-Unmodified-Since"), field("If-Range")};
    }
    const policy::Validators validators{head.facts.etag, head.facts.last_modified};
    Draft made;
    Reply& reply = made.reply;
    reply.status = head.facts.status;
    const bool ok = reply.status == 200;
    const auto length = object.length();
    const auto verdict = ok ? policy::evaluate(conditions, validators) : policy::Precondition::proceed;
    policy::RangeDecision range;
    if (ok && length && visit.facts.is_get && policy::range_applies(conditions, validators))
        range = policy::decide_range(field("Range"), *length);
    if (verdict == policy::Precondition::not_modified) {
        reply.status = 304;
        reply.lines = lines_of_304(head);
        return made;
    }
    if (verdict == policy::Precondition::failed || range.verdict == policy::RangeVerdict::unsatisfiable) {
        // About this request only: nothing of it is for caches further down.
        reply.status = verdict == policy::Precondition::failed ? 412 : 416;
        add(reply.lines, "Date", http_date(visit.request.now));
        add(reply.lines, "Cache-Control", "no-store");
        if (reply.status == 416)
            add(reply.lines, "Content-Range", policy::content_range_unsatisfied(*length));
        return made;
    }
    reply.lines.reserve(head.lines.size() + room_for_ours);
    reply.lines += head.lines;
    if (ok && length && !head.accepts_ranges) reply.lines += "Accept-Ranges: bytes\r\n";
    made.range = {0, length.value_or(UINT64_MAX)};
    if (range.verdict == policy::RangeVerdict::part) {
        reply.status = 206;
        made.range = range.range;
        add(reply.lines, "Content-Range", policy::content_range(range.range, *length));
    }
    if (length) made.size = made.range.length;
    made.has_body = !visit.facts.is_head;
    if (!made.has_body) {
        reply.length = length;
        if (!length) reply.body = Body::of_unknown_size();
    }
    return made;
}

std::unique_ptr<ObjectReader> Edge::reader_of(const Visit& visit, const std::shared_ptr<Object>& object,
                                              ByteRange range) const {
    Question question{visit.request, visit.route, visit.hash, options_.identity};
    return std::make_unique<ObjectReader>(filler_, visit.entry, object, question, range.offset, range.end());
}

Task<std::optional<Reply>> Edge::from_object(Visit& visit, std::shared_ptr<Object> object, Told told) {
    const HeadPtr head = object->head();
    // Who fetched it is the first viewer; a hit is another.
    if (told.how != Answered::miss) object->disk_use.mark_hit();
    Draft made = draft(visit, *object, *head);
    if (made.has_body) {
        if (auto body = object->small_body()) {
            made.reply.body = Body::of(std::move(body)).slice(made.range);
        } else {
            auto reader = reader_of(visit, object, made.range);
            const bool in_part = !told.forward && object->has_gaps(made.range.offset, made.range.end());
            const auto error = co_await reader->begin();
            if (error) co_return unreadable(visit, object, error);
            if (in_part || (reader->asked() && !told.forward)) {
                told.forward = policy::Forward::partial;
                told.how = Answered::partial;
            }
            made.reply.body = Body::of(std::move(reader), made.size);
        }
    }
    tell(made.reply, visit, *head, told);
    co_return std::move(made.reply);
}

// Not a byte has been sent. Nothing: it is to be asked for anew.
std::optional<Reply> Edge::unreadable(const Visit& visit, const std::shared_ptr<Object>& object,
                                      boost::system::error_code error) const {
    if (party_at_fault(error) == Party::origin && error != Errc::origin_changed)
        return refusal(visit, 0, error, "The rest of it can't be had from the origin now.");
    cache_.drop(visit.entry, object);
    return std::nullopt;
}

Reply Edge::passing(const Visit& visit, std::shared_ptr<Passage> passage, Passage::Head head,
                    policy::Forward why) const {
    Reply reply;
    reply.status = head.status;
    for (std::size_t i = 0; i < head.fields.size(); ++i) {
        const http::Field field = head.fields[i];
        if (iequals(field.name, "Content-Length")) {
            if (visit.facts.is_head) reply.length = parse_unsigned(field.value);
            continue;
        }
        if (!is_for_caches(field.name)) add(reply.lines, field.name, field.value);
    }
    if (!head.fields.has("Date")) add(reply.lines, "Date", http_date(visit.request.now));
    reply.lines += via_line_;
    policy::CacheStatus status;
    status.cache = options_.identity.name;
    status.forward = why;
    status.forward_status = head.status;
    add(reply.lines, "Cache-Status", policy::cache_status(status));
    reply.how = Answered::passed;
    const auto length = visit.facts.is_head ? reply.length : head.length;
    reply.body = Passage::body_of(std::move(passage), length, visit.request.presence);
    counter_of(reply.how).add();
    return reply;
}

Reply Edge::refusal(const Visit& visit, int status, boost::system::error_code error,
                    std::string_view detail) const {
    Reply reply;
    reply.status = status != 0 ? status : status_for(error);
    reply.how = Answered::failed;
    std::string json = fmt::format(R"({{"type":"about:blank","status":{},"detail":)", reply.status);
    append_json(json, detail);
    json += "}\n";
    add(reply.lines, "Date", http_date(visit.request.now));
    add(reply.lines, "Content-Type", "application/problem+json");
    add(reply.lines, "Cache-Control", "no-store");
    if (reply.status == 503) add(reply.lines, "Retry-After", "1");
    reply.lines += via_line_;
    const std::string_view problem = origin::proxy_error(error);
    if (reply.status == 508) {
        add(reply.lines, "Proxy-Status", options_.identity.name + "; error=proxy_loop_detected");
    } else if (!problem.empty()) {
        add(reply.lines, "Proxy-Status", fmt::format("{}; error={}", options_.identity.name, problem));
    }
    reply.body = Body::of(std::move(json));
    counter_of(reply.how).add();
    return reply;
}

}  // namespace outpost::cdn
