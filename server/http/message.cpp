#include "server/http/message.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cdn/policy/conditional.hpp"
#include "cdn/policy/range.hpp"

namespace outpost::server {

namespace policy = cdn::policy;

std::string_view reason_of(Status status) {
    struct Row {
        int status;
        std::string_view reason;
    };
    // RFC 9110 section 15 and the registry that it founded.
    static constexpr std::array<Row, 46> rows{{
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {205, "Reset Content"},
        {206, "Partial Content"},
        {207, "Multi-Status"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {508, "Loop Detected"},
    }};
    const int wanted = static_cast<int>(status);
    const auto row = std::lower_bound(rows.begin(), rows.end(), wanted,
                                      [](const Row& each, int number) { return each.status < number; });
    return row != rows.end() && row->status == wanted ? row->reason : "Unknown";
}

bool Headers::has(std::string_view name) const {
    std::string_view left = text_;
    while (!left.empty()) {
        const auto end = left.find("\r\n");
        const std::string_view line = left.substr(0, end);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            iequals(line.substr(0, name.size()), name))
            return true;
        if (end == std::string_view::npos) break;
        left.remove_prefix(end + 2);
    }
    return false;
}

void Headers::add(std::string_view name, std::string_view value) {
    if (text_.empty()) text_.reserve(384);
    text_.append(name).append(": ");
    const std::size_t begin = text_.size();
    text_.append(value).append("\r\n");
    for (std::size_t i = begin; i + 2 < text_.size(); ++i) {
        if (text_[i] == '\r' || text_[i] == '\n' || text_[i] == '\0') text_[i] = ' ';
    }
}

namespace {

void add_validators(Headers& headers, const Representation& r) {
    if (!r.etag.empty()) headers.add("ETag", r.etag);
    if (r.modified) headers.add("Last-Modified", http_date(*r.modified));
    if (!r.cache_control.empty()) headers.add("Cache-Control", r.cache_control);
    if (r.varies_by_encoding) headers.add("Vary", "Accept-Encoding");
}

}  // namespace

Reply reply_with(const Request& request, Representation r) {
    const RequestHead& head = *request.head;
    std::string match_room, none_match_room;
    const policy::Conditions conditions{http::join_fields(head.fields, "If-Match", match_room),
                                        http::join_fields(head.fields, "If-None-Match", none_match_room),
                                        head.field("If-Modified-Since"), head.field("If-Unmodified-Since"),
                                        head.field("If-Range")};
    const policy::Validators validators{r.etag, r.modified};
    const std::uint64_t size = r.body.size().value_or(0);  // it is always there
    Reply reply;
    switch (policy::evaluate(conditions, validators)) {
        case policy::Precondition::failed:
            return problem_reply(Status::precondition_failed, "It has changed.");
        case policy::Precondition::not_modified:
            reply.status = Status::not_modified;
            add_validators(reply.headers, r);
            return reply;
        case policy::Precondition::proceed: break;
    }
    policy::RangeDecision range;
    if (head.method == Method::get && policy::range_applies(conditions, validators)) {
        range = policy::decide_range(head.field("Range"), size);
    }
    if (range.verdict == policy::RangeVerdict::unsatisfiable) {
        reply = problem_reply(Status::range_not_satisfiable, "The range lies beyond the end.");
        reply.headers.add("Content-Range", policy::content_range_unsatisfied(size));
        return reply;
    }
    reply.headers.add("Content-Type", r.content_type);
    if (!r.content_encoding.empty()) reply.headers.add("Content-Encoding", r.content_encoding);
    reply.headers.add("Accept-Ranges", "bytes");
    add_validators(reply.headers, r);
    if (range.verdict == policy::RangeVerdict::part) {
        reply.status = Status::partial_content;
        reply.headers.add("Content-Range", policy::content_range(range.range, size));
        reply.body = r.body.slice(range.range);
    } else if (head.method == Method::head) {
        reply.content_length = size;
    } else {
        reply.body = std::move(r.body);
    }
    return reply;
}

Reply problem_reply(Status status, std::string_view detail) {
    std::string json = fmt::format(R"({{"type":"about:blank","title":"{}","status":{},"detail":)",
                                   reason_of(status), static_cast<int>(status));
    append_json(json, detail);
    json += "}\n";
    Reply reply;
    reply.status = status;
    reply.headers.add("Content-Type", "application/problem+json");
    reply.headers.add("Cache-Control", "no-store");
    reply.body = Body::of(std::move(json));
    return reply;
}

namespace {

// False for the weights that refuse: "q=0" with up to three zeros behind a point.
bool has_weight(std::span<const std::string_view> parameters) {
    for (const std::string_view parameter : parameters) {
        const std::string_view weight = trim_blanks(parameter);
        if (weight.size() < 3 || !iequals(weight.substr(0, 2), "q=")) continue;
        if (weight.find_first_not_of("0.", 2) == std::string_view::npos) return false;
    }
    return true;
}

}  // namespace

bool accepts_gzip(const RequestHead& head) {
    std::optional<bool> gzip, any;  // what is said of gzip outranks what is said of all
    for (const Field& field : head.fields) {
        if (!iequals(field.name, "Accept-Encoding")) continue;
        for (const std::string_view item : split(field.value, ',')) {
            const auto parts = split(item, ';');
            const std::string_view coding = trim_blanks(parts[0]);
            const bool wanted = has_weight(std::span{parts}.subspan(1));
            if (iequals(coding, "gzip") || iequals(coding, "x-gzip")) gzip = wanted;
            if (coding == "*") any = wanted;
        }
    }
    return gzip.value_or(any.value_or(false));
}

}  // namespace outpost::server
