#include "server/admin.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/text.hpp"
#include "server/http/target.hpp"

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
    auto path = clean_path(request.head->path);
    if (!path) co_return unclean_path();
    request.path = std::move(*path);
    const Method method = request.head->method;
    const bool purges = edge_ != nullptr && request.path == "/api/v1/purge";
    const bool allowed = purges ? method == Method::post : method == Method::get || method == Method::head;
    if (!allowed) {
        Reply reply = problem_reply(Status::method_not_allowed, "This takes another method; see Allow.");
        reply.headers.add("Allow", purges ? "POST" : "GET, HEAD");
        co_return reply;
    }
    if (purges) co_return co_await purge(std::move(request));
    if (request.path == "/healthz")
        co_return text_reply(Status::ok, "application/json", "{\"status\":\"ok\"}\n");
    if (request.path == "/readyz") co_return ready();
    if (request.path == "/metrics") {
        refresh_();
        co_return text_reply(Status::ok, "text/plain; version=0.0.4; charset=utf-8",
                             metrics::prometheus_text());
    }
    if (edge_ != nullptr && request.path == "/api/v1/status")
        co_return text_reply(Status::ok, "application/json", edge_->status_json());
    if (request.path == "/") {
        co_return text_reply(Status::ok, "text/plain; charset=utf-8",
                             "Outpost " OUTPOST_VERSION
                             "\n/healthz /readyz /metrics /api/v1/status /api/v1/purge\n");
    }
    co_return problem_reply(Status::not_found,
                            "The admin listener serves /healthz, /readyz, /metrics and, on an edge, "
                            "/api/v1/status and /api/v1/purge.");
}

// POST /api/v1/purge. It has taken effect here when this answers.
Task<Reply> Admin::purge(Request request) {
    // A page that an operator has open in a browser may send this too; browsers say so.
    if (!request.head->field("Origin").empty() || !request.head->field("Sec-Fetch-Site").empty())
        co_return problem_reply(Status::forbidden, "Not from web pages.");
    auto order = cdn::parse_purge_request(request.body);
    if (!order) co_return problem_reply(Status::bad_request, order.error().line());
    order->id = cdn::new_purge_id();
    order->at = request.now;
    const std::string what =
        fmt::format("{}{}{}", cdn::to_text(order->kind), order->value.empty() ? "" : " ", order->value);
    const std::string id = order->id;
    const bool soft = order->soft;
    auto purged = co_await edge_->purge_everywhere(std::move(*order));
    if (!purged) co_return problem_reply(Status::unavailable, "The disks are busy; try again.");
    log::info("purge {}{}: met {}, {}", soft ? "softly " : "", what, purged->met,
              purged->spread ? "told to the other nodes" : "this node only");
    co_return text_reply(
        Status::ok, "application/json",
        fmt::format("{{\"purged\":{},\"id\":\"{}\",\"spread\":{}}}\n", purged->met, id, purged->spread));
}

Reply Admin::ready() const {
    std::string checks;
    bool all = true, well = true;
    for (const ReadinessCheck& check : checks_) {
        const std::string reason = check.why_not();
        all = all && (reason.empty() || !check.vital);
        well = well && reason.empty();
        checks += checks.empty() ? "" : ",";
        append_json(checks, check.name);
        checks += ':';
        append_json(checks, reason.empty() ? "ok" : reason);
    }
    return text_reply(all ? Status::ok : Status::unavailable, "application/json",
                      fmt::format("{{\"status\":\"{}\",\"checks\":{{{}}}}}\n",
                                  !all   ? "not ready"
                                  : well ? "ready"
                                         : "degraded",
                                  checks));
}

}  // namespace outpost::server
