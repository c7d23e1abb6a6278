// Whatever arrives as a Common Access Token: as its bytes, as a COSE message, and as the claims of one that
// is signed with the right key. What is understood can be said again, and means the same then.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/formats/cat_claims.hpp"
#include "auth/formats/cose.hpp"
#include "auth/formats/format.hpp"
#include "base/base64.hpp"

namespace {

using namespace outpost;
using namespace outpost::auth;

void require(bool holds) {
    if (!holds) std::abort();
}

const KeyRing& ring() {
    static const KeyRing keys = [] {
        KeyFacts facts;
        facts.id = "k";
        facts.issuer = "us";
        Secret secret{std::string(32, 's')};
        return KeyRing{{std::make_shared<const Key>(Key::from_secret(facts, std::move(secret)).value())}};
    }();
    return keys;
}

Verdict<Claims> verified(std::string_view token) {
    static const RequestFacts facts;
    static const std::array<std::string, 1> audience{"here"};
    return verify_cat(token, {ring(), facts, audience, std::size_t{1} << 20});
}

std::string signed_token(std::string_view payload) {
    const Key& key = *ring().keys().front();
    cose::Message message{
        key.algorithm(), key.id(), cose::protect(key.algorithm()), std::string{payload}, {}};
    message.signature = key.sign(message.to_be_signed()).value();
    return encode_base64url(cose::write(message));
}

void check_claims(const Claims& claims) {
    const auto payload = cat::write_claims(claims);
    if (!payload) return;  // names of fields that differ in case
    const auto again = cat::read_claims(*payload);
    require(again.has_value());
    require(cbor::write(cat::write_claims(*again).value()) == cbor::write(*payload));
    require(again->id == claims.id && again->subject == claims.subject && again->cap == claims.cap);
    require(again->networks == claims.networks && again->methods == claims.methods);
    require(again->audience == claims.audience && again->public_key == claims.public_key);
    require(again->fields.size() == claims.fields.size() && again->uris.size() == claims.uris.size());
    require(again->expires.has_value() == claims.expires.has_value());
    require(!claims.expires || *again->expires <= *claims.expires);
    require(!claims.not_before || *again->not_before >= *claims.not_before);
    require(verified(mint_cat(claims, *ring().keys().front()).value()).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    (void)verified(bytes);
    if (const auto claims = verified(encode_base64url(bytes))) check_claims(*claims);
    if (const auto message = cose::read(bytes)) {
        const auto again = cose::read(cose::write(*message));
        require(again && again->algorithm == message->algorithm && again->key_id == message->key_id);
        require(again->to_be_signed() == message->to_be_signed());
    }
    if (const auto claims = verified(signed_token(bytes))) check_claims(*claims);
    return 0;
}
