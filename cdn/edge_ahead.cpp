// Edge: what is fetched ahead of the players. It goes the way of any other question (Entry::join, Filler), so
// that a client who comes meanwhile waits for the same answer; nothing is ever fetched ahead because of
// something that was fetched ahead.
#include <algorithm>
#include <array>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>

#include "base/document.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cdn/edge.hpp"
#include "cdn/measures.hpp"

namespace outpost::cdn {
namespace {

// Manifests that are read at once; what comes then is not learnt from.
constexpr std::size_t most_reading = 16;

// About the client's own request or connection, not about what it will want next.
bool is_about_request(std::string_view name) {
    constexpr std::array<std::string_view, 9> names{"Range",
                                                    "If-Range",
                                                    "If-Match",
                                                    "If-None-Match",
                                                    "If-Modified-Since",
                                                    "If-Unmodified-Since",
                                                    "Cache-Control",
                                                    "Pragma",
                                                    "CMCD-Request"};
    return std::any_of(names.begin(), names.end(),
                       [name](std::string_view each) { return iequals(each, name); });
}

// What went well, and is shared: what passes by the cache is not worth fetching twice.
bool calls_for_next(const Reply& reply) {
    const bool shared =
        reply.how != Answered::passed && reply.how != Answered::refused && reply.how != Answered::failed;
    return shared && (reply.status == 200 || reply.status == 206 || reply.status == 304);
}

// The bytes of a whole body, whatever it is encoded in; for a thread that may wait.
std::optional<std::string> text_of(const Object& object, std::size_t most) {
    const auto length = object.length();
    if (!length || *length > most) return std::nullopt;
    std::string text;
    if (const auto small = object.small_body()) {
        text = *small;
    } else {
        text.resize(*length);
        if (::pread(object.file(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
            return std::nullopt;
    }
    const HeadPtr head = object.head();
    const std::string_view coding = head->fields.find("Content-Encoding");
    if (coding.empty() || iequals(coding, "identity")) return text;
    if (iequals(coding, "gzip") || iequals(coding, "x-gzip")) return gzip_expanded(text, most);
    return std::nullopt;
}

}  // namespace

// What a manifest tells, found out in a thread that may wait.
struct Edge::ReadManifest {
    const Edge* edge;
    const Object* object;
    ManifestKind kind;
    const Uri* at;
    std::vector<std::string>* come;

    boost::system::error_code operator()() const {
        Prefetch& prefetch = *edge->prefetch_;
        const auto text = text_of(*object, prefetch.options().manifest.count());
        if (!text) return {};
        const auto key_of = [this](const Uri& uri) -> std::optional<KeyHash> {
            const auto place = edge->place_of(uri);
            if (!place) return std::nullopt;
            return key_hash(place->key);
        };
        *come = prefetch.learn(kind, *text, *at, key_of);
        return {};
    }
};

struct Edge::Ahead {
    AskPtr ask;
    std::optional<ByteRange> range;
    PrefetchPermit permit;
};

void Edge::prefetch_with(const PrefetchOptions& options) {
    if (options.ahead == 0) return;
    prefetch_ = std::make_unique<Prefetch>(options);
    filler_.on_whole = [this](const AskPtr& ask, const std::shared_ptr<Object>& object) {
        learn_from(ask, object);
    };
}

// Nothing on a route that keeps nothing.
std::optional<Edge::Place> Edge::place_of(const Uri& uri) const {
    const std::string host = uri.authority();
    const auto path = decode_path(uri.path);
    if (!path) return std::nullopt;
    Request request;
    request.host = host;
    request.path = *path;
    const Route& route = route_for(request);
    if (route.mode == RouteMode::bypass) return std::nullopt;
    return Place{&route, policy::cache_key(uri.scheme, host, uri.path, uri.query.value_or(""), route.key)};
}

void Edge::look_ahead(const Visit& visit, const Reply& reply) {
    if (!visit.facts.is_get || !calls_for_next(reply)) return;
    for (const policy::NextObject& next : prefetch_->after(visit.request, visit.hash))
        fetch_ahead(visit.request.scheme, visit.request.host, visit.request.fields, next);
}

void Edge::fetch_ahead(std::string_view scheme, std::string_view host, std::span<const http::Field> fields,
                       const policy::NextObject& next) {
    const auto uri = parse_uri(std::string{scheme} + "://" + std::string{host} + next.target);
    const auto place = uri ? place_of(*uri) : std::nullopt;
    if (!place) return;
    const std::string query = uri->query.value_or("");
    http::FieldList asked;
    for (const http::Field& field : fields) {
        if (!is_about_request(field.name)) asked.add(field.name, field.value);
    }
    if (next.range)
        asked.add("Range", "bytes=" + std::to_string(next.range->offset) + "-" +
                               std::to_string(next.range->end() - 1));
    const auto views = asked.fields();
    Request request;
    request.method = "GET";
    request.scheme = scheme;
    request.host = host;
    request.raw_path = uri->path;
    request.raw_query = query;
    request.fields = views;
    const KeyHash hash = key_hash(place->key);
    const EntryPtr entry = cache_.find(hash, place->key);
    const policy::RequestFacts facts = policy::request_facts("GET", views);
    if (entry && entry->ready() && is_settled(*entry, views, facts, *place->route)) return;
    Identity nobody = options_.identity;
    nobody.forwarded_for = false;
    const auto ask = std::make_shared<Ask>(*make_ask(request, *place->route, place->key, hash, nobody));
    ask->ahead = true;
    Ahead ahead{ask, next.range, prefetch_->permit(steady_now())};
    if (!ahead.permit) return;
    asio::co_spawn(filler_.loop(), bring(std::move(ahead)), [](const std::exception_ptr&) {});
}

// Fresh and whole, or not to be shared, or not to be asked about for a moment.
bool Edge::is_settled(const Entry& entry, std::span<const http::Field> asked,
                      const policy::RequestFacts& facts, const Route& route) const {
    const SteadyTime now = steady_now();
    if (entry.is_private(now)) return true;
    const std::shared_ptr<Object> object = entry.select(asked).object;
    if (!object) return false;
    if (is_fresh(*object, facts, route)) return object->whole();
    return std::chrono::duration_cast<Milliseconds>(now.time_since_epoch()).count() <
           object->no_asking_before;
}

bool Edge::is_fresh(const Object& object, const policy::RequestFacts& facts, const Route& route) const {
    const HeadPtr head = object.head();
    return policy::decide_reuse(facts, head->stored(), route.rules, wall_now()).verdict ==
           policy::Reuse::fresh;
}

// In the fill loop.
Task<void> Edge::bring(Ahead ahead) {
    std::string key = ahead.ask->key;
    policy::FreshnessRules rules = ahead.ask->route->rules;
    const EntryPtr entry = co_await cache_.entry(ahead.ask->hash, std::move(key), std::move(rules),
                                                 steady_now() + options_.wait);
    const Ask& ask = *ahead.ask;
    const auto asked = ask.asked.fields();
    if (!entry || !entry->ready() || is_settled(*entry, asked, ask.facts, *ask.route)) co_return;
    const Entry::Selected selected = entry->select(asked);
    const std::shared_ptr<Object> object = selected.object;
    if (object && is_fresh(*object, ask.facts, *ask.route)) {
        bring_rest(ahead, entry, object);
        co_return;
    }
    const Entry::Joined joined = entry->join(asked, cache_.purges().generation(), selected.version);
    if (!joined.leads) co_return;
    measures::prefetched.add();
    filler_.launch({joined.flight, entry, ahead.ask, object, nullptr, std::move(ahead.permit)});
}

// The first gap in what is wanted of an object that has come in part, unless a fill is about to close it.
void Edge::bring_rest(const Ahead& ahead, const EntryPtr& entry, const std::shared_ptr<Object>& object) {
    const auto length = object->length();
    if (!length || !object->can_resume()) return;
    const ByteRange wanted = ahead.range.value_or(ByteRange{0, *length});
    std::uint64_t position = wanted.offset;
    while (true) {
        const Object::View view = object->look(position, wanted.end(), UINT64_MAX);
        if (view.state == Object::View::State::window) {
            position += size_of(view.window);
            continue;
        }
        if (view.state != Object::View::State::missing) return;
        if (view.range.length > policy::most_next_range.count()) return;
        if (auto span = object->claim(view.range)) {
            measures::prefetched.add();
            filler_.extend(entry, ahead.ask, std::move(span), ahead.permit);
        }
        return;
    }
}

// In the fill loop.
void Edge::learn_from(const AskPtr& ask, const std::shared_ptr<Object>& object) {
    const HeadPtr head = object->head();
    const std::string_view target = ask->target;
    const ManifestKind kind =
        manifest_kind(head->fields.find("Content-Type"), target.substr(0, target.find('?')));
    const auto length = object->length();
    if (kind == ManifestKind::none || head->facts.status != 200 || !length ||
        *length > prefetch_->options().manifest.count() || reading_ >= most_reading)
        return;
    asio::co_spawn(filler_.loop(), learn(ask, object, kind), [](const std::exception_ptr&) {});
}

Task<void> Edge::learn(AskPtr ask, std::shared_ptr<Object> object, ManifestKind kind) {
    const std::string scheme = ask->key.substr(0, ask->key.find(':'));
    const auto at = parse_uri(scheme + "://" + ask->host + ask->target);
    if (!at) co_return;
    std::vector<std::string> come;
    const ReadManifest work{this, object.get(), kind, &*at, &come};
    ++reading_;
    const auto error = co_await cache_.pool().run(work);
    --reading_;
    if (error) {
        log::debug("{}: not read for fetching ahead: {}", ask->key, error.message());
        co_return;
    }
    if (ask->ahead) co_return;
    const auto asked = ask->asked.fields();
    for (std::string& target : come) {
        const policy::NextObject next{std::move(target), std::nullopt};
        fetch_ahead(scheme, ask->host, asked, next);
    }
}

}  // namespace outpost::cdn
