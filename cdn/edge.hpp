// The way of a request through the edge: route → key → what is stored → fresh, stale, ask the origin → reply.
// edge.cpp reads downward; RFC 9111's decisions are in cdn/policy, waiting in Flight, filling in Filler.
// Thread rule: handle() runs in every worker's thread at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/body.hpp"
#include "cdn/cache/cache.hpp"
#include "cdn/fill/ask.hpp"
#include "cdn/fill/filler.hpp"
#include "cdn/policy/reuse.hpp"
#include "cdn/policy/status_fields.hpp"
#include "cdn/prefetch/prefetch.hpp"

namespace outpost::cdn {

class ObjectReader;

enum class AfterWait { refuse, fetch };

struct EdgeOptions {
    Identity identity;
    std::vector<Route> routes;  // the first that matches; the last matches everything
    std::size_t waiters = 20000;
    Milliseconds wait{7000};
    AfterWait after_wait = AfterWait::refuse;
    PrefetchOptions prefetch;
};

// How a request was answered, for metrics and the access log.
enum class Answered {
    hit_memory,
    hit_disk,
    stale,
    miss,
    partial,
    revalidated,
    collapsed,
    passed,
    refused,
    failed,
};
std::string_view to_text(Answered how);

struct Reply {
    int status = 200;
    std::string lines;  // header fields as they are sent, with Date; without Content-Length
    Body body;
    std::optional<std::uint64_t> length;  // when it isn't the body's
    Answered how = Answered::passed;
};

class Edge {
  public:
    Edge(EdgeOptions options, Cache& cache, Filler& filler);

    // Never throws; what goes wrong is a reply. A hit is there at once.
    Eventual<Reply> handle(Request request);

    // The key under which a URL is kept, for purging.
    [[nodiscard]] std::optional<std::string> key_of(std::string_view url) const;

  private:
    // What is known of a request while it is answered.
    struct Visit {
        Request request;
        const Route& route;
        policy::RequestFacts facts;
        std::string key;
        KeyHash hash;
        EntryPtr entry;
        SteadyTime deadline;
        std::uint64_t seen = 0;  // Entry::Selected::version of the last look
    };
    // How Cache-Status tells of it.
    struct Told {
        Answered how = Answered::hit_memory;
        std::optional<policy::Forward> forward;
        std::optional<int> forward_status;
        bool stored = false, collapsed = false;
        std::string_view detail;
    };

    [[nodiscard]] const Route& route_for(const Request& request) const;
    [[nodiscard]] AskPtr ask_for(const Visit& visit) const;
    std::optional<Reply> hit(Visit& visit);
    Task<Reply> serve(Visit visit);
    Task<Reply> serve_from(Visit& visit);
    Task<std::optional<Reply>> attempt(Visit& visit);
    Task<std::optional<Reply>> ask_origin(Visit& visit, std::shared_ptr<Object> stale, policy::Forward why);
    Task<std::optional<Reply>> landed(Visit& visit, Landing landing, std::shared_ptr<Object> stale,
                                      policy::Forward why, bool leads);
    void validate_behind(const Visit& visit, const std::shared_ptr<Object>& object);
    [[nodiscard]] bool may_serve_stale(const Visit& visit, const Object& object) const;

    // A reply but for its body, which is to be `range` of the object unless the reply has none.
    struct Draft {
        Reply reply;
        ByteRange range;
        bool has_body = false;
        std::optional<std::uint64_t> size;  // of the body; nothing while nobody knows
    };
    [[nodiscard]] Draft draft(const Visit& visit, const Object& object, const Head& head) const;
    [[nodiscard]] std::unique_ptr<ObjectReader> reader_of(const Visit& visit,
                                                          const std::shared_ptr<Object>& object,
                                                          ByteRange range) const;
    // Nothing: the object could not be read, and no byte of it has been sent.
    Task<std::optional<Reply>> from_object(Visit& visit, std::shared_ptr<Object> object, Told told);
    void tell(Reply& reply, const Visit& visit, const Head& head, const Told& told) const;
    [[nodiscard]] std::optional<Reply> unreadable(const Visit& visit, const std::shared_ptr<Object>& object,
                                                  boost::system::error_code error) const;
    Task<Reply> pass(Visit& visit, policy::Forward why);
    Task<Reply> from_passage(Visit& visit, std::shared_ptr<Passage> passage, policy::Forward why);
    void note_head(const Visit& visit, const Passage::Head& head);
    Task<void> invalidate(const Visit& visit, const Passage::Head& head);
    [[nodiscard]] Reply passing(const Visit& visit, std::shared_ptr<Passage> passage, Passage::Head head,
                                policy::Forward why) const;
    [[nodiscard]] Reply refusal(const Visit& visit, int status, boost::system::error_code error,
                                std::string_view detail) const;

    // ---- ahead of the players (edge_ahead.cpp)
    struct Place {
        const Route* route;
        std::string key;
    };
    struct Ahead;
    struct ReadManifest;
    void prefetch_with(const PrefetchOptions& options);
    [[nodiscard]] std::optional<Place> place_of(const Uri& uri) const;
    void look_ahead(const Visit& visit, const Reply& reply);
    // Asks for it on nobody's behalf, if it is not there and fresh. `fields` are those of a client like those
    // who will ask for it.
    void fetch_ahead(std::string_view scheme, std::string_view host, std::span<const http::Field> fields,
                     const policy::NextObject& next);
    [[nodiscard]] bool is_settled(const Entry& entry, std::span<const http::Field> asked,
                                  const policy::RequestFacts& facts, const Route& route) const;
    [[nodiscard]] bool is_fresh(const Object& object, const policy::RequestFacts& facts,
                                const Route& route) const;
    Task<void> bring(Ahead ahead);
    void bring_rest(const Ahead& ahead, const EntryPtr& entry, const std::shared_ptr<Object>& object);
    void learn_from(const AskPtr& ask, const std::shared_ptr<Object>& object);
    Task<void> learn(AskPtr ask, std::shared_ptr<Object> object, ManifestKind kind);

    EdgeOptions options_;
    Cache& cache_;
    Filler& filler_;
    std::string via_line_;
    std::unique_ptr<Prefetch> prefetch_;  // null: nothing is fetched ahead
    std::size_t reading_ = 0;             // manifests under way to prefetch_; only the fill loop looks
};

}  // namespace outpost::cdn
