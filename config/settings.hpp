// Every option that an operator can set, with its default. `outpost config` prints this as a file.
// A program that has read its file holds one immutable Settings; only server/main and server/node see it and
// translate it into what each part needs. Thread rule: read by any thread once loaded.
#pragma once

#include "config/sections.hpp"
#include "config/sections_auth.hpp"
#include "config/sections_edge.hpp"

namespace outpost::config {

struct Settings : Root {
    ServerOptions server{*this, "server", "The program as a whole."};
    Repeated<ListenOptions> listen{
        *this, "listen",
        "Where clients connect. Write one [[listen]] for each address; there must be at least one."};
    Repeated<CertificateOptions> certificate{
        *this, "certificate",
        "What TLS listeners show. Write one [[certificate]] for each; the name that a client asks for picks "
        "one, and the first serves clients that ask for none or for an unknown one. Read again on reload."};
    TlsOptions tls{*this, "tls", "For all TLS listeners."};
    LimitsOptions limits{*this, "limits",
                         "What one client may take from the others. Every wait and every buffer has an end."};
    LibraryOptions library{
        *this, "library",
        "Films to serve, as `outpost import` wrote them. Without this section the node has "
        "no films of its own."};
    EdgeOptions edge{
        *this, "edge",
        "A cache in front of origins. Its presence makes the node an edge, which needs a [[pool]] with an "
        "[[origin]]; docs/edge.md is the guide. What the node serves itself, the films of [library] under "
        "/vod/ and the pages, is not asked of origins."};
    Repeated<PoolOptions> pool{*this, "pool",
                               "Origins that hold the same content, and how the edge deals with them. Write "
                               "one [[pool]] for each; the "
                               "first answers what no [[route]] sends elsewhere."};
    Repeated<OriginOptions> origin{
        *this, "origin",
        "One server of a pool: any HTTP server, an S3 bucket, or another edge as its parent. Write one "
        "[[origin]] for each. Nothing but these is ever connected to."};
    Repeated<RouteOptions> route{*this, "route",
                                 "How requests are treated. Write one [[route]] for each kind: the first "
                                 "whose host, prefix, suffix and "
                                 "pattern all match is taken. What none matches goes to the first pool, with "
                                 "the defaults given here."};
    CacheOptions cache{*this, "cache",
                       "What an edge keeps in memory, and how it looks after all that it keeps."};
    Repeated<DiskOptions> disk{*this, "disk",
                               "Where an edge keeps large responses. Write one [[disk]] for each disk of the "
                               "machine, not an array of "
                               "them: one that fails leaves service and the others go on."};
    RedisOptions redis{
        *this, "redis",
        "What nodes tell each other through Redis or Valkey: purges, revocations, and how much of a limit "
        "is used. Without it each node is alone with them. "
        "While it can't be reached, the node serves on and /readyz says so."};
    AuthOptions auth{
        *this, "auth",
        "Who may watch. Its presence protects the node: what no [[access]] lets through is refused. "
        "docs/tokens.md is the guide."};
    Repeated<JwksOptions> jwks{
        *this, "jwks",
        "A set of public keys that an issuer of tokens publishes. Write one [[jwks]] for "
        "each."};
    Repeated<AccessOptions> access{*this, "access",
                                   "What a part of the site demands of those who want to pass. Write one "
                                   "[[access]] for each: the first whose "
                                   "host, prefix, suffix and pattern all match is taken."};
    DeliveryOptions delivery{*this, "delivery", "How bytes leave."};
    PagesOptions pages{*this, "pages", "The web pages under /: the films, with players."};
    CorsOptions cors{*this, "cors", "Which web pages of other sites may play from here (Fetch standard)."};
    AdminOptions admin{
        *this, "admin",
        "Health, metrics and the API, on a listener of their own. Without an [[account]] whoever reaches it "
        "may do everything; with one, keys cross it unencrypted. Keep it on an address that only operators "
        "reach."};
    Repeated<AccountOptions> account{
        *this, "account",
        "Who may use the admin listener. Write one [[account]] for each person and program. As soon as there "
        "is one, all but /healthz and /readyz takes the key of an account."};
    LogOptions log{*this, "log", "The program's own log, on standard error."};
    AccessLogOptions access_log{*this, "access_log", "A line for each reply."};
};

// Whether the pages are served. On an edge they would hide the origins' own / unless somebody wants them.
inline bool serves_pages(const Settings& settings) {
    return settings.pages.enabled && (!settings.edge.given() || settings.pages.enabled.given());
}

}  // namespace outpost::config
