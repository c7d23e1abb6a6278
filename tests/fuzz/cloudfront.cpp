// Whatever comes as a CloudFront token or in a policy: nothing passes that the key did not sign; a policy
// that was signed is taken only when it says when it ends, and what can be minted again reads back the same.
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

std::shared_ptr<const Key> make_key() {
    KeyFacts facts;
    facts.id = "K1";
    facts.algorithm = Algorithm::cloudfront;
    return std::make_shared<const Key>(std::move(Key::generate(std::move(facts)).value()));
}

std::string encoded(std::string_view bytes) {
    std::string text = encode_base64(bytes);
    for (char& c : text) c = c == '+' ? '-' : c == '=' ? '_' : c == '/' ? '~' : c;
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto key = make_key();
    static const KeyRing ring{{key}};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    RequestFacts facts;
    facts.scheme = "https";
    facts.host = "edge.example";
    facts.raw_path = facts.path = "/vod/film/index.m3u8";
    const Expected expected{ring, facts, {}};
    require(!verify_cloudfront(text, expected));
    const std::string token =
        "Policy=" + encoded(text) + "&Signature=" + encoded(key->sign(text).value()) + "&Key-Pair-Id=K1";
    const auto claims = verify_cloudfront(token, expected);
    if (!claims) return 0;
    require(claims->expires.has_value() && claims->uris.size() <= 1 && claims->networks.size() <= 1 &&
            claims->key == key);
    UriView view{facts};
    for (const UriRule& rule : claims->uris) matches(rule, view);
    if (const auto again = mint_cloudfront(*claims, *key, "")) {
        const auto back = verify_cloudfront(*again, expected);
        require(back && back->expires == claims->expires && back->not_before == claims->not_before &&
                back->networks == claims->networks);
    }
    return 0;
}
