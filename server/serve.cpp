#include "server/serve.hpp"

#include <algorithm>

#include "server/http/target.hpp"

namespace outpost::server {
namespace {

constexpr auto allowed_methods = "GET, HEAD, OPTIONS";
// What players may send across origins (CTA-5004 for CMCD) and read from replies.
constexpr auto allowed_headers =
    "Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control, Authorization, "
    "CTA-Common-Access-Token, URISigningPackage, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status";
constexpr auto exposed_headers =
    "Content-Length, Content-Range, Accept-Ranges, Date, Age, ETag, Last-Modified, CMSD-Static, "
    "CMSD-Dynamic, "
    "CTA-Common-Access-Token";
constexpr std::string_view library_prefix = "/vod/";

Reply not_here(Method method) {
    Reply reply =
        problem_reply(method == Method::unknown ? Status::not_implemented : Status::method_not_allowed,
                      "Only GET, HEAD and OPTIONS are served here.");
    reply.headers.add("Allow", allowed_methods);
    return reply;
}

}  // namespace

Site::Site(Parts parts, CorsPolicy cors) : parts_{parts}, cors_{std::move(cors)} {
    if (std::find(cors_.origins.begin(), cors_.origins.end(), "*") == cors_.origins.end()) return;
    Headers open;
    open.add("Access-Control-Allow-Origin", "*");
    open.add("Access-Control-Expose-Headers", exposed_headers);
    open_lines_ = open.text();
}

Eventual<Reply> Site::handle(Request request) {
    RequestHead& head = *request.head;
    Admission* const admission = parts_.admission;
    // Nothing behind this line sees a token: not the routes, not the log, not the cache, not an origin.
    auth::Taken taken;
    if (admission != nullptr) taken = admission->take(head, *request.room);
    auto path = clean_path(head.path);
    if (!path) return unclean_path();
    request.path = std::move(*path);
    if (head.method == Method::options) return preflight(head);
    Request facts = request.without_path();
    Pass pass;
    std::optional<manifest::ViewOptions> view;
    if (admission != nullptr) {
        auto decision = admission->admit(request, taken);
        if (auto* refused = std::get_if<Reply>(&decision)) return finished(facts, {}, std::move(*refused));
        pass = std::move(std::get<Admission::Pass>(decision));
        view = admission->view_of(request, *pass);
    }
    Eventual<Reply> reply =
        view ? Eventual<Reply>{viewed(std::move(request), std::move(*view))} : resource(std::move(request));
    if (reply.ready()) return finished(facts, pass, reply.take());
    return finish_later(std::move(facts), std::move(pass), reply.task());
}

Task<Reply> Site::finish_later(Request request, Pass pass, Task<Reply> coming) const {
    Reply reply = co_await std::move(coming);
    co_return finished(request, pass, std::move(reply));
}

// What every reply has in common.
Reply Site::finished(const Request& request, const Pass& pass, Reply reply) const {
    if (pass) parts_.admission->finish(request, *pass, reply);
    allow_origin(*request.head, reply.headers);
    return reply;
}

void Site::hide_secrets(http::RequestHead& head, std::string& room) const {
    if (parts_.admission != nullptr) static_cast<void>(parts_.admission->take(head, room));
}

// The resource's manifest as this client may see it.
Task<Reply> Site::viewed(Request request, manifest::ViewOptions view) {
    *request.other_head = ManifestViews::whole(*request.head);
    Request onward = request;
    onward.head = request.other_head;
    Eventual<Reply> coming = resource(std::move(onward));
    Reply reply;
    if (coming.ready()) {
        reply = coming.take();
    } else {
        reply = co_await coming.task();
    }
    co_return co_await parts_.views->show(std::move(request), std::move(reply), std::move(view));
}

// route → resource. What the node has itself is not asked of origins.
Eventual<Reply> Site::resource(Request request) {
    const Method method = request.head->method;
    const bool reads = method == Method::get || method == Method::head;
    if (parts_.library != nullptr && request.path.starts_with(library_prefix)) {
        if (!reads) return not_here(method);
        request.path.erase(0, library_prefix.size());
        return parts_.library->handle(std::move(request));
    }
    if (parts_.pages != nullptr && reads) {
        if (auto page = parts_.pages->find(request)) return std::move(*page);
    }
    // TRACE would show a client what the edge says to origins; CONNECT is for proxies of another kind.
    const bool passes = method != Method::trace && method != Method::connect;
    if (parts_.edge != nullptr && passes) {
        return parts_.edge->handle(std::move(request));
    }
    if (!reads) return not_here(method);
    return problem_reply(Status::not_found, "Nothing is served under this path.");
}

void Site::allow_origin(const RequestHead& head, Headers& headers) const {
    if (headers.has("Access-Control-Allow-Origin")) return;  // an origin has its own mind
    if (!open_lines_.empty()) return headers.add_lines(open_lines_);
    headers.add("Vary", "Origin");
    const std::string_view origin = head.field("Origin");
    if (std::find(cors_.origins.begin(), cors_.origins.end(), origin) == cors_.origins.end()) return;
    headers.add("Access-Control-Allow-Origin", origin);
    headers.add("Access-Control-Allow-Credentials", "true");  // cookies hold tokens
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
