// The sections that say who may watch: keys, and what each part of the site demands.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "config/option.hpp"

namespace outpost::config {

using namespace std::chrono_literals;

enum class Otherwise { refuse, allow };
enum class AccessLet { tokens, anybody, nobody };
enum class StreamBy { address, session };
enum class QueryTokens { rewrite, define, plain };

template <>
std::span<const Named<Otherwise>> names_of();
template <>
std::span<const Named<AccessLet>> names_of();
template <>
std::span<const Named<StreamBy>> names_of();
template <>
std::span<const Named<QueryTokens>> names_of();

struct AuthOptions : Section {
    using Section::Section;
    Option<std::filesystem::path> keys{*this, "keys", "",
                                       "Directory of key files (*.json or *.jwk: a JSON Web Key or a set of "
                                       "them), as `outpost token keygen` "
                                       "writes them. It is looked at every 2 s: put a new key there, let "
                                       "tokens be signed with it, then remove the "
                                       "old one. Empty: keys come from [[jwks]] alone."};
    Option<std::filesystem::path> state{
        *this, "state", "",
        "Directory where revocations and the last good [[jwks]] are kept over a restart. It must be there, "
        "and "
        "outpost may write to it. Empty: a restart forgets revocations that no other edge knows."};
    Option<Otherwise> otherwise{*this, "otherwise", Otherwise::refuse,
                                "What becomes of a request that no [[access]] is for. \"refuse\" is the safe "
                                "one: what was forgotten is "
                                "closed, not open."};
    Option<std::vector<std::string>> audience{*this,
                                              "audience",
                                              {},
                                              "What this service is called in tokens. A token that names "
                                              "audiences (aud) must name one of these; one "
                                              "that names none is for all."};
    Option<Milliseconds> leeway{
        *this,
        "leeway",
        5s,
        {0s, 5min},
        "How far the clocks of issuers may be from this one's: a token counts so much "
        "longer, and so much earlier. Keep clocks right instead of raising it."};
    Option<Bytes> token_bytes{
        *this, "token_bytes", 4_KiB, {256_B, 64_KiB}, "Longest token that is looked at."};
    Option<std::uint32_t> remembered{
        *this,
        "remembered",
        100000,
        {1000, 10000000},
        "Verified tokens that are remembered, so that their signatures are checked once. Each takes about 1 "
        "KiB; more than there are boxes gains nothing."};
    Option<std::string> renewal_key{*this, "renewal_key", "",
                                    "Id (kid) of the key that renewed tokens are signed with. Empty: the key "
                                    "that signed the token, if its "
                                    "private part is here."};
    Option<Milliseconds> lease{*this,
                               "lease",
                               30s,
                               {2s, 1h},
                               "How long after its last request a stream still counts. Longer than the "
                               "longest pause between a box's "
                               "requests; shorter frees the place of a box that crashed sooner."};
    Option<StreamBy> stream_by{*this, "stream_by", StreamBy::address,
                               "What tells the streams of one device or token apart. \"address\": where they "
                               "come from, so that zapping "
                               "stays one stream. \"session\": the CMCD session as well, which tells boxes "
                               "behind one address apart."};
    Option<Milliseconds> burst{
        *this, "burst", 5s, {1s, 5min}, "How many seconds' worth of a rate limit may come at once."};
    Option<std::uint32_t> limited{*this,
                                  "limited",
                                  100000,
                                  {1000, 10000000},
                                  "Streams, and tokens and addresses with a rate, that are kept count of; "
                                  "past it the longest unseen is "
                                  "forgotten."};
    Option<std::uint32_t> revocations{
        *this,
        "revocations",
        100000,
        {100, 10000000},
        "Most revocations in force at once. Revoke a key rather than all of its tokens."};
};

struct JwksOptions : Section {
    using Section::Section;
    Option<std::string> url{
        *this, "url", Required{"https://issuer.example.org/.well-known/jwks.json"},
        "https:// URL of a JSON Web Key Set (http:// only where the way to it is yours alone: who can change "
        "it on the way makes keys). Nothing waits for it: it is fetched "
        "in the background, and the last good set counts until there is another."};
    Option<std::string> issuer{
        *this, "issuer", "",
        "Issuer (iss) that tokens signed with these keys must have. Empty: what each key "
        "says itself, which may be none."};
    Option<Milliseconds> refresh{*this,
                                 "refresh",
                                 5min,
                                 {1s, 24h},
                                 "How often it is fetched. A key shall be in it so much before it is used."};
    Option<std::filesystem::path> ca{
        *this, "ca", "",
        "PEM file of the certificate authorities that the URL's server is checked "
        "against. Empty takes the system's."};
};

struct AccessOptions : Section {
    using Section::Section;
    Option<std::string> host{*this, "host", "",
                             "Host that requests must be for, without a port. Empty is any."};
    Option<std::string> prefix{
        *this, "prefix", "",
        "What the path must begin with, such as \"/vod/\": the decoded path, without the "
        "token. Empty is anything."};
    Option<std::string> suffix{*this, "suffix", "", "What the path must end in. Empty is anything."};
    Option<std::string> pattern{
        *this, "pattern", "",
        "What the whole path must look like: * is anything within a segment of the path, ** "
        "anything at all. Empty is anything."};
    Option<AccessLet> let{
        *this, "let", AccessLet::tokens,
        "Who may pass: those with a token (\"tokens\"), \"anybody\", or \"nobody\". methods, "
        "networks and open hold for all."};
    Option<std::vector<std::string>> formats{
        *this, "formats", std::vector<std::string>{"uri-signing", "cat"},
        "Formats of tokens that are taken: \"uri-signing\" (RFC 9246), \"cat\" (CTA-5007), \"edge-auth\" "
        "(Akamai), "
        "\"cloudfront\", \"secure-link\" (nginx; MD5, only for what can't be changed)."};
    Option<std::vector<std::string>> places{
        *this, "places", std::vector<std::string>{"path", "query", "cookie", "authorization", "header"},
        "Where tokens may sit. In the path they need no rewriting and every player carries them on."};
    Option<std::vector<std::string>> keys{
        *this, "keys", {}, "Ids (kid) of the keys that tokens may be signed with. Empty: every key."};
    Option<std::vector<std::string>> claims{*this,
                                            "claims",
                                            {},
                                            "Claims that a token must have: \"sub\" with any value, "
                                            "\"site=north-12\" with this one, \"asset={2}\" with "
                                            "what the path's second segment is."};
    Option<std::vector<std::string>> methods{
        *this,
        "methods",
        {"GET", "HEAD", "OPTIONS"},
        "Methods that are let through. Those of the default read; others may change what an origin has. "
        "Empty: all."};
    Option<std::vector<std::string>> networks{
        *this, "networks", {}, "Networks that clients must be in, such as \"10.20.0.0/16\". Empty: all."};
    Option<std::vector<std::string>> open{*this,
                                          "open",
                                          {},
                                          "When it is open, as intervals in UTC: "
                                          "\"2026-12-01T08:00:00Z/2026-12-01T10:00:00Z\". Empty: always."};
    Option<std::uint32_t> max_height{
        *this,
        "max_height",
        0,
        {0, 65536},
        "Highest picture, in lines, that is shown here: manifests leave higher "
        "renditions out, and their segments are refused. A token's max_height claim "
        "can lower it. 0 sets no limit."};
    Option<BitRate> max_bandwidth{*this,
                                  "max_bandwidth",
                                  BitRate{0},
                                  {BitRate{0}, 1000'000_Mbps},
                                  "The same of a rendition's bit rate, and the claim max_bandwidth."};
    Option<std::uint32_t> height{
        *this,
        "height",
        0,
        {0, 65536},
        "How high the renditions are whose segments these are, where the origin does not "
        "say it (CMSD, as an Outpost does). 0: it says it, or no limit holds."};
    Option<bool> device_certificate{
        *this, "device_certificate", false,
        "Whether a token must be bound to the client certificate that the box shows "
        "(cnf x5t#S256, cattpk). It takes [tls] client_ca."};
    Option<std::uint32_t> streams{
        *this, "streams", 0, {0, 64}, "Streams that one subject (sub) may play at once; 0 sets no limit."};
    Option<std::uint32_t> device_streams{
        *this,
        "device_streams",
        0,
        {0, 64},
        "Streams that one device (the claim device) may play at once; 0 sets no limit."};
    Option<std::uint32_t> token_requests{
        *this, "token_requests", 0, {0, 1000000}, "Requests a second with one token; 0 sets no limit."};
    Option<std::uint32_t> token_connections{*this,
                                            "token_connections",
                                            0,
                                            {0, 1000000},
                                            "New connections a second with one token; 0 sets no limit."};
    Option<std::uint32_t> address_requests{
        *this,
        "address_requests",
        0,
        {0, 1000000},
        "Requests a second from one address; 0 sets no limit. Whole villages may share one."};
    Option<std::uint32_t> address_connections{*this,
                                              "address_connections",
                                              0,
                                              {0, 1000000},
                                              "New connections a second from one address; 0 sets no limit."};
    Option<QueryTokens> query_tokens{
        *this, "query_tokens", QueryTokens::rewrite,
        "How players are made to carry a token of the query on. \"rewrite\": manifests are sent with it in "
        "each "
        "URI. \"define\": HLS playlists say it once (EXT-X-DEFINE QUERYPARAM), so that all tokens get the "
        "same "
        "bytes; players must know version 11. \"plain\": manifests stay as they are."};
};

}  // namespace outpost::config
