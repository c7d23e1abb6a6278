// Whatever comes as an EdgeAuth or secure_link token: nothing passes that the key did not sign, and what was
// signed is taken only when it says when it ends and reads back as what it says.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/formats/format.hpp"
#include "base/base64.hpp"

namespace {

using namespace outpost;
using namespace outpost::auth;

void require(bool holds) {
    if (!holds) std::abort();
}

std::shared_ptr<const Key> key_of(Algorithm algorithm) {
    KeyFacts facts;
    facts.id = "fuzz";
    facts.algorithm = algorithm;
    return std::make_shared<const Key>(
        std::move(Key::from_secret(std::move(facts), Secret{std::string(32, 'k')}).value()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto edge = key_of(Algorithm::edge_auth), link = key_of(Algorithm::secure_link);
    static const KeyRing ring{{edge, link}};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    RequestFacts facts;
    facts.scheme = "https";
    facts.host = "edge.example";
    facts.raw_path = facts.path = "/vod/film/index.m3u8";
    facts.query = "x=1";
    facts.client = "192.0.2.7";
    const Expected expected{ring, facts, {}};
    require(!verify_edge_auth(text, expected) && !verify_secure_link(text, expected));
    const std::string token = std::string{text} + "~hmac=" + encode_hex(edge->sign(text).value());
    const auto claims = verify_edge_auth(token, expected);
    if (!claims) return 0;
    require(claims->expires.has_value() && !claims->uris.empty() && claims->key == edge);
    UriView view{facts};
    for (const UriRule& rule : claims->uris) {
        require(!describe(rule).empty());
        matches(rule, view);
    }
    if (const auto again = mint_edge_auth(*claims, *edge, "")) {
        const auto back = verify_edge_auth(*again, expected);
        require(back && back->uris.size() == claims->uris.size() && back->id == claims->id &&
                back->expires == claims->expires && back->networks == claims->networks);
    }
    return 0;
}
