#include "cdn/edge.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "cdn/fill/object_reader.hpp"
#include "cdn/measures.hpp"
#include "cdn/policy/combine.hpp"
#include "cdn/policy/invalidation.hpp"
#include "cdn/policy/storing.hpp"
#include "cdn/policy/vary.hpp"

namespace outpost::cdn {
namespace {

// Times that a request looks again because what it waited for was not for it.
constexpr int most_attempts = 4;
// Beyond so many caches something goes in circles that does not name itself.
constexpr std::size_t most_hops = 16;

// Of a reply that passes through: origins have limits of their own.
constexpr Milliseconds longest_head{120'000};

// Whether its Vary lets it answer the request (RFC 9111 section 4.1).
bool is_for(const Object& object, const Request& request) {
    const HeadPtr head = object.head();
    return policy::selecting_key(head->vary_names, request.fields) == head->selecting_key;
}

// Requests whose meaning is in what the key and Vary can't see: content in a GET, fields that Connection
// takes away before the origin sees them. They pass, and nothing is kept of them.
bool is_odd(const Request& request) {
    if (!request.body.empty()) return true;
    std::string room;
    const std::string_view connection = http::join_fields(request.fields, "Connection", room);
    if (connection.empty() || iequals(connection, "keep-alive")) return false;
    for (const std::string_view token : split(connection, ',')) {
        const std::string_view name = trim_blanks(token);
        const bool usual = name.empty() || iequals(name, "close") || iequals(name, "keep-alive") ||
                           iequals(name, "te") || iequals(name, "upgrade") ||
                           iequals(name, "http2-settings") || iequals(name, "proxy-connection");
        if (!usual) return true;
    }
    return false;
}

// Takes what an unsafe request has made untrue out of the cache, in a thread that may wait for the index.
struct Invalidate {
    Cache* cache;
    const std::vector<std::string>* keys;
    WallTime now;
    boost::system::error_code operator()() const {
        for (const std::string& key : *keys) cache->purge({PurgeScope::Kind::key, key}, false, now);
        return {};
    }
};

bool is_stale_now(const Object& object, SteadyTime now) {
    return std::chrono::duration_cast<Milliseconds>(now.time_since_epoch()).count() < object.no_asking_before;
}

}  // namespace

Edge::Edge(EdgeOptions options, Cache& cache, Filler& filler)
    : options_{std::move(options)}, cache_{cache}, filler_{filler} {
    via_line_ = "Via: " + policy::via("1.1", options_.identity.name) + "\r\n";
    prefetch_with(options_.prefetch);
}

const Route& Edge::route_for(const Request& request) const {
    for (const Route& route : options_.routes) {
        if (http::matches(route.match, request.host, request.path)) return route;
    }
    return options_.routes.back();
}

Eventual<Reply> Edge::handle(Request request) {
    const Route& route = route_for(request);
    request.path = {};
    Visit visit{request,
                route,
                policy::request_facts(request.method, request.fields),
                {},
                {},
                nullptr,
                steady_tick() + options_.wait};
    visit.key =
        policy::cache_key(request.scheme, request.host, request.raw_path, request.raw_query, route.key);
    visit.hash = key_hash(visit.key);
    const policy::CdnLoop loop = policy::parse_cdn_loop(request.fields, options_.identity.name);
    if (loop.ours > 0 || loop.hops > most_hops) {
        return refusal(visit, 508, {}, "This request has been here before.");
    }
    auto reply = hit(visit);
    if (!reply) return serve(std::move(visit));
    if (prefetch_) look_ahead(visit, *reply);
    return std::move(*reply);
}

// What is stored, fresh and readable without a wait, as most requests find it. Nothing: serve() knows more.
std::optional<Reply> Edge::hit(Visit& visit) {
    const bool reads = visit.facts.is_get || visit.facts.is_head;
    if (!reads || visit.route.mode == RouteMode::bypass || is_odd(visit.request)) return std::nullopt;
    visit.entry = cache_.find(visit.hash, visit.key);
    if (!visit.entry || !visit.entry->ready()) return std::nullopt;
    const std::shared_ptr<Object> object = visit.entry->select(visit.request.fields).object;
    if (!object || !object->whole()) return std::nullopt;
    const HeadPtr head = object->head();
    const auto decision =
        policy::decide_reuse(visit.facts, head->stored(), visit.route.rules, visit.request.now);
    if (decision.verdict != policy::Reuse::fresh) return std::nullopt;
    Draft made = draft(visit, *object, *head);
    if (made.has_body) {
        if (auto body = object->small_body()) {
            made.reply.body = Body::of(std::move(body)).slice(made.range);
        } else {
            auto reader = reader_of(visit, object, made.range);
            if (!reader->begun()) return std::nullopt;
            made.reply.body = Body::of(std::move(reader), made.size);
        }
    }
    object->disk_use.mark_hit();
    Told told;
    told.how = object->in_memory() ? Answered::hit_memory : Answered::hit_disk;
    tell(made.reply, visit, *head, told);
    return std::move(made.reply);
}

Task<Reply> Edge::serve(Visit visit) {
    Reply reply = co_await serve_from(visit);
    if (prefetch_) look_ahead(visit, reply);
    co_return reply;
}

Task<Reply> Edge::serve_from(Visit& visit) {
    if (!visit.facts.is_get && !visit.facts.is_head) {
        co_return co_await pass(visit, policy::Forward::method);
    }
    if (visit.route.mode == RouteMode::bypass) {
        if (visit.facts.cache_control.only_if_cached)
            co_return refusal(visit, 504, {},
                              "Nothing of this route is cached, and the request asks nobody else.");
        co_return co_await pass(visit, policy::Forward::bypass);
    }
    if (is_odd(visit.request)) co_return co_await pass(visit, policy::Forward::bypass);
    if (!visit.entry || !visit.entry->ready()) {
        policy::FreshnessRules rules = visit.route.rules;
        std::string key = visit.key;
        visit.entry = co_await cache_.entry(visit.hash, std::move(key), std::move(rules), visit.deadline);
    }
    if (!visit.entry) co_return co_await pass(visit, policy::Forward::bypass);
    for (int i = 0; i < most_attempts; ++i) {
        auto reply = co_await attempt(visit);
        if (reply) co_return std::move(*reply);
    }
    co_return co_await pass(visit, policy::Forward::miss);
}

// One look at what is stored, and what follows from it. Nothing: look again.
Task<std::optional<Reply>> Edge::attempt(Visit& visit) {
    const Entry::Selected selected = visit.entry->select(visit.request.fields);
    const std::shared_ptr<Object> object = selected.object;
    visit.seen = selected.version;
    if (!object) {
        if (visit.facts.cache_control.only_if_cached)
            co_return refusal(visit, 504, {}, "It is not in this cache, and the request asks nobody else.");
        const auto why = selected.others ? policy::Forward::vary_miss : policy::Forward::uri_miss;
        co_return co_await ask_origin(visit, nullptr, why);
    }
    // What has come in part is no answer without an origin (RFC 9111 section 3.3).
    if (visit.facts.cache_control.only_if_cached && !object->whole() &&
        http::find_field(visit.request.fields, "Range").empty())
        co_return refusal(visit, 504, {},
                          "Not all of it is in this cache, and the request asks nobody else.");
    const HeadPtr head = object->head();
    const policy::ReuseDecision decision =
        policy::decide_reuse(visit.facts, head->stored(), visit.route.rules, visit.request.now);
    Told told;
    told.how = object->in_memory() ? Answered::hit_memory : Answered::hit_disk;
    switch (decision.verdict) {
        case policy::Reuse::fresh: break;
        case policy::Reuse::stale_while_revalidate: validate_behind(visit, object); [[fallthrough]];
        case policy::Reuse::stale_allowed: told.how = Answered::stale; break;
        case policy::Reuse::gateway_timeout:
            co_return refusal(visit, 504, {}, "What is stored may not be used without asking its origin.");
        case policy::Reuse::must_validate:
            if (!is_stale_now(*object, steady_now()) || !may_serve_stale(visit, *object)) {
                const bool asked = decision.reason == policy::ReuseReason::request_no_cache ||
                                   decision.reason == policy::ReuseReason::request_max_age ||
                                   decision.reason == policy::ReuseReason::request_min_fresh;
                const auto why = asked ? policy::Forward::request : policy::Forward::stale;
                co_return co_await ask_origin(visit, object, why);
            }
            told.how = Answered::stale;
            told.detail = "ORIGIN_FAILED";
    }
    co_return co_await from_object(visit, object, told);
}

bool Edge::may_serve_stale(const Visit& visit, const Object& object) const {
    const HeadPtr head = object.head();
    return policy::may_serve_stale_on_error(visit.facts, head->stored(), visit.route.rules,
                                            visit.request.now);
}

AskPtr Edge::ask_for(const Visit& visit) const {
    return make_ask(visit.request, visit.route, visit.key, visit.hash, options_.identity);
}

void Edge::validate_behind(const Visit& visit, const std::shared_ptr<Object>& object) {
    if (is_stale_now(*object, steady_now())) return;
    const Entry::Joined joined =
        visit.entry->join(visit.request.fields, cache_.purges().generation(), visit.seen);
    if (!joined.leads) return;
    filler_.launch({joined.flight, visit.entry, ask_for(visit), object, nullptr, nullptr});
}

// However many ask, one asks the origin; the others wait for its answer within their own limit.
Task<std::optional<Reply>> Edge::ask_origin(Visit& visit, std::shared_ptr<Object> stale,
                                            policy::Forward why) {
    if (visit.facts.is_head || visit.entry->is_private(steady_now())) {
        co_return co_await pass(visit, why);
    }
    const Entry::Joined joined =
        visit.entry->join(visit.request.fields, cache_.purges().generation(), visit.seen);
    if (!joined.flight) co_return std::nullopt;
    std::shared_ptr<Passage> passage;
    if (joined.leads) {
        passage = std::make_shared<Passage>();
        filler_.launch({joined.flight, visit.entry, ask_for(visit), stale, passage, nullptr});
    }
    auto landing = co_await joined.flight->wait(visit.deadline, options_.waiters, visit.request.presence);
    if (landing) {
        co_return co_await landed(visit, std::move(*landing), std::move(stale), why, joined.leads);
    }
    if (passage) passage->leave();
    if (stale && may_serve_stale(visit, *stale)) {
        Told told{Answered::stale, why, {}, false, !joined.leads, "ORIGIN_SLOW"};
        co_return co_await from_object(visit, std::move(stale), told);
    }
    if (options_.after_wait == AfterWait::fetch && !joined.leads) {
        co_return co_await pass(visit, why);
    }
    measures::refused.add();
    co_return refusal(visit, 503, {}, "The origin's answer is still awaited.");
}

Task<std::optional<Reply>> Edge::landed(Visit& visit, Landing landing, std::shared_ptr<Object> stale,
                                        policy::Forward why, bool leads) {
    Told told{leads ? Answered::miss : Answered::collapsed, why, {}, false, !leads, {}};
    const bool stale_serves = stale && may_serve_stale(visit, *stale);
    switch (landing.kind) {
        case Landing::Kind::stored: {
            const HeadPtr head = landing.object->head();
            if (!is_for(*landing.object, visit.request)) co_return std::nullopt;
            told.forward_status = head->facts.status;
            if (policy::is_origin_failure(head->facts.status) && stale_serves) {
                told.how = Answered::stale;
                co_return co_await from_object(visit, std::move(stale), told);
            }
            told.stored = !landing.object->dropped;
            co_return co_await from_object(visit, std::move(landing.object), told);
        }
        case Landing::Kind::validated:
            if (!leads && (landing.only_first || !is_for(*landing.object, visit.request)))
                co_return std::nullopt;
            if (leads) told.how = Answered::revalidated;
            told.forward_status = 304;
            co_return co_await from_object(visit, std::move(landing.object), told);
        case Landing::Kind::passed:
            if (leads && landing.passage && !(landing.error && stale_serves))
                co_return co_await from_passage(visit, std::move(landing.passage), why);
            if (landing.passage && leads) landing.passage->leave();
            if (!landing.error) co_return co_await pass(visit, why);
            break;
        case Landing::Kind::again: co_return std::nullopt;
        case Landing::Kind::failed: break;
    }
    if (stale_serves) {
        told.how = Answered::stale;
        co_return co_await from_object(visit, std::move(stale), told);
    }
    co_return refusal(visit, 0, landing.error, "The origin can't be asked now.");
}

// ---- past the cache

Task<Reply> Edge::pass(Visit& visit, policy::Forward why) {
    const auto passage = std::make_shared<Passage>();
    http::FieldList more;
    for (const http::Field& field : visit.request.fields) {
        const auto is = [&](std::string_view name) { return iequals(field.name, name); };
        if (is("Range") || is("If-Range") || is("If-Match") || is("If-None-Match") ||
            is("If-Modified-Since") || is("If-Unmodified-Since")) {
            more.add(field.name, field.value);
        }
    }
    filler_.pass(ask_for(visit), std::move(more), passage);
    co_return co_await from_passage(visit, passage, why);
}

Task<Reply> Edge::from_passage(Visit& visit, std::shared_ptr<Passage> passage, policy::Forward why) {
    auto head = co_await passage->head(steady_now() + longest_head, visit.request.presence);
    if (!head) {
        passage->leave();
        co_return refusal(visit, 0, head.error(), "The origin can't be asked now.");
    }
    if (head->status == 304 &&
        !visit.facts.has_conditions) {  // the client has nothing that could be unchanged
        passage->leave();
        co_return refusal(visit, 0, Errc::origin_malformed, "The origin's answer makes no sense.");
    }
    if (visit.facts.is_head && visit.entry) note_head(visit, *head);
    if (!policy::is_safe(visit.request.method)) co_await invalidate(visit, *head);
    co_return passing(visit, std::move(passage), std::move(*head), why);
}

// RFC 9111 section 4.3.5: what a HEAD tells of a stored GET counts.
void Edge::note_head(const Visit& visit, const Passage::Head& head) {
    const std::shared_ptr<Object> object = visit.entry->select(visit.request.fields).object;
    if (!object) return;
    const HeadPtr stored = object->head();
    const auto fields = head.fields.fields();
    const auto facts = policy::response_facts(head.status, fields, visit.request.now, visit.request.now);
    // What could not have been stored as the answer to a GET says nothing about what is.
    policy::RequestFacts as_get = visit.facts;
    as_get.is_get = true;
    if (!policy::may_store(as_get, facts, visit.route.rules).store) return;
    switch (policy::head_effect(stored->facts, facts)) {
        case policy::HeadEffect::nothing: return;
        case policy::HeadEffect::invalidate: return cache_.drop(visit.entry, object);
        case policy::HeadEffect::freshen:
            cache_.freshen(visit.entry, object,
                           freshened(*stored, fields, visit.request.fields, visit.route.rules,
                                     visit.request.now, visit.request.now));
    }
}

// RFC 9111 section 4.4. What is stored is gone before the client learns of the change.
Task<void> Edge::invalidate(const Visit& visit, const Passage::Head& head) {
    const std::string text =
        std::string{visit.request.scheme} + "://" + std::string{visit.request.host} +
        std::string{visit.request.raw_path} +
        (visit.request.raw_query.empty() ? "" : "?" + std::string{visit.request.raw_query});
    const auto target = parse_uri(text);
    if (!target) co_return;
    std::vector<std::string> keys;
    for (const std::string& uri :
         policy::invalidated_uris(visit.request.method, *target, head.status, head.fields.fields())) {
        if (auto key = key_of(uri)) keys.push_back(std::move(*key));
    }
    if (keys.empty()) co_return;
    const Invalidate work{&cache_, &keys, visit.request.now};
    if (const auto error = co_await cache_.pool().run(work)) {
        log::warning("{}: not invalidated: {}", visit.key, error.message());
    }
}

std::optional<std::string> Edge::key_of(std::string_view url) const {
    const auto uri = parse_uri(url);
    if (!uri) return std::nullopt;
    const std::string host = uri->authority();
    const auto path = decode_path(uri->path);
    if (!path) return std::nullopt;
    Request request;
    request.host = host;
    request.path = *path;
    const Route& route = route_for(request);
    return policy::cache_key(uri->scheme, host, uri->path, uri->query.value_or(""), route.key);
}

}  // namespace outpost::cdn
