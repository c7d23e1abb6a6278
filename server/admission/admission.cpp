#include "server/admission/admission.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <xxhash.h>

#include "auth/formats/format.hpp"
#include "base/log.hpp"
#include "cdn/policy/cmcd.hpp"
#include "server/admission/access_measures.hpp"
#include "server/admission/cookie_path.hpp"
#include "server/admission/rendition.hpp"

namespace outpost::server {
namespace {

using auth::Format;
using auth::Reason;
using auth::Refusal;

std::uint64_t hash(std::string_view kind, std::string_view a, std::string_view b = {},
                   std::string_view c = {}) {
    std::string text;
    text.reserve(kind.size() + a.size() + b.size() + c.size() + 3);
    text.append(kind).append(1, '\0').append(a).append(1, '\0').append(b).append(1, '\0').append(c);
    return XXH3_64bits(text.data(), text.size());
}

// What a token is called where its limits are counted: the same on every edge.
std::string_view name_of(const auth::Remembered& token) {
    return token.claims.id.empty() ? std::string_view{token.token} : std::string_view{token.claims.id};
}

Status status_of(const Refusal& refusal, std::optional<Format> format) {
    switch (refusal.reason) {
        case Reason::missing: return Status::unauthorized;
        case Reason::streams:
        case Reason::rate: return Status::too_many_requests;
        default: break;
    }
    // CTA-5007 says 401 for whatever is wrong, RFC 9246 says 403.
    return format == Format::cat ? Status::unauthorized : Status::forbidden;
}

std::string_view detail_of(Status status) {
    switch (status) {
        case Status::unauthorized: return "A valid token is needed.";
        case Status::too_many_requests: return "Too many at once.";
        default: break;
    }
    return "This is not allowed.";
}

// A path as the most forgiving server would read it: without parameters of segments, and one slash for many.
// No rule is got around by a spelling that its origin does not mind.
std::string loosely_read(std::string_view path) {
    std::string out;
    bool in_parameter = false;
    for (const char c : path) {
        if (c == '/') in_parameter = false;
        if (c == ';') in_parameter = true;
        if (!in_parameter && !(c == '/' && out.ends_with('/'))) out += c;
    }
    return out;
}

// Every key that a token comes from is kept, beside whatever its maker said: who stole one could say another.
void note_origin(auth::Claims& claims, const std::string& key) {
    for (auth::Claim& claim : claims.others) {
        if (claim.name != auth::renewed_from_claim) continue;
        if (std::find(claim.values.begin(), claim.values.end(), key) == claim.values.end())
            claim.values.push_back(key);
        return;
    }
    claims.others.push_back({std::string{auth::renewed_from_claim}, {key}});
}

bool is_manifest(std::string_view path) { return path.ends_with(".m3u8") || path.ends_with(".mpd"); }

}  // namespace

Admission::Admission(AdmissionOptions options, const KeyStore& keys, const auth::Revocations& revocations)
    : options_{std::move(options)},
      keys_{keys},
      revocations_{revocations},
      memory_{options_.remembered},
      leases_{options_.limited},
      buckets_{options_.limited},
      replays_{options_.limited} {
    for (const AccessRule& rule : options_.rules) {
        for (std::size_t i = 0; i < formats_.size(); ++i) formats_[i] = formats_[i] || rule.rule.formats[i];
    }
}

auth::Taken Admission::take(http::RequestHead& head, std::string& room) const {
    return auth::take_tokens(head, formats_, room);
}

const AccessRule* Admission::rule_for(const Request& request) const {
    const bool plain =
        request.path.find("//") == std::string::npos && request.path.find(';') == std::string::npos;
    const std::string loose = plain ? std::string{} : loosely_read(request.path);
    const std::string_view path = plain ? std::string_view{request.path} : std::string_view{loose};
    for (const AccessRule& rule : options_.rules) {
        if (http::matches(rule.match, request.head->host, path)) return &rule;
    }
    return nullptr;
}

auth::RequestFacts Admission::facts_of(const Request& request) const {
    const http::RequestHead& head = *request.head;
    auth::RequestFacts facts;
    facts.method = head.method_text;
    facts.scheme = request.tls ? "https" : "http";
    facts.host = head.host;
    facts.raw_path = head.path;
    facts.path = request.path;
    facts.query = head.query;
    facts.fields = head.fields;
    facts.client = request.client;
    facts.protocol = "http/1.1";
    facts.certificate = request.certificate;
    facts.now = request.now;
    return facts;
}

Admission::Decision Admission::admit(const Request& request, const auth::Taken& taken) {
    const AccessRule* rule = rule_for(request);
    if (rule == nullptr) {
        if (!options_.refuse_otherwise) return Pass{};
        return refuse(request, {Reason::closed, "no [[access]] is for it"}, std::nullopt);
    }
    Pass pass;
    pass.rule = rule;
    pass.path_scope = taken.path_scope;
    pass.cap = rule->rule.cap;
    const auth::RequestFacts facts = facts_of(request);
    if (auto refusal = auth::check_request(rule->rule, facts)) return refuse(request, *refusal, std::nullopt);
    // Before a signature is looked at: who asks too often shall not keep the processor busy with bad ones.
    if (auto refusal = check_address(request, *rule)) return refuse(request, *refusal, std::nullopt);
    if (rule->rule.let == auth::Rule::Let::tokens) {
        if (rule->rule.places[static_cast<std::size_t>(auth::Place::authorization)])
            auth::drop_bearer(*request.head);
        if (auto refusal = choose(*rule, taken, facts, pass)) {
            const bool any = !taken.tokens.empty();
            return refuse(request, *refusal, any ? std::optional{taken.tokens.front().format} : std::nullopt);
        }
        pass.cap = auth::both(pass.cap, pass.token->claims.cap);
    }
    if (pass.cap.height != 0 && rule->height > pass.cap.height)
        return refuse(request, {Reason::rendition}, pass.presented.format);
    if (auto refusal = check_use(request, pass)) return refuse(request, *refusal, std::nullopt);
    return pass;
}

// The first token that does; else why the most promising one doesn't.
std::optional<Refusal> Admission::choose(const AccessRule& rule, const auth::Taken& taken,
                                         const auth::RequestFacts& facts, Pass& pass) {
    std::optional<Refusal> why;
    for (const auth::Presented& presented : taken.tokens) {
        if (!rule.rule.places[static_cast<std::size_t>(presented.place)]) continue;
        std::optional<Refusal> refusal;
        if (!rule.rule.formats[static_cast<std::size_t>(presented.format)]) {
            refusal = Refusal{Reason::format, std::string{to_text(presented.format)}};
        } else {
            auto token = verified(presented, facts);
            refusal = token ? check_token(rule, **token, facts) : token.error();
            if (!refusal) {
                pass.token = std::move(*token);
                pass.presented = presented;
                return std::nullopt;
            }
        }
        why = std::move(refusal);
    }
    if (why) return why;
    return Refusal{Reason::missing};
}

auth::Verdict<auth::RememberedPtr> Admission::verified(const auth::Presented& presented,
                                                       const auth::RequestFacts& facts) {
    if (presented.token.size() > options_.token_bytes) return Refusal{Reason::too_large};
    const std::uint64_t hash = memory_.hash_of(presented.format, presented.token);
    if (auto remembered = memory_.find(presented.format, presented.token, hash)) {
        if (auto refusal = look_again(*remembered)) return *refusal;
        return remembered;
    }
    const auto ring = keys_.ring();
    auto claims = auth::verify(presented.format, presented.token,
                               {*ring.keys, facts, options_.audience, options_.token_bytes});
    if (!claims) return claims.error();
    measures::tokens_verified(presented.format).add();
    auto remembered = memory_.keep(presented.token, hash, std::move(*claims));
    if (auto refusal = look_again(*remembered)) return *refusal;
    return remembered;
}

// What may have changed since it was verified: its key may have left, it may have been revoked.
std::optional<Refusal> Admission::look_again(const auth::Remembered& token) {
    if (token.keys_version.load(std::memory_order_acquire) != keys_.version()) {
        const auto ring = keys_.ring();
        const auth::Claim* before = token.claims.find(auth::renewed_from_claim);
        const auto knows = [&ring](const std::string& id) { return ring.keys->knows(id); };
        const bool all_known =
            before == nullptr || std::all_of(before->values.begin(), before->values.end(), knows);
        if (!ring.keys->holds(*token.claims.key) || !all_known) {
            memory_.forget(token);
            return Refusal{Reason::unknown_key, "it has left"};
        }
        token.keys_version.store(ring.version, std::memory_order_release);
    }
    const std::uint64_t version = revocations_.version();
    if (token.revocations_version.load(std::memory_order_acquire) == version) return std::nullopt;
    if (const auto revoked = revocations_.find(token.claims))
        return Refusal{Reason::revoked, fmt::format("as its {}", to_text(revoked->kind))};
    token.revocations_version.store(version, std::memory_order_release);
    return std::nullopt;
}

std::optional<Refusal> Admission::check_token(const AccessRule& rule, const auth::Remembered& token,
                                              const auth::RequestFacts& facts) {
    if (auto refusal = auth::check(token.claims, facts, options_.leeway)) return refusal;
    if (auto refusal = auth::check_claims(rule.rule, token.claims, facts)) return refusal;
    if (token.claims.replay == auth::Replay::allowed) return std::nullopt;
    if (!token.claims.expires) return Refusal{Reason::unsupported, "to be used once, and it never expires"};
    const std::uint64_t which = token.claims.identity != 0 ? token.claims.identity : token.hash;
    const auto use = replays_.use(which, *token.claims.expires + options_.leeway, facts.now);
    if (use == auth::Replays::Use::again) {
        measures::tokens_replayed.add();
        if (token.claims.replay == auth::Replay::forbidden) return Refusal{Reason::replayed};
    }
    if (use == auth::Replays::Use::full && token.claims.replay == auth::Replay::forbidden)
        return Refusal{Reason::replayed, "too many are kept count of"};
    return std::nullopt;
}

// ---- limits

bool Admission::take_from_bucket(std::uint64_t key, std::uint32_t rate) {
    const auto burst =
        static_cast<std::uint64_t>(rate) * static_cast<std::uint64_t>(options_.burst.count()) / 1000;
    return buckets_.take(
        key, rate, static_cast<std::uint32_t>(std::clamp<std::uint64_t>(burst, 1, UINT32_MAX)), steady_now());
}

// Whether somebody of this name has come too often for a rate; 0 is none.
bool Admission::is_too_often(std::string_view kind, std::string_view name, std::uint32_t rate) {
    return rate != 0 && !take_from_bucket(hash(kind, name), rate);
}

std::optional<Refusal> Admission::check_address(const Request& request, const AccessRule& rule) {
    const AccessLimits& limits = rule.limits;
    if (is_too_often("address requests", request.client, limits.address_requests))
        return Refusal{Reason::rate, "requests of one address"};
    if (request.first && is_too_often("address connections", request.client, limits.address_connections))
        return Refusal{Reason::rate, "connections of one address"};
    return std::nullopt;
}

std::optional<Refusal> Admission::check_use(const Request& request, const Pass& pass) {
    if (!pass.token) return std::nullopt;
    const AccessLimits& limits = pass.rule->limits;
    if (is_too_often("token requests", name_of(*pass.token), limits.token_requests))
        return Refusal{Reason::rate, "requests with one token"};
    if (request.first && is_too_often("token connections", name_of(*pass.token), limits.token_connections))
        return Refusal{Reason::rate, "connections with one token"};
    if (limits.streams == 0 && limits.device_streams == 0) return std::nullopt;
    return check_streams(request, pass);
}

std::optional<Refusal> Admission::check_streams(const Request& request, const Pass& pass) {
    const auth::Claims& claims = pass.token->claims;
    const AccessLimits& limits = pass.rule->limits;
    const std::string session = options_.by_session
                                    ? cdn::policy::session_id(request.head->query, request.head->fields)
                                    : std::string{};
    if (limits.device_streams != 0 && !claims.device().empty()) {
        const std::uint64_t stream = hash("stream", request.client, session);
        if (!leases_.hold(hash("device", claims.device()), stream, limits.device_streams, options_.lease,
                          request.now))
            return Refusal{Reason::streams, "of one device"};
    }
    if (limits.streams == 0) return std::nullopt;
    const std::string_view subject =
        claims.subject.empty() ? name_of(*pass.token) : std::string_view{claims.subject};
    const std::uint64_t stream = claims.device().empty() ? hash("stream", request.client, session)
                                                         : hash("stream of device", claims.device(), session);
    if (!leases_.hold(hash("subject", subject), stream, limits.streams, options_.lease, request.now))
        return Refusal{Reason::streams, "of one subject"};
    return std::nullopt;
}

// ---- manifests, renditions, renewal

std::optional<manifest::ViewOptions> Admission::view_of(const Request& request, const Pass& pass) {
    if (pass.rule == nullptr || !is_manifest(request.path)) return std::nullopt;
    manifest::ViewOptions view;
    view.authority = request.head->host;
    view.max_height = pass.cap.height;
    view.max_bandwidth = pass.cap.bandwidth;
    if (pass.token && pass.presented.place == auth::Place::query) {
        view.query_name = auth::query_name(pass.presented.format);
        if (!view.query_name.empty()) view.query = pass.rule->query;
        // An MPD has no variables: there the token itself must stand.
        if (view.query == manifest::ViewOptions::Query::define && !request.path.ends_with(".m3u8"))
            view.query = manifest::ViewOptions::Query::append;
        if (view.query == manifest::ViewOptions::Query::append) {
            const auto next =
                pass.token->claims.renewal.by == auth::Renewal::By::query ? renewal(request, pass) : nullptr;
            view.query_value = next ? next->token : std::string{pass.presented.token};
        }
    }
    if (!manifest::changes(view)) return std::nullopt;
    return view;
}

// The token that follows, when it is time for it.
std::shared_ptr<const auth::Renewed> Admission::renewal(const Request& request, const Pass& pass) {
    const auth::Remembered& token = *pass.token;
    const auth::Renewal& rules = token.claims.renewal;
    if (rules.lifetime <= Seconds{0} || !token.claims.expires) return nullptr;
    // A quarter of its life is gone, if it doesn't say otherwise: whoever pauses for a while still has one.
    const Seconds left_at_most = rules.deadline > Seconds{0} ? rules.deadline : rules.lifetime * 3 / 4;
    if (*token.claims.expires - request.now > left_at_most) return nullptr;
    auto last = token.renewed.load();
    if (last && request.now >= last->made && request.now - last->made < rules.lifetime / 8) return last;
    const auto ring = keys_.ring();
    const auto key = !options_.renewal_key.empty() || !token.claims.key->can_sign()
                         ? ring.keys->signer(options_.renewal_key, request.now)
                         : token.claims.key;
    if (!key || !key->can_sign() || !auth::fits(key->algorithm(), token.claims.format)) {
        measures::renewals_failed.add();
        return nullptr;
    }
    auth::Claims next = token.claims;
    next.issuer = key->facts().issuer;
    if (key->id() != token.claims.key->id()) note_origin(next, token.claims.key->id());
    next.issued = request.now;
    next.not_before.reset();
    next.expires = request.now + rules.lifetime;
    auto text = auth::mint(next, *key, facts_of(request).uri());
    if (!text) {
        measures::renewals_failed.add();
        return nullptr;
    }
    auto made =
        std::make_shared<const auth::Renewed>(auth::Renewed{std::move(*text), request.now, *next.expires});
    token.renewed.store(made);
    measures::renewals.add();
    return made;
}

void Admission::finish(const Request& request, const Pass& pass, Reply& reply) {
    if (pass.cap.limits()) {
        const auto rendition = rendition_of(reply.headers.text());
        const bool above =
            rendition && ((pass.cap.height != 0 && rendition->height > pass.cap.height) ||
                          (pass.cap.bandwidth != BitRate{} && rendition->bandwidth > pass.cap.bandwidth));
        if (above) {
            reply = refuse(request, {Reason::rendition}, pass.presented.format);
            return;
        }
    }
    if (!pass.token || static_cast<int>(reply.status) >= 400) return;
    const auth::Renewal& rules = pass.token->claims.renewal;
    if (rules.by != auth::Renewal::By::cookie && rules.by != auth::Renewal::By::header) return;
    const auto next = renewal(request, pass);
    if (!next) return;
    const Format format = pass.token->claims.format;
    const std::string_view name =
        !rules.name.empty() ? std::string_view{rules.name} : auth::cookie_name(format);
    if (rules.by == auth::Renewal::By::header) {
        reply.headers.add(name, next->token);
        reply.headers.add("Cache-Control", fmt::format("private=\"{}\"", name));
        return;
    }
    const auto scope = cookie_path(request.head->path, pass.path_scope, rules.path_depth);
    if (!scope) return;
    reply.headers.add("Set-Cookie",
                      fmt::format("{}={}; Path={}; Max-Age={}; HttpOnly{}", name, next->token, *scope,
                                  rules.lifetime.count(), request.tls ? "; Secure; SameSite=None" : ""));
    reply.headers.add("Cache-Control", "private=\"Set-Cookie\"");
}

// ---- refusing

Reply Admission::refuse(const Request& request, const Refusal& refusal, std::optional<Format> format) {
    measures::refused(refusal.reason).add();
    log_refusal(request, refusal);
    const Status status = status_of(refusal, format);
    Reply reply = problem_reply(status, detail_of(status));
    if (status == Status::unauthorized) reply.headers.add("WWW-Authenticate", "Bearer");
    if (status == Status::too_many_requests) reply.headers.add("Retry-After", "1");
    reply.refused = to_text(refusal.reason);
    return reply;
}

// One line a second for each reason: a crowd with one old token must not fill a disk.
void Admission::log_refusal(const Request& request, const Refusal& refusal) {
    const auto index = static_cast<std::size_t>(refusal.reason);
    const std::int64_t second = std::chrono::floor<Seconds>(request.now).time_since_epoch().count();
    std::int64_t last = logged_[index].load(std::memory_order_relaxed);
    if (last == second || !logged_[index].compare_exchange_strong(last, second, std::memory_order_relaxed)) {
        unlogged_[index].fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const std::uint32_t more = unlogged_[index].exchange(0, std::memory_order_relaxed);
    log::warning("refused: {} {} from {}: {}{}", request.head->method_text, request.head->path,
                 request.client, refusal.line(),
                 more == 0 ? "" : fmt::format(", and {} more since the last line like it", more));
}

}  // namespace outpost::server
