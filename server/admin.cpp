#include "server/admin.hpp"

#include <fmt/format.h>

#include "base/metrics.hpp"
#include "base/text.hpp"

namespace outpost::server {
namespace {

Reply text_reply(Status status, std::string_view type, std::string text) {
    Reply reply;
    reply.status = status;
    reply.headers.add("Content-Type", type);
    reply.headers.add("Cache-Control", "no-store");
    reply.body = Body::of(std::move(text));
    return reply;
}

}  // namespace

Task<Reply> Admin::handle(Request request) {
    if (request.head->method != Method::get && request.head->method != Method::head) {
        Reply reply = problem_reply(Status::method_not_allowed, "Only GET and HEAD are served here.");
        reply.headers.add("Allow", "GET, HEAD");
        co_return reply;
    }
    if (request.path == "/healthz")
        co_return text_reply(Status::ok, "application/json", "{\"status\":\"ok\"}\n");
    if (request.path == "/readyz") co_return ready();
    if (request.path == "/metrics") {
        refresh_();
        co_return text_reply(Status::ok, "text/plain; version=0.0.4; charset=utf-8",
                             metrics::prometheus_text());
    }
    if (request.path == "/") {
        co_return text_reply(Status::ok, "text/plain; charset=utf-8",
                             "Outpost " OUTPOST_VERSION "\n/healthz /readyz /metrics\n");
    }
    co_return problem_reply(Status::not_found, "The admin listener serves /healthz, /readyz and /metrics.");
}

Reply Admin::ready() const {
    std::string checks;
    bool all = true;
    for (const ReadinessCheck& check : checks_) {
        const std::string reason = check.why_not();
        all = all && reason.empty();
        checks += checks.empty() ? "" : ",";
        append_json(checks, check.name);
        checks += ':';
        append_json(checks, reason.empty() ? "ok" : reason);
    }
    return text_reply(
        all ? Status::ok : Status::unavailable, "application/json",
        fmt::format("{{\"status\":\"{}\",\"checks\":{{{}}}}}\n", all ? "ready" : "not ready", checks));
}

}  // namespace outpost::server
