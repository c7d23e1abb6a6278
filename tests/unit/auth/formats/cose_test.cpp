#include "auth/formats/cose.hpp"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "auth/formats/cbor.hpp"
#include "auth/keys/jwk.hpp"
#include "auth/keys/ring.hpp"
#include "base/base64.hpp"
#include "tests/unit/auth/formats/cat_vectors.hpp"

using namespace outpost;
using namespace outpost::auth;
using cbor::Value;

namespace {

// RFC 9052 appendix C.2.1, and its key (C.7.1).
constexpr std::string_view signed_content =
    "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58f"
    "ef"
    "5c083106c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36";
constexpr std::string_view content_key =
    R"({"kty":"EC","kid":"11","crv":"P-256","x":"usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8",)"
    R"("y":"IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4"})";

Verdict<cose::Message> read_hex(std::string_view hex) { return cose::read(decode_hex(hex).value()); }

Reason refusal_of(const Value& message) {
    const auto read = cose::read(cbor::write(message));
    REQUIRE(!read);
    return read.error().reason;
}

Value bytes(std::string held) { return Value{Value::Bytes{std::move(held)}}; }
Value wrapped(Value::Map header) { return bytes(cbor::write(Value{std::move(header)})); }

Value message_of(Value guarded, Value open) {
    return Value{Value::Array{std::move(guarded), std::move(open), bytes("payload"), bytes("signature")}};
}

const Value hs256 = wrapped({{1, 5}});
const Value es256 = wrapped({{1, -7}});
const Value nothing{Value::Map{}};

}  // namespace

TEST_CASE("the signed message of RFC 9052 is verified with its key") {
    const auto message = read_hex(signed_content);
    REQUIRE(message.has_value());
    CHECK(message->algorithm == Algorithm::es256);
    CHECK(message->key_id == "11");
    CHECK(message->payload == "This is the content.");
    const KeyRing ring = ring_of({content_key});
    CHECK(
        verify_with(ring, "11", message->algorithm, message->to_be_signed(), message->signature).has_value());
    CHECK(!verify_with(ring, "11", message->algorithm, message->to_be_signed() + "x", message->signature));
}

TEST_CASE("what is signed is the Sig_structure of RFC 9052, to the byte") {
    const auto message = read_hex(signed_content);
    CHECK(encode_hex(message.value().to_be_signed()) ==
          "846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e");
}

TEST_CASE("what a MAC is made of is the MAC_structure of RFC 9052, to the byte") {
    cose::Message message;
    message.protected_header = cose::protect(Algorithm::hs256);
    message.payload = "ab";
    CHECK(encode_hex(message.to_be_signed()) == "84644d41433043a1010540426162");
}

TEST_CASE("the signed CBOR Web Token of RFC 8392 A.3 is verified with its key") {
    const auto message = read_hex(cwt_signed);
    REQUIRE(message.has_value());
    CHECK(message->key_id == "AsymmetricECDSA256");
    CHECK(verify_with(ring_of({cwt_signing_key}), message->key_id, message->algorithm,
                      message->to_be_signed(), message->signature)
              .has_value());
}

TEST_CASE("the MACs of RFC 8392 A.4 and A.7 are cut to 64 bits: their algorithm is refused") {
    for (const std::string_view hex : {cwt_maced, cwt_with_float}) {
        const auto message = read_hex(hex);
        REQUIRE(!message);
        CHECK(message.error().reason == Reason::algorithm);
    }
}

TEST_CASE("encrypted tokens (RFC 8392 A.5) are no message of ours") {
    CHECK(refusal_of(Value::tagged(16, message_of(hs256, nothing))) == Reason::malformed);
    CHECK(refusal_of(Value::tagged(61, Value::tagged(16, message_of(hs256, nothing)))) == Reason::malformed);
}

TEST_CASE("tags may stand before a message in the right order, or be left out") {
    const Value mac = message_of(hs256, nothing), sign = message_of(es256, nothing);
    for (const Value& message : {mac, Value::tagged(17, mac), Value::tagged(61, Value::tagged(17, mac))}) {
        CHECK(cose::read(cbor::write(message)).value().algorithm == Algorithm::hs256);
    }
    for (const Value& message : {sign, Value::tagged(18, sign), Value::tagged(61, Value::tagged(18, sign))}) {
        CHECK(cose::read(cbor::write(message)).value().algorithm == Algorithm::es256);
    }
    CHECK(refusal_of(Value::tagged(61, mac)) == Reason::malformed);
    CHECK(refusal_of(Value::tagged(17, Value::tagged(61, mac))) == Reason::malformed);
    CHECK(refusal_of(Value::tagged(61, Value::tagged(61, Value::tagged(17, mac)))) == Reason::malformed);
    CHECK(refusal_of(Value::tagged(98, mac)) == Reason::malformed);
    CHECK(refusal_of(Value::tagged(17, Value{1})) == Reason::malformed);
    CHECK(refusal_of(nothing) == Reason::malformed);
}

TEST_CASE("a signature's algorithm in a MAC is refused, and the other way around") {
    CHECK(refusal_of(Value::tagged(17, message_of(es256, nothing))) == Reason::algorithm);
    CHECK(refusal_of(Value::tagged(18, message_of(hs256, nothing))) == Reason::algorithm);
}

TEST_CASE("an algorithm counts only where it is protected") {
    const Value unprotected{Value::Map{{1, 5}}};
    CHECK(refusal_of(message_of(bytes(""), unprotected)) == Reason::algorithm);
    CHECK(refusal_of(message_of(wrapped({}), unprotected)) == Reason::algorithm);
    CHECK(refusal_of(message_of(bytes(""), nothing)) == Reason::algorithm);
    CHECK(refusal_of(message_of(hs256, unprotected)) == Reason::unsupported);  // in both
}

