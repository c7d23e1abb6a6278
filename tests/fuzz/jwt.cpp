// Whatever arrives as a URI Signing token or lies in a file of keys: nothing is taken that no key here
// signed, and what is read of claims that are signed can be said again. The first byte chooses: a token as it
// stands, its parts in the clear to be signed here, or a set of keys.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/formats/format.hpp"
#include "auth/formats/jws.hpp"
#include "auth/formats/uri_signing_claims.hpp"
#include "auth/keys/jwk.hpp"
#include "base/base64.hpp"

namespace {

using namespace outpost;
using namespace outpost::auth;

void require(bool holds) {
    if (!holds) std::abort();
}

const std::shared_ptr<const Key>& key() {
    static const auto made = [] {
        KeyFacts facts;
        facts.id = "k";
        return std::make_shared<const Key>(
            Key::from_secret(facts, Secret{std::string{"a secret of more than thirty-two bytes"}}).value());
    }();
    return made;
}

Verdict<Claims> verified(std::string_view token) {
    static const KeyRing keys{{key()}};
    static const RequestFacts facts;
    static const std::string audience = "edge";
    return verify_uri_signing(token, Expected{keys, facts, std::span{&audience, 1}, 1 << 16});
}

void check_claims(const Claims& claims) {
    require(claims.uris.size() == 1 && claims.others.size() <= most_others);
    require(claims.audience.size() <= most_values && claims.id.size() <= most_text);
    require((claims.renewal.by == Renewal::By::none) == (claims.renewal.lifetime == Seconds{0}));
    // Half a second may be cut off, and counted that way the claims stay what they are.
    const auto text = uri_signing::write(claims);
    require(text.has_value());
    const auto again = uri_signing::read(*text);
    require(again.has_value() && again->others.size() == claims.others.size());
    require(again->cap == claims.cap && again->id == claims.id && again->issuer == claims.issuer);
    require(again->certificate == claims.certificate && again->renewal.by == claims.renewal.by);
    require(!claims.expires || (*again->expires <= *claims.expires));
    require(again->expires.has_value() == claims.expires.has_value());
}

// Header and payload in the clear, a NUL between them.
void check_signed(std::string_view text) {
    const auto mark = std::min(text.find('\0'), text.size());
    const std::string parts = encode_base64url(text.substr(0, mark)) + "." +
                              encode_base64url(text.substr(std::min(mark + 1, text.size())));
    const auto claims = verified(parts + "." + encode_base64url(key()->sign(parts).value()));
    if (claims) check_claims(*claims);
    require(!verified(parts + "." + encode_base64url(std::string(32, '\0'))));
}

void check_keys(std::string_view text) {
    const auto set = read_jwk_set(text, "fuzz");
    if (!set) return require(!set.error().what.empty());
    for (const auto& each : set->keys) {
        require(!each->id().empty());
        const auto again = read_jwk_set(write_jwk(*each, KeyPart::whole), "again");
        require(again.has_value() && again->keys.size() == 1);
        require(again->keys.front()->fingerprint() == each->fingerprint());
        require(again->keys.front()->facts().algorithm == each->algorithm());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    switch (data[0] % 3) {
        case 0: require(!verified(text)); break;
        case 1: check_signed(text); break;
        default: check_keys(text);
    }
    return 0;
}
