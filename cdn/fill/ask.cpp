#include "cdn/fill/ask.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cdn/policy/status_fields.hpp"
#include "cdn/policy/vary.hpp"

namespace outpost::cdn {
namespace {

// Of this connection (RFC 9110 section 7.6.1), about this cache's own dealings with the client, or a player's
// talk with its nearest server (CTA-5004).
constexpr std::array<std::string_view, 37> stay_here{
    "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "TE",
    "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Expect", "Range", "If-Range",
    "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "CMCD-Object", "CMCD-Request",
    "CMCD-Session", "CMCD-Status", "Accept-Encoding", "HTTP2-Settings",
    // What frameworks take for another host, path or method
    // than the key's: one client could have it stored for all.
    "Forwarded", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto",
    "X-Forwarded-Scheme", "X-Forwarded-Server", "X-Host", "X-HTTP-Method", "X-HTTP-Method-Override",
    "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"};

bool stays(std::string_view name) {
    return std::any_of(stay_here.begin(), stay_here.end(),
                       [name](std::string_view each) { return iequals(each, name); });
}

bool named_by_connection(std::span<const http::Field> fields, std::string_view name) {
    for (const http::Field& field : fields) {
        if (!iequals(field.name, "Connection")) continue;
        for (const std::string_view token : split(field.value, ',')) {
            if (iequals(trim_blanks(token), name)) return true;
        }
    }
    return false;
}

}  // namespace

http::FieldList upstream_fields(const Request& request, const Identity& identity) {
    http::FieldList fields;
    for (const http::Field& field : request.fields) {
        if (stays(field.name) || named_by_connection(request.fields, field.name)) continue;
        if (iequals(field.name, "X-Forwarded-For") && !identity.forwarded_for) continue;
        fields.add(field.name, field.value);
    }
    // Without the field any coding would be welcome; the variant that is asked for takes none.
    if (const auto encodings = policy::normalised_accept_encoding(request.fields))
        fields.add("Accept-Encoding", encodings->empty() ? "identity" : *encodings);
    fields.add("Via", policy::via(request.minor_version == 0 ? "1.0" : "1.1", identity.name));
    fields.add("CDN-Loop", policy::cdn_loop(identity.name));
    if (identity.forwarded_for) fields.add("X-Forwarded-For", request.client);
    return fields;
}

AskPtr make_ask(const Request& request, const Route& route, std::string key, KeyHash hash,
                const Identity& identity) {
    auto ask = std::make_shared<Ask>();
    ask->route = &route;
    ask->method = request.method;
    ask->target = request.raw_path;
    const std::string query = policy::upstream_query(request.raw_query, route.key);
    if (!query.empty()) ask->target.append("?").append(query);
    ask->host = request.host;
    ask->key = std::move(key);
    ask->hash = hash;
    ask->asked = http::FieldList{request.fields};
    ask->fields = upstream_fields(request, identity);
    ask->range = http::find_field(request.fields, "Range");
    ask->body = request.body;
    ask->facts = policy::request_facts(request.method, request.fields);
    return ask;
}

origin::Call call_of(const Ask& ask, std::span<const http::Field> more) {
    origin::Call call;
    call.method = ask.method;
    call.target = ask.target;
    call.fields = ask.fields;
    for (const http::Field& field : more) call.fields.set(field.name, field.value);
    call.body = ask.body;
    call.host = ask.host;
    call.hash = ask.hash.high;
    return call;
}

}  // namespace outpost::cdn