TEST_CASE("algorithms that are not ours are refused") {
    for (const int number : {0, 4, 6, 7, 1, -6, -35, -36, -38, -257, -65535}) {
        CAPTURE(number);
        CHECK(refusal_of(message_of(wrapped({{1, number}}), nothing)) == Reason::algorithm);
    }
    CHECK(refusal_of(message_of(wrapped({{1, "HS256"}}), nothing)) == Reason::algorithm);
    CHECK(refusal_of(message_of(wrapped({{1, Value{}}}), nothing)) == Reason::algorithm);
}

TEST_CASE("a kid comes from either header, as bytes, but not from both") {
    const auto id_of = [](const Value& message) { return cose::read(cbor::write(message)).value().key_id; };
    CHECK(id_of(message_of(hs256, Value{Value::Map{{4, bytes("k")}}})) == "k");
    CHECK(refusal_of(message_of(hs256, Value{Value::Map{{4, "k"}}})) == Reason::malformed);
    CHECK(id_of(message_of(wrapped({{1, 5}, {4, bytes("k")}}), nothing)) == "k");
    CHECK(id_of(message_of(hs256, nothing)).empty());
    CHECK(refusal_of(message_of(wrapped({{1, 5}, {4, bytes("k")}}), Value{Value::Map{{4, bytes("l")}}})) ==
          Reason::malformed);
    CHECK(refusal_of(message_of(hs256, Value{Value::Map{{4, 7}}})) == Reason::malformed);
    CHECK(refusal_of(message_of(hs256, Value{Value::Map{{4, bytes("")}}})) == Reason::malformed);
}

TEST_CASE("critical parameters are not understood, whichever they are") {
    const Value list{Value::Array{4}};
    CHECK(refusal_of(message_of(wrapped({{1, 5}, {2, list}}), nothing)) == Reason::unsupported);
    CHECK(refusal_of(message_of(hs256, Value{Value::Map{{2, list}}})) == Reason::unsupported);
}

TEST_CASE("parameters that are not critical are passed over where they are protected") {
    const Value more = wrapped({{1, 5}, {3, "application/cwt"}, {"own", 1}});
    CHECK(cose::read(cbor::write(message_of(more, nothing))).has_value());
}

TEST_CASE("nothing but a kid may stand unprotected, so that nobody makes many tokens of one") {
    CHECK(refusal_of(message_of(hs256, Value{Value::Map{{33, bytes("x")}}})) == Reason::unsupported);
    CHECK(refusal_of(message_of(hs256, Value{Value::Map{{"own", 1}}})) == Reason::unsupported);
    CHECK(refusal_of(message_of(hs256, Value{Value::Map{{4, bytes("k")}, {5, bytes("iv")}}})) ==
          Reason::unsupported);
}

TEST_CASE("a payload that travels elsewhere is not supported") {
    CHECK(refusal_of(Value{Value::Array{hs256, nothing, Value{}, bytes("tag")}}) == Reason::unsupported);
}

TEST_CASE("parts of other types or another number are malformed") {
    const Value part = bytes("x");
    CHECK(refusal_of(Value{Value::Array{hs256, nothing, part}}) == Reason::malformed);
    CHECK(refusal_of(Value{Value::Array{hs256, nothing, part, part, part}}) == Reason::malformed);
    CHECK(refusal_of(Value{Value::Array{Value{Value::Map{{1, 5}}}, nothing, part, part}}) ==
          Reason::malformed);
    CHECK(refusal_of(Value{Value::Array{hs256, bytes(""), part, part}}) == Reason::malformed);
    CHECK(refusal_of(Value{Value::Array{hs256, nothing, "payload", part}}) == Reason::malformed);
    CHECK(refusal_of(Value{Value::Array{hs256, nothing, part, "tag"}}) == Reason::malformed);
    CHECK(refusal_of(message_of(bytes("\x01"), nothing)) == Reason::malformed);
    CHECK(refusal_of(message_of(bytes("\xa1\x01"), nothing)) == Reason::malformed);
    CHECK(refusal_of(message_of(bytes(std::string("\xa1\x01\x05\x00", 4)), nothing)) == Reason::malformed);
}

TEST_CASE("what is written is read as what it was, with both tags") {
    for (const Algorithm algorithm :
         {Algorithm::hs256, Algorithm::es256, Algorithm::eddsa, Algorithm::ps256}) {
        const cose::Message message{algorithm, "kid", cose::protect(algorithm), "payload", "signature"};
        const std::string written = cose::write(message);
        CHECK(encode_hex(written).starts_with(algorithm == Algorithm::hs256 ? "d83dd184" : "d83dd284"));
        const auto again = cose::read(written);
        REQUIRE(again.has_value());
        CHECK(again->algorithm == algorithm);
        CHECK(again->key_id == "kid");
        CHECK(again->payload == "payload");
        CHECK(again->signature == "signature");
        CHECK(again->to_be_signed() == message.to_be_signed());
    }
}

TEST_CASE("algorithms of other formats have no number in COSE") {
    for (const Algorithm algorithm :
         {Algorithm::rs256, Algorithm::edge_auth, Algorithm::cloudfront, Algorithm::secure_link}) {
        CHECK(!cose::number_of(algorithm));
    }
    CHECK(cose::number_of(Algorithm::ps256) == -37);
}
