// What an edge asks an origin for: a client's request as it goes on, made once and shared by all who wait for
// the answer. Thread rule: immutable once shared.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/async_wait.hpp"
#include "base/http/field.hpp"
#include "base/http/route_match.hpp"
#include "cdn/origin/pool.hpp"
#include "cdn/policy/facts.hpp"
#include "cdn/policy/freshness.hpp"
#include "cdn/policy/key.hpp"
#include "cdn/store/record.hpp"

namespace outpost::cdn {

enum class RouteMode { standard, bypass, pin };

struct Route {
    http::RouteMatch match;
    std::size_t pool = 0;  // index
    RouteMode mode = RouteMode::standard;
    policy::FreshnessRules rules;
    policy::KeyRules key;
};

// A client's request, as the server read it. Views outlive its handling.
struct Request {
    std::string_view method;
    std::string_view scheme;  // "http" or "https", as the client came
    std::string_view host;
    std::string_view path;       // decoded, without dot segments; for finding the route, and no longer
    std::string_view raw_path;   // as sent
    std::string_view raw_query;  // without '?'
    std::span<const http::Field> fields;
    std::string_view body;
    std::string_view client;  // numeric address
    int minor_version = 1;    // HTTP/1.<minor>
    WallTime now;
    Presence* presence = nullptr;  // of the client; outlives the reply's body
};

struct Ask {
    const Route* route = nullptr;  // lives as long as the edge
    std::string method = "GET";
    std::string target;  // path and query as they go to the origin
    std::string host;    // the client's
    std::string key;
    KeyHash hash;
    http::FieldList asked;   // the client's fields, which Vary selects by
    http::FieldList fields;  // as they go to the origin
    std::string range;       // the client's Range, if any
    std::string body;
    policy::RequestFacts facts;
    bool ahead = false;  // on nobody's behalf
};
using AskPtr = std::shared_ptr<const Ask>;

// How this node calls itself towards origins.
struct Identity {
    std::string name = "outpost";  // a token
    bool forwarded_for = false;    // send X-Forwarded-For
};

// The fields that a request goes on with: end-to-end ones, without its conditions and its range, with what
// it may be encoded in as this cache tells it apart (policy/vary.hpp), and ours added.
http::FieldList upstream_fields(const Request& request, const Identity& identity);
AskPtr make_ask(const Request& request, const Route& route, std::string key, KeyHash hash,
                const Identity& identity);

// What an Ask is made of, for those who will hardly need one: a body that is all there asks only when a disk
// fails. Views live as long as the request's.
struct Question {
    Request request;
    const Route& route;  // these two live as long as the edge
    KeyHash hash;
    const Identity& identity;
    [[nodiscard]] AskPtr ask(std::string key) const {
        return make_ask(request, route, std::move(key), hash, identity);
    }
};

// As it is sent: `more` fields (conditions, a range) are added.
origin::Call call_of(const Ask& ask, std::span<const http::Field> more);

}  // namespace outpost::cdn
