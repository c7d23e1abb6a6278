#include "server/admin.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/text.hpp"
#include "server/http/target.hpp"
#include "server/measures.hpp"

namespace outpost::server {
namespace {

using auth::Role;

Reply text_reply(Status status, std::string_view type, std::string text) {
    Reply reply;
    reply.status = status;
    reply.headers.add("Content-Type", type);
    reply.headers.add("Cache-Control", "no-store");
    reply.body = Body::of(std::move(text));
    return reply;
}

Reply challenge(std::string_view detail, std::string_view error) {
    Reply reply = problem_reply(Status::unauthorized, detail);
    reply.headers.add("WWW-Authenticate", fmt::format(R"(Bearer realm="outpost"{})", error));
    return reply;
}

// A page that an operator has open in a browser may send requests too; browsers say so.
bool is_from_a_page(const RequestHead& head) {
    return !head.field("Origin").empty() || !head.field("Sec-Fetch-Site").empty();
}

// "purge softly prefix https://host/path/", without the query, which may hold a token.
std::string in_words(const cdn::PurgeOrder& order) {
    const std::string_view value = order.value;
    const auto query = order.kind == cdn::PurgeKind::tag ? std::string_view::npos : value.find('?');
    return fmt::format("purge {}{}{}{}{}", order.soft ? "softly " : "", cdn::to_text(order.kind),
                       value.empty() ? "" : " ", value.substr(0, query),
                       query == std::string_view::npos ? "" : "?…");
}

}  // namespace

// A path may stand twice, once for each thing that it does.
std::span<const Admin::Route> Admin::routes() {
    static constexpr Route all[] = {
        {"/healthz", Does::read, {}, On::every_node, &Admin::health},
        {"/readyz", Does::read, {}, On::every_node, &Admin::readiness},
        {"/metrics", Does::read, Role::view, On::every_node, &Admin::metrics},
        {"/", Does::read, Role::view, On::every_node, &Admin::index},
        {"/api/v1/status", Does::read, Role::view, On::edge, &Admin::status},
        {"/api/v1/purge", Does::change, Role::operate, On::edge, &Admin::purge},
        {"/api/v1/revocations", Does::read, Role::view, On::protected_node, &Admin::revocations},
        {"/api/v1/revocations", Does::change, Role::operate, On::protected_node, &Admin::revoke},
    };
    return all;
}

Task<Reply> Admin::answer_to(Request request) {
    auto path = clean_path(request.head->path);
    if (!path) co_return unclean_path();
    request.path = std::move(*path);
    const RequestHead& head = *request.head;
    const bool reads = head.method == Method::get || head.method == Method::head;
    const Route* route = nullptr;
    for (const Route& each : routes()) {
        const bool does = each.does == Does::read ? reads : head.method == Method::post;
        if (each.path == request.path && does && is_here(each)) route = &each;
    }
    if (route == nullptr) co_return no_route(request.path);
    const Caller caller = caller_of(head);
    AuditRecord record;
    record.time = request.now;
    record.client = request.client;
    record.method = head.method_text;
    record.path = request.path;
    std::optional<Answer> answer = refusal(*route, caller, head);
    if (!answer) {
        auto answering = (this->*route->answer)(std::move(request));
        answer = co_await std::move(answering);
    }
    if (route->does == Does::change) {
        record.what = std::move(answer->what);
        record.status = static_cast<int>(answer->reply.status);
        co_await write_down(caller, std::move(record));
    }
    co_return std::move(answer->reply);
}

bool Admin::is_here(const Route& route) const {
    switch (route.on) {
        case On::edge: return edge_ != nullptr;
        case On::protected_node: return auth_ != nullptr;
        case On::every_node: break;
    }
    return true;
}

std::string Admin::paths() const {
    std::string all;
    for (const Route& route : routes()) {
        if (!is_here(route) || route.path == "/" || all.ends_with(route.path)) continue;
        all.append(all.empty() ? "" : " ").append(route.path);
    }
    return all;
}

Reply Admin::no_route(std::string_view path) const {
    std::string allowed;
    for (const Route& route : routes()) {
        if (route.path != path || !is_here(route)) continue;
        allowed.append(allowed.empty() ? "" : ", ").append(route.does == Does::read ? "GET, HEAD" : "POST");
    }
    if (allowed.empty())
        return problem_reply(Status::not_found, fmt::format("The admin listener serves {}.", paths()));
    Reply reply = problem_reply(Status::method_not_allowed, "This takes another method; see Allow.");
    reply.headers.add("Allow", allowed);
    return reply;
}

// RFC 6750 section 2.1; keys in queries and bodies, which get into logs, are not looked for.
Admin::Caller Admin::caller_of(const RequestHead& head) const {
    Caller caller;
    std::string_view credentials;
    std::size_t count = 0;
    for (const Field& field : head.fields) {
        if (!iequals(field.name, "Authorization")) continue;
        credentials = field.value;
        ++count;
    }
    caller.has_key = count > 0;
    constexpr std::string_view scheme = "Bearer ";
    if (count != 1 || !iequals(credentials.substr(0, scheme.size()), scheme)) return caller;
    credentials.remove_prefix(scheme.size());
    caller.account = accounts_.find(trim_blanks(credentials));
    return caller;
}

std::optional<Admin::Answer> Admin::refusal(const Route& route, const Caller& caller,
                                            const RequestHead& head) const {
    if (route.does == Does::change && is_from_a_page(head))
        return Answer{problem_reply(Status::forbidden, "Not from web pages."), "refused: from a web page"};
    if (!route.least || accounts_.empty()) return std::nullopt;
    if (!caller.has_key) {
        measures::admin_refused_no_key.add();
        return Answer{challenge("This takes the key of an account.", ""), "refused: no key"};
    }
    if (caller.account == nullptr) {
        measures::admin_refused_unknown_key.add();
        return Answer{challenge("No account has this key.", R"(, error="invalid_token")"),
                      "refused: no account has this key"};
    }
    if (caller.account->role >= *route.least) return std::nullopt;
    measures::admin_refused_role.add();
    const std::string needed{to_text(*route.least)};
    Answer answer{problem_reply(Status::forbidden, fmt::format("This takes the role {}.", needed)),
                  "refused: it takes the role " + needed};
    answer.reply.headers.add("WWW-Authenticate", R"(Bearer realm="outpost", error="insufficient_scope")");
    return answer;
}

Task<void> Admin::write_down(const Caller& caller, AuditRecord record) {
    if (audit_ == nullptr) co_return;
    if (caller.account != nullptr) {
        record.account = caller.account->name;
        record.role = to_text(caller.account->role);
    } else {
        const bool refused = record.status == static_cast<int>(Status::unauthorized) ||
                             record.status == static_cast<int>(Status::forbidden);
        if (refused && !audit_->has_room_for_refusal(record.time)) co_return;
    }
    co_await audit_->keep(std::move(record));
}

// ---- what the routes answer

Task<Admin::Answer> Admin::index(Request) {
    std::string text = fmt::format("Outpost {}\n{}\n", OUTPOST_VERSION, paths());
    co_return Answer{text_reply(Status::ok, "text/plain; charset=utf-8", std::move(text))};
}

Task<Admin::Answer> Admin::health(Request) {
    co_return Answer{text_reply(Status::ok, "application/json", "{\"status\":\"ok\"}\n")};
}

Task<Admin::Answer> Admin::readiness(Request) { co_return Answer{ready()}; }

Task<Admin::Answer> Admin::metrics(Request) {
    refresh_();
    co_return Answer{text_reply(Status::ok, "text/plain; version=0.0.4; charset=utf-8",
                                outpost::metrics::prometheus_text())};
}

Task<Admin::Answer> Admin::status(Request) {
    co_return Answer{text_reply(Status::ok, "application/json", edge_->status_json())};
}

// It has taken effect here when this answers.
Task<Admin::Answer> Admin::purge(Request request) {
    auto order = cdn::parse_purge_request(request.body);
    if (!order) {
        co_return Answer{problem_reply(Status::bad_request, order.error().line()),
                         "a purge that is not understood"};
    }
    order->id = cdn::new_purge_id();
    order->at = request.now;
    const std::string what = in_words(*order);
    const std::string id = order->id;
    auto purged = co_await edge_->purge_everywhere(std::move(*order));
    if (!purged) co_return Answer{problem_reply(Status::unavailable, "The disks are busy; try again."), what};
    log::info("{}: met {}, {}", what, purged->met,
              purged->spread ? "told to the other nodes" : "this node only");
    co_return Answer{text_reply(Status::ok, "application/json",
                                fmt::format("{{\"purged\":{},\"id\":\"{}\",\"spread\":{}}}\n", purged->met,
                                            id, purged->spread)),
                     what};
}

// It is in force here when this answers, and stays so if the node is killed then.
Task<Admin::Answer> Admin::revoke(Request request) {
    auto revocation = auth::parse_revocation_request(request.body, request.now);
    if (!revocation) {
        co_return Answer{problem_reply(Status::bad_request, revocation.error().line()),
                         "a revocation that is not understood"};
    }
    revocation->id = auth::new_revocation_id();
    const std::string what = fmt::format("revoke {} {} until {}", to_text(revocation->kind),
                                         revocation->value, iso_time(revocation->until));
    const std::string id = revocation->id;
    auto revoked = co_await auth_->revoke(std::move(*revocation));
    if (!revoked) co_return Answer{problem_reply(Status::unavailable, revoked.error().line()), what};
    log::info("{}{}{}", what, revoked->known ? ": it was already" : "",
              revoked->spread ? ", told to the other nodes" : ", this node only");
    co_return Answer{text_reply(Status::ok, "application/json",
                                fmt::format("{{\"id\":\"{}\",\"known\":{},\"spread\":{}}}\n", id,
                                            revoked->known, revoked->spread)),
                     what};
}

Task<Admin::Answer> Admin::revocations(Request) {
    std::string json;
    for (const auth::Revocation& each : auth_->revocations().all())
        json.append(json.empty() ? "" : ",\n").append(auth::to_json(each));
    co_return Answer{text_reply(Status::ok, "application/json", "{\"revocations\":[" + json + "]}\n")};
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
