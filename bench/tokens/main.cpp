// What tokens cost: the time to verify one of each format, and to let a request pass with one that is
// remembered. One thread; medians of rounds. Not a test: figures of two machines don't compare.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "auth/formats/format.hpp"
#include "auth/memory.hpp"
#include "auth/placement.hpp"
#include "auth/rule.hpp"

namespace {

using namespace outpost;
using namespace outpost::auth;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::string_view url = "https://edge.example.org/vod/film/v2160-0123456789abcdef/17.m4s";
constexpr std::string_view path = "/vod/film/v2160-0123456789abcdef/17.m4s";

// Microseconds for one call: the median of 15 rounds.
double cost(std::size_t calls, const std::function<void()>& work) {
    std::vector<double> rounds;
    for (int round = 0; round < 15; ++round) {
        const auto began = Clock::now();  // the clock of the house asks for wall and steady time only
        for (std::size_t i = 0; i < calls; ++i) work();
        rounds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count() /
                         static_cast<double>(calls));
    }
    std::nth_element(rounds.begin(), rounds.begin() + 7, rounds.end());
    return rounds[7];
}

RequestFacts facts() {
    RequestFacts facts;
    facts.method = "GET";
    facts.scheme = "https";
    facts.host = "edge.example.org";
    facts.raw_path = facts.path = path;
    facts.client = "10.20.0.7";
    facts.protocol = "http/1.1";
    facts.now = wall_now();
    return facts;
}

struct Case {
    Format format;
    Algorithm algorithm;
    const char* what;
};

Claims claims_for(Format format) {
    Claims claims;
    claims.format = format;
    claims.expires = std::chrono::floor<Seconds>(wall_now() + 1h);
    switch (format) {
        case Format::uri_signing: {
            auto pattern = Pattern::compile("https://edge\\.example\\.org/vod/film/.*");
            claims.uris = {PatternUri{*pattern}};
            claims.subject = "site-17";
            break;
        }
        case Format::cat: {
            TextRule prefix;
            prefix.kind = TextRule::Kind::prefix;
            prefix.text = "/vod/film/";
            claims.uris = {ComponentRules{{{UriComponent::path, {prefix}}}}};
            claims.subject = "site-17";
            break;
        }
        case Format::edge_auth: claims.uris = {WildcardPath{"/vod/film/*"}}; break;
        case Format::cloudfront: claims.uris = {WildcardUri{"https://edge.example.org/vod/film/*"}}; break;
        case Format::secure_link: break;
    }
    return claims;
}

void measure(const Case& each) {
    auto generated = Key::generate({"key", each.algorithm, "", {}, {}, ""});
    if (!generated)
        return static_cast<void>(std::printf("%s: %s\n", each.what, generated.error().line().c_str()));
    const auto key = std::make_shared<const Key>(std::move(*generated));
    const KeyRing ring{{key}};
    const RequestFacts request = facts();
    const Claims claims = claims_for(each.format);
    const auto token = mint(claims, *key, url);
    if (!token) return static_cast<void>(std::printf("%s: %s\n", each.what, token.error().line().c_str()));
    const Expected expected{ring, request, {}, 4096};
    const auto verified = verify(each.format, *token, expected);
    if (!verified)
        return static_cast<void>(std::printf("%s: %s\n", each.what, verified.error().line().c_str()));
    const double verifying = cost(2000, [&] { static_cast<void>(verify(each.format, *token, expected)); });
    TokenMemory memory{1000};
    memory.keep(*token, memory.hash_of(each.format, *token), *verified);
    const double remembering = cost(50000, [&] {
        const auto found = memory.find(each.format, *token, memory.hash_of(each.format, *token));
        if (check(found->claims, request, 5s)) std::abort();
    });
    std::printf("%-26s %5zu bytes  verified %8.2f us   remembered and checked %6.3f us\n", each.what,
                token->size(), verifying, remembering);
}

}  // namespace

int main() {
    for (const Case& each : {
             Case{Format::uri_signing, Algorithm::hs256, "uri-signing HS256"},
             Case{Format::uri_signing, Algorithm::es256, "uri-signing ES256"},
             Case{Format::uri_signing, Algorithm::eddsa, "uri-signing EdDSA"},
             Case{Format::uri_signing, Algorithm::rs256, "uri-signing RS256"},
             Case{Format::cat, Algorithm::hs256, "cat HS256"},
             Case{Format::cat, Algorithm::es256, "cat ES256"},
             Case{Format::edge_auth, Algorithm::edge_auth, "edge-auth"},
             Case{Format::cloudfront, Algorithm::cloudfront, "cloudfront"},
             Case{Format::secure_link, Algorithm::secure_link, "secure-link"},
         })
        measure(each);
}
