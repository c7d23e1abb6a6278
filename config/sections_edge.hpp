// The sections of an edge: where it fetches from, how it keeps what it fetched, and how purges reach it.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "config/option.hpp"

namespace outpost::config {

using namespace std::chrono_literals;

enum class Balance { hash, weighted };
enum class Redirects { pass, follow };
enum class AfterWait { refuse, fetch };
enum class RouteCache { standard, bypass, pin };

template <>
std::span<const Named<Balance>> names_of();
template <>
std::span<const Named<Redirects>> names_of();
template <>
std::span<const Named<AfterWait>> names_of();
template <>
std::span<const Named<RouteCache>> names_of();

struct EdgeOptions : Section {
    using Section::Section;
    Option<std::string> name{
        *this, "name", "outpost",
        "What this edge calls itself in Via, Cache-Status, Proxy-Status and CDN-Loop: a letter, then "
        "letters, "
        "digits, - . _. Give each tier a name of its own: a request that names this one already is a loop."};
    Option<bool> forwarded_for{*this, "forwarded_for", false,
                               "Whether origins are told the client's address in X-Forwarded-For. Only the "
                               "request that fills the cache tells; hits reach no origin."};
    Option<std::uint32_t> waiters{
        *this,
        "waiters",
        20000,
        {1, 1000000},
        "Most requests that may wait for one response that is being fetched; past it they take the way out "
        "that after_wait names. At least the crowd that one segment may draw."};
    Option<Milliseconds> wait{
        *this,
        "wait",
        7s,
        {0s, 1min},
        "How long one of them waits for the bytes to begin. Players give up after 8 s."};
    Option<AfterWait> after_wait{*this, "after_wait", AfterWait::refuse,
                                 "What a request that waited in vain does. \"refuse\": it gets 503 with "
                                 "Retry-After: 1, and origins are "
                                 "spared. \"fetch\": it asks the origin for itself."};
    Option<std::uint32_t> fills{
        *this,
        "fills",
        1024,
        {1, 65536},
        "Most responses that are fetched from origins at once; past it requests wait for "
        "one to end."};
    Option<Bytes> abandoned{*this,
                            "abandoned",
                            16_MiB,
                            {0_B, 1024_GiB},
                            "When the last reader of a response under way has left, it is still fetched to "
                            "its end if no more than "
                            "this is missing. More keeps what was begun; less spares thin links to origins."};
    Option<std::uint32_t> prefetch{
        *this,
        "prefetch",
        1,
        {0, 16},
        "Segments that are fetched ahead of a player, from the CMCD key nor and from the manifests that "
        "pass; 0 "
        "fetches none. More helps far origins, and fetches more that nobody watches."};
    Option<BitRate> prefetch_rate{
        *this,
        "prefetch_rate",
        BitRate{0},
        {BitRate{0}, 1000'000_Mbps},
        "Most that prefetching takes from all origins together, so that players' own "
        "requests have the rest of the link; 0bps sets no limit."};
};

struct PoolOptions : Section {
    using Section::Section;
    Option<std::string> name{*this, "name", Required{"main"},
                             "What [[origin]], [[route]], metrics and logs call it: letters, digits, - . _"
                             " and one of its own."};
    Option<Balance> balance{
        *this, "balance", Balance::hash,
        "How an origin is chosen. \"hash\": the same object from the same origin, so that parents of a "
        "shield "
        "tier share out what they keep. \"weighted\": at random by weight, for origins that all hold all."};
    Option<std::uint32_t> load_bound{
        *this,
        "load_bound",
        125,
        {100, 1000},
        "With \"hash\": percent of the mean load that one origin may have before its objects go to the next "
        "in "
        "their order. Lower spreads a crowd sooner; higher keeps objects in one place."};
    Option<std::string> host{
        *this, "host", "",
        "Host field of requests to the origins, such as \"films.example.org\". Empty sends "
        "each origin the host of its own url; \"client\" passes on what the client sent, as a parent needs "
        "it "
        "so that its keys, and purges by URL, are the same as this node's."};
    Option<Milliseconds> connect_timeout{
        *this,
        "connect_timeout",
        3s,
        {50ms, 1min},
        "How long a name's lookup, a connection and its TLS handshake may take together. Short finds a dead "
        "origin sooner; it must cover the way's worst round trips."};
    Option<Milliseconds> first_byte_timeout{*this,
                                            "first_byte_timeout",
                                            5s,
                                            {50ms, 5min},
                                            "How long an origin may think before its reply begins. Above 7s "
                                            "players give up before the edge does."};
    Option<Milliseconds> idle_timeout{
        *this,
        "idle_timeout",
        10s,
        {50ms, 5min},
        "How long a reply under way may bring no byte before the rest is asked of "
        "the next origin."};
    Option<Milliseconds> whole_timeout{*this,
                                       "whole_timeout",
                                       5min,
                                       {100ms, 24h},
                                       "Longest that one reply may take from request to last byte. Above the "
                                       "largest object over the slowest "
                                       "way to an origin."};
    Option<std::uint32_t> retries{
        *this,
        "retries",
        2,
        {0, 10},
        "How many more origins are tried for a request that failed; 0 tries one only. A body that "
        "breaks off after some progress is asked for again whatever this says."};
    Option<std::uint32_t> retry_budget{*this,
                                       "retry_budget",
                                       20,
                                       {0, 100},
                                       "Percent of the requests of the last 10 s that may be retries, so "
                                       "that retries can't multiply a fault; "
                                       "10 retries in 10 s are always allowed."};
    Option<std::string> health_path{
        *this, "health_path", "",
        "Path that each origin is asked for regularly; below 400 is healthy. It should cost the origin "
        "little, "
        "such as \"/healthz\". Empty asks for none: failures of real requests tell."};
    Option<Milliseconds> health_interval{
        *this, "health_interval", 5s, {100ms, 1h}, "Time between two health checks of an origin."};
    Option<Milliseconds> health_timeout{*this,
                                        "health_timeout",
                                        2s,
                                        {50ms, 1min},
                                        "How long a health check may take; a later answer is a failure."};
    Option<std::uint32_t> eject_after{
        *this,
        "eject_after",
        5,
        {1, 1000},
        "Failures in a row (no connection, no reply in time, 502, 503, 504) that take an "
        "origin out. Fewer reacts sooner, "
        "and to what may have been chance."};
    Option<Milliseconds> eject_time{
        *this,
        "eject_time",
        10s,
        {100ms, 1h},
        "How long an origin stays out before one request tries it. Each time that it is taken out again in a "
        "row it stays out longer, up to 8 times that."};
    Option<Milliseconds> slow_start{*this,
                                    "slow_start",
                                    10s,
                                    {0s, 1h},
                                    "How long an origin that came back takes to get its full weight, growing "
                                    "evenly, so that its caches can "
                                    "warm. 0s gives it all at once."};
    Option<Redirects> redirects{*this, "redirects", Redirects::pass,
                                "What becomes of an origin's redirect: \"pass\" it on to the client, or "
                                "\"follow\" it when it leads to a "
                                "configured origin; elsewhere the edge never goes."};
};

struct OriginOptions : Section {
    using Section::Section;
    Option<std::string> pool{*this, "pool", "main", "The [[pool]] that it belongs to."};
    Option<std::string> url{
        *this, "url", Required{"http://127.0.0.1:9000"},
        "http:// or https://, a host, a port if it is not the usual one, and a path that is put before each "
        "request's, if any. Names are looked up again from time to time."};
    Option<std::uint32_t> weight{
        *this, "weight", 100, {1, 1000}, "Its share of the pool, beside the weights of the others."};
    Option<bool> backup{*this, "backup", false,
                        "Whether it is asked only while every origin of the pool that is no backup is out."};
    Option<std::uint32_t> connections{*this,
                                      "connections",
                                      64,
                                      {1, 65535},
                                      "Most connections to it at once; requests past it wait for one. More "
                                      "only if it serves more at once well."};
    Option<Milliseconds> keep_alive{
        *this,
        "keep_alive",
        30s,
        {0s, 1h},
        "How long a connection is kept for the next request. Keep it below the origin's own time, which else "
        "closes just as a request leaves; 0s keeps none."};
    Option<bool> verify{
        *this, "verify", true,
        "Whether the certificate of an https origin is checked. false lets anybody on the way "
        "put other bytes into the cache: for tests only."};
    Option<std::filesystem::path> ca{
        *this, "ca", "",
        "PEM file of the certificate authorities that an https origin is checked "
        "against. Empty takes the system's."};
    Option<std::string> server_name{*this, "server_name", "",
                                    "Name that the certificate of an https origin must have and that the "
                                    "handshake asks for. Empty takes the host of url."};
    Option<std::string> s3_bucket{
        *this, "s3_bucket", "",
        "Bucket of an S3 service whose endpoint is url: requests are signed (Signature Version 4). Empty for "
        "other origins and for buckets that all may read."};
    Option<std::string> s3_region{*this, "s3_region", "us-east-1",
                                  "Region that signatures name. Many services other than Amazon's take any."};
    Option<std::string> s3_key{*this, "s3_key", "",
                               "Access key id. It needs to read objects and nothing else."};
    Option<std::filesystem::path> s3_secret_file{
        *this, "s3_secret_file", "",
        "File whose one line is the secret key. Let only the user that outpost runs as read it."};
    Option<bool> s3_path_style{*this, "s3_path_style", true,
                               "Whether the bucket stands in the path (host/bucket/film) or before the host "
                               "(bucket.host/film). Amazon wants the latter, most others the former."};
};

struct RouteOptions : Section {
    using Section::Section;
    Option<std::string> host{*this, "host", "",
                             "Host that requests must be for, without a port. Empty is any."};
    Option<std::string> prefix{*this, "prefix", "",
                               "What the path must begin with, such as \"/live/\". It is the decoded path: a "
                               "blank is a blank, not %20. Empty is anything."};
    Option<std::string> suffix{*this, "suffix", "",
                               "What the path must end in, such as \".m3u8\". Empty is anything."};
    Option<std::string> pattern{*this, "pattern", "",
                                "What the whole path must look like, such as \"/live/*/**.m4s\": * is "
                                "anything within a segment of the "
                                "path, ** anything at all. Empty is anything."};
    Option<std::string> pool{*this, "pool", "", "The [[pool]] that answers. Empty is the first."};
    Option<RouteCache> cache{
        *this, "cache", RouteCache::standard,
        "\"standard\" keeps what RFC 9111 allows; \"bypass\" keeps nothing; \"pin\" keeps it and lets other "
        "objects leave first, always: for little that must be there, such as playlists and init segments."};
    Option<Milliseconds> ttl{
        *this,
        "ttl",
        0s,
        {0s, 8760h},
        "How long answers below 400 are fresh, whatever the origin says (but for no-store, "
        "private and no-cache). 0s leaves it to the origin."};
    Option<Milliseconds> ttl_max{
        *this,
        "ttl_max",
        0s,
        {0s, 8760h},
        "Longest that anything is fresh, whatever the origin says; 0s sets no limit."};
    Option<Milliseconds> negative_ttl{*this,
                                      "negative_ttl",
                                      4s,
                                      {0s, 24h},
                                      "How long 404, 405, 410, 414 and 501 are kept when they don't say it. "
                                      "On a live channel, not longer than "
                                      "a segment: what is missing now is there soon."};
    Option<Milliseconds> error_ttl{
        *this,
        "error_ttl",
        1s,
        {0s, 1h},
        "The same of 500, 502, 503 and 504. It keeps a crowd from an origin that is in trouble already."};
    Option<Milliseconds> stale_while_revalidate{
        *this,
        "stale_while_revalidate",
        0s,
        {0s, 720h},
        "How long past its time an object is still sent at once while the edge asks the origin, when the "
        "origin "
        "says nothing of it. It hides the origin's distance; viewers may see a little of the past."};
    Option<Milliseconds> stale_if_error{*this,
                                        "stale_if_error",
                                        0s,
                                        {0s, 720h},
                                        "How long past its time an object is still sent while no origin "
                                        "answers, when the origin says nothing of "
                                        "it. Long for films, a few segments for live playlists."};
    Option<std::vector<std::string>> query{*this, "query", std::vector<std::string>{"*"},
                                           "Parameters of the query that make another object and go to the "
                                           "origin; \"*\" is all, [] is none. The "
                                           "others are as if they weren't there. CMCD and known tokens never "
                                           "count, LL-HLS directives always do."};
    Option<bool> obey_client{*this, "obey_client", true,
                             "Whether a client's Cache-Control (no-cache, max-age) can make the edge ask the "
                             "origin. false keeps reloading browsers from your origins."};
};

struct CacheOptions : Section {
    using Section::Section;
    Option<Bytes> memory{*this,
                         "memory",
                         512_MiB,
                         {1_MiB, 1024_GiB},
                         "Most bytes of small responses (up to 64 KiB) that are kept in memory. Without a "
                         "[[disk]] the large ones "
                         "are kept in it too: then give it most of the machine's."};
    Option<std::uint32_t> open_objects{
        *this,
        "open_objects",
        65536,
        {64, 4194304},
        "Objects whose file is kept open and whose facts are at hand, so that a hit asks no index. Each "
        "takes a "
        "file descriptor and a little memory; past it the one longest unused is closed."};
    Option<std::uint32_t> variants{
        *this,
        "variants",
        8,
        {1, 256},
        "Most variants of one URL (Vary) that are kept. A URL that has more has a Vary "
        "that splits too finely."};
    Option<BitRate> scrub_rate{*this,
                               "scrub_rate",
                               40_Mbps,
                               {BitRate{0}, 1000'000_Mbps},
                               "How fast what lies on disk is checked against its checksums in the "
                               "background. 40Mbps is through 1TB in "
                               "56 hours; 0bps checks only what is read for the first time after a start."};
};

struct DiskOptions : Section {
    using Section::Section;
    Option<std::filesystem::path> directory{
        *this, "directory", Required{"/srv/cache1"},
        "Directory of its own, on a disk of its own. It must be there, and outpost may write to it."};
    Option<Bytes> size{
        *this,
        "size",
        Required{"100GiB"},
        {64_MiB, Bytes{1ULL << 50}},
        "Most bytes of objects on it. Leave a tenth of the file system free: full ones are slow."};
};

struct RedisOptions : Section {
    using Section::Section;
    Option<std::string> url{
        *this, "url", Required{"redis://127.0.0.1:6379"},
        "redis://[user:password@]host[:port][/database]. Without TLS: keep it to a network "
        "of your own."};
    Option<std::filesystem::path> password_file{
        *this, "password_file", "",
        "File whose one line is the password, so that this file need not hold it. Empty takes that of url."};
    Option<std::string> stream{*this, "stream", "outpost:purge",
                               "Name of the stream. Edges that shall purge together name the same."};
    Option<std::uint32_t> keep{
        *this,
        "keep",
        100000,
        {100, 100000000},
        "Purges that the stream keeps, about. More lets an edge that was away for longer catch up."};
};

}  // namespace outpost::config
