#include "auth/formats/cose.hpp"

#include <array>

#include "auth/formats/cbor.hpp"

namespace outpost::auth::cose {
namespace {

using cbor::Value;

constexpr std::uint64_t cwt_tag = 61, mac0_tag = 17, sign1_tag = 18;
enum Parameter : std::int64_t { alg = 1, crit = 2, kid = 4 };  // section 3.1

struct Numbered {
    std::int64_t number;
    Algorithm algorithm;
};
// IANA's registry of COSE algorithms.
constexpr std::array numbers{
    Numbered{5, Algorithm::hs256},
    Numbered{-7, Algorithm::es256},
    Numbered{-8, Algorithm::eddsa},
    Numbered{-37, Algorithm::ps256},
};

Refusal malformed(const char* what) { return {Reason::malformed, what}; }

std::optional<Algorithm> algorithm_of(const Value& value) {
    for (const Numbered& each : numbers) {
        if (value.integer() == each.number) return each.algorithm;
    }
    return std::nullopt;
}

// What the message is in: the four parts, and the tag that was on them, if any.
struct Unwrapped {
    const Value::Array* parts = nullptr;
    std::uint64_t tag = 0;
};

Verdict<Unwrapped> unwrap(const Value& whole) {
    const Value* inner = whole.content_of(cwt_tag);
    const Value& message = inner ? *inner : whole;
    for (const std::uint64_t tag : {mac0_tag, sign1_tag}) {
        const Value* content = message.content_of(tag);
        if (!content) continue;
        if (!content->array()) return malformed("no COSE message");
        return Unwrapped{content->array(), tag};
    }
    // The CWT tag stands before a tagged message only (RFC 8392 section 6).
    if (inner || !message.array()) return malformed("no COSE_Mac0 or COSE_Sign1");
    return Unwrapped{message.array(), 0};
}

Verdict<Value> read_header(const std::string& bytes) {
    if (bytes.empty()) return Value{Value::Map{}};
    Verdict<Value> header = cbor::read(bytes);
    if (header && !header->map()) return malformed("a COSE header is no map");
    return header;
}

// Nobody vouches for what is not protected: whoever has a token could add to it, and have as many tokens as
// he likes.
bool holds_only_key_id(const Value& open) {
    return open.map()->empty() || (open.map()->size() == 1 && open.find(kid));
}

Verdict<std::string> read_key_id(const Value& guarded, const Value& open) {
    const Value* id = guarded.find(kid) ? guarded.find(kid) : open.find(kid);
    if (!id) return std::string{};
    const std::string* bytes = id->bytes();
    if (!bytes || bytes->empty()) return malformed("kid");
    return *bytes;
}

std::optional<Refusal> read_headers(Message& message, const Value& open) {
    const Verdict<Value> guarded = read_header(message.protected_header);
    if (!guarded) return guarded.error();
    if (!open.map()) return malformed("a COSE header is no map");
    if (guarded->find(kid) && open.find(kid)) return malformed("a COSE parameter twice");
    if (guarded->find(crit)) return Refusal{Reason::unsupported, "critical COSE parameters"};
    const Value* number = guarded->find(alg);
    if (!number) return Refusal{Reason::algorithm, "no alg that is protected"};
    if (!holds_only_key_id(open)) return Refusal{Reason::unsupported, "a COSE parameter without protection"};
    const auto algorithm = algorithm_of(*number);
    if (!algorithm) return Refusal{Reason::algorithm, "a COSE alg that is not ours"};
    message.algorithm = *algorithm;
    Verdict<std::string> id = read_key_id(*guarded, open);
    if (!id) return id.error();
    message.key_id = std::move(*id);
    return std::nullopt;
}

std::uint64_t tag_of(Algorithm algorithm) { return algorithm == Algorithm::hs256 ? mac0_tag : sign1_tag; }

Value bytes(std::string held) { return Value{Value::Bytes{std::move(held)}}; }

}  // namespace

std::optional<std::int64_t> number_of(Algorithm algorithm) {
    for (const Numbered& each : numbers) {
        if (each.algorithm == algorithm) return each.number;
    }
    return std::nullopt;
}

std::string Message::to_be_signed() const {
    const char* context = tag_of(algorithm) == mac0_tag ? "MAC0" : "Signature1";
    return cbor::write(Value::Array{context, bytes(protected_header), bytes({}), bytes(payload)});
}

Verdict<Message> read(std::string_view bytes) {
    const Verdict<Value> whole = cbor::read(bytes);
    if (!whole) return whole.error();
    const Verdict<Unwrapped> found = unwrap(*whole);
    if (!found) return found.error();
    const Value::Array& parts = *found->parts;
    if (parts.size() != 4) return malformed("a COSE message of other than four parts");
    if (parts[2].is_null()) return Refusal{Reason::unsupported, "a detached payload"};
    for (const std::size_t part : {0, 2, 3}) {
        if (!parts[part].bytes()) return malformed("a part of the COSE message is no byte string");
    }
    Message message;
    message.protected_header = *parts[0].bytes();
    message.payload = *parts[2].bytes();
    message.signature = *parts[3].bytes();
    if (const auto refusal = read_headers(message, parts[1])) return *refusal;
    if (found->tag != 0 && found->tag != tag_of(message.algorithm)) {
        return Refusal{Reason::algorithm, "a COSE alg of the other kind of message"};
    }
    return message;
}

std::string protect(Algorithm algorithm) {
    return cbor::write(Value::Map{{alg, number_of(algorithm).value_or(0)}});
}

std::string write(const Message& message) {
    Value::Map open;
    if (!message.key_id.empty()) open.push_back({kid, bytes(message.key_id)});
    Value::Array parts{bytes(message.protected_header), std::move(open), bytes(message.payload),
                       bytes(message.signature)};
    return cbor::write(Value::tagged(cwt_tag, Value::tagged(tag_of(message.algorithm), std::move(parts))));
}

}  // namespace outpost::auth::cose
