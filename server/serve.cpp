#include "server/serve.hpp"

#include <algorithm>

namespace outpost::server {
namespace {

constexpr auto allowed_methods = "GET, HEAD, OPTIONS";
// What players may send across origins (CTA-5004 for CMCD) and read from replies.
constexpr auto allowed_headers =
    "Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control, CMCD-Object, CMCD-Request, "
    "CMCD-Session, CMCD-Status";
constexpr auto exposed_headers =
    "Content-Length, Content-Range, Accept-Ranges, Date, Age, ETag, Last-Modified, CMSD-Static, CMSD-Dynamic";
constexpr std::string_view library_prefix = "/vod/";

Reply not_here(Method method) {
    Reply reply =
        problem_reply(method == Method::unknown ? Status::not_implemented : Status::method_not_allowed,
                      "Only GET, HEAD and OPTIONS are served here.");
    reply.headers.add("Allow", allowed_methods);
    return reply;
}

}  // namespace

Site::Site(LibraryResource* library, const Pages* pages, EdgeResource* edge, CorsPolicy cors)
    : library_{library},
      pages_{pages},
      edge_{edge},
      cors_{std::move(cors)},
      every_origin_{std::find(cors_.origins.begin(), cors_.origins.end(), "*") != cors_.origins.end()} {}

Task<Reply> Site::handle(Request request) {
    const RequestHead& head = *request.head;
    if (head.method == Method::options) co_return preflight(head);
    Reply reply = co_await resource(std::move(request));
    allow_origin(head, reply.headers);
    co_return reply;
}

// route → admit → resource. Admission (tokens, rules) will stand between the two; today everything is public.
// What the node has itself is not asked of origins.
Task<Reply> Site::resource(Request request) {
    const Method method = request.head->method;
    const bool reads = method == Method::get || method == Method::head;
    if (library_ != nullptr && request.path.starts_with(library_prefix)) {
        if (!reads) co_return not_here(method);
        request.path.erase(0, library_prefix.size());
        co_return co_await library_->handle(std::move(request));
    }
    if (pages_ != nullptr && reads) {
        if (auto page = pages_->find(request)) co_return std::move(*page);
    }
    // TRACE would show a client what the edge says to origins; CONNECT is for proxies of another kind.
    const bool passes = method != Method::trace && method != Method::connect;
    if (edge_ != nullptr && passes) {
        co_return co_await edge_->handle(std::move(request));
    }
    if (!reads) co_return not_here(method);
    co_return problem_reply(Status::not_found, "Nothing is served under this path.");
}

void Site::allow_origin(const RequestHead& head, Headers& headers) const {
    if (headers.has("Access-Control-Allow-Origin")) return;  // an origin has its own mind
    if (every_origin_) {
        headers.add("Access-Control-Allow-Origin", "*");
    } else {
        headers.add("Vary", "Origin");
        const std::string_view origin = head.field("Origin");
        if (std::find(cors_.origins.begin(), cors_.origins.end(), origin) == cors_.origins.end()) return;
        headers.add("Access-Control-Allow-Origin", origin);
    }
    headers.add("Access-Control-Expose-Headers", exposed_headers);
}

// Fetch standard, CORS preflight; also the answer to a plain OPTIONS.
Reply Site::preflight(const RequestHead& head) const {
    Reply reply;
    reply.status = Status::no_content;
    reply.headers.add("Allow", allowed_methods);
    allow_origin(head, reply.headers);
    if (!head.field("Access-Control-Request-Method").empty()) {
        reply.headers.add("Access-Control-Allow-Methods", allowed_methods);
        reply.headers.add("Access-Control-Allow-Headers", allowed_headers);
        reply.headers.add("Access-Control-Max-Age", "86400");
    }
    return reply;
}

}  // namespace outpost::server
