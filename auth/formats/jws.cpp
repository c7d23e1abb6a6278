#include "auth/formats/jws.hpp"

#include <algorithm>
#include <array>

#include "base/base64.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace outpost::auth::jws {
namespace {

namespace json = boost::json;

constexpr std::size_t most_header_bytes = 1024;  // in base64url
constexpr std::size_t most_id_bytes = 256;

struct Header {
    Algorithm algorithm = Algorithm::hs256;
    std::string key_id;
};

struct Parts {
    std::string_view header, payload, signature, signed_text;
};

Verdict<Parts> take_apart(std::string_view token) {
    const auto dots = std::count(token.begin(), token.end(), '.');
    if (dots == 4) return Refusal{Reason::unsupported, "encrypted"};
    if (dots != 2) return Refusal{Reason::malformed, "not three parts"};
    const auto first = token.find('.'), second = token.rfind('.');
    Parts parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
                token.substr(0, second)};
    if (parts.header.size() > most_header_bytes) return Refusal{Reason::malformed, "a long header"};
    return parts;
}

// What would have to be obeyed, and what would bring its own key.
bool demands_more(const json::object& header) {
    constexpr std::array<std::string_view, 8> names{"crit", "b64", "zip", "cty", "jku", "jwk", "x5u", "x5c"};
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return header.contains(name); });
}

// The text of a member; nullptr when there is none, or something else.
const json::string* text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr ? value->if_string() : nullptr;
}

Verdict<Header> read_header(std::string_view part) {
    const auto bytes = decode_base64url(part);
    const auto value = bytes ? parse_json(*bytes) : std::nullopt;
    const json::object* object = value ? value->if_object() : nullptr;
    if (object == nullptr) return Refusal{Reason::malformed, "the header is no object"};
    if (demands_more(*object)) return Refusal{Reason::unsupported, "a demand in the header"};
    Header header;
    const json::string* algorithm = text_of(*object, "alg");
    if (algorithm == nullptr) return Refusal{Reason::malformed, "no alg"};
    const auto known = parse_algorithm({algorithm->data(), algorithm->size()});
    if (!known || !has(*known)) return Refusal{Reason::algorithm, "not one that is used here"};
    header.algorithm = *known;
    if (const json::value* type = object->if_contains("typ")) {
        const json::string* text = type->if_string();
        if (text == nullptr || !iequals({text->data(), text->size()}, "JWT"))
            return Refusal{Reason::unsupported, "a typ that is not JWT"};
    }
    if (!object->contains("kid")) return header;
    const json::string* id = text_of(*object, "kid");
    // An empty one must not mean "any key".
    if (id == nullptr || id->empty() || id->size() > most_id_bytes) return Refusal{Reason::malformed, "kid"};
    header.key_id.assign(id->data(), id->size());
    return header;
}

}  // namespace

bool has(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::hs256:
        case Algorithm::es256:
        case Algorithm::eddsa:
        case Algorithm::rs256:
        case Algorithm::ps256: return true;
        default: return false;
    }
}

Verdict<Verified> verify(std::string_view token, const KeyRing& keys) {
    const auto parts = take_apart(token);
    if (!parts) return parts.error();
    const auto header = read_header(parts->header);
    if (!header) return header.error();
    const auto signature = decode_base64url(parts->signature);
    auto payload = decode_base64url(parts->payload);
    if (!signature || !payload) return Refusal{Reason::malformed, "no base64url"};
    auto key = verify_with(keys, header->key_id, header->algorithm, parts->signed_text, *signature);
    if (!key) return key.error();
    return Verified{std::move(*key), std::move(*payload)};
}

std::optional<std::string> sign(std::string_view payload, const Key& key) {
    if (!has(key.algorithm())) return std::nullopt;
    std::string header = R"({"alg":)";
    append_json(header, to_text(key.algorithm()));
    header += R"(,"kid":)";
    append_json(header, key.id());
    header += R"(,"typ":"JWT"})";
    std::string token = encode_base64url(header) + "." + encode_base64url(payload);
    const auto signature = key.sign(token);
    if (!signature) return std::nullopt;
    return token + "." + encode_base64url(*signature);
}

}  // namespace outpost::auth::jws
