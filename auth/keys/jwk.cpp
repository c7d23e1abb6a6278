#include "auth/keys/jwk.hpp"

#include <algorithm>
#include <list>
#include <set>

#include <fmt/format.h>
#include <openssl/param_build.h>

#include "auth/keys/parts.hpp"
#include "auth/numeric_date.hpp"
#include "base/base64.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace outpost::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t most_id_bytes = 256;
constexpr std::size_t p256_bytes = 32;
constexpr std::size_t most_number_bytes = 1024;  // of an RSA number: 8192 bits

// What was parsed holds keys: each block is wiped before it goes back.
class WipedMemory : public json::memory_resource {
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        return ::operator new(bytes, std::align_val_t{alignment});
    }
    void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
        OPENSSL_cleanse(block, bytes);
        ::operator delete(block, std::align_val_t{alignment});
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
        return this == &other;
    }
};

// Why one key of a set can't be had: not for us, or wrong. The latter spoils the set.
struct Fault {
    bool skip = false;
    std::string what;
    std::string remedy;
};
Fault wrong(std::string what, std::string remedy = {}) { return {false, std::move(what), std::move(remedy)}; }
Fault skip(std::string what) { return {true, std::move(what), {}}; }
template <class T>
using Read = boost::system::result<T, Fault>;

std::string quoted(std::string_view text) {
    std::string out;
    append_json(out, text.substr(0, most_id_bytes));
    return out;
}

Read<std::string> text_of(const json::object& jwk, std::string_view name) {
    const json::value* value = jwk.if_contains(name);
    if (value == nullptr) return std::string{};
    const json::string* text = value->if_string();
    if (text == nullptr || text->empty() || text->size() > most_id_bytes * 4) {
        return wrong(fmt::format("its {} is not a text of 1 to {} bytes", name, most_id_bytes * 4));
    }
    return std::string{text->data(), text->size()};
}

Read<Secret> bytes_of(const json::object& jwk, std::string_view name) {
    const json::value* value = jwk.if_contains(name);
    const json::string* text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr) return wrong(fmt::format("it has no {}", name));
    auto bytes = decode_base64url({text->data(), text->size()});
    if (!bytes || bytes->empty()) {
        return wrong(fmt::format("its {} is not base64url without padding", name));
    }
    return Secret{std::move(*bytes)};
}

Read<Secret> bytes_of(const json::object& jwk, std::string_view name, std::size_t length) {
    auto bytes = bytes_of(jwk, name);
    if (bytes && bytes->bytes().size() != length) {
        return wrong(fmt::format("its {} has {} bytes instead of {}", name, bytes->bytes().size(), length));
    }
    return bytes;
}

// RFC 7518 section 2: as few bytes as the number needs.
Read<Secret> number_of(const json::object& jwk, std::string_view name) {
    auto bytes = bytes_of(jwk, name);
    if (!bytes) return bytes;
    if (bytes->bytes().front() == '\0') return wrong(fmt::format("its {} begins with a zero byte", name));
    if (bytes->bytes().size() > most_number_bytes) return wrong(fmt::format("its {} is too long", name));
    return bytes;
}

// ---- what OpenSSL makes keys of

class Parameters {
  public:
    Parameters() : build_{OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free} {}

    void text(const char* name, const char* value) {
        good_ = good_ && OSSL_PARAM_BLD_push_utf8_string(build_.get(), name, value, 0) == 1;
    }
    void bytes(const char* name, std::string_view bytes) {
        const std::string& value = texts_.emplace_back(bytes);
        good_ =
            good_ && OSSL_PARAM_BLD_push_octet_string(build_.get(), name, value.data(), value.size()) == 1;
    }
    // Numbers of OpenSSL's secure kind, which the builder wipes with what it makes of them.
    void number(const char* name, std::string_view value) {
        Openssl<BIGNUM> number{BN_secure_new()};
        good_ = good_ && number &&
                BN_bin2bn(octets(value), static_cast<int>(value.size()), number.get()) != nullptr &&
                OSSL_PARAM_BLD_push_BN(build_.get(), name, number.get()) == 1;
        numbers_.push_back(std::move(number));
    }

    Openssl<EVP_PKEY> make(const char* type, bool has_private) {
        const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> list{
            good_ ? OSSL_PARAM_BLD_to_param(build_.get()) : nullptr, &OSSL_PARAM_free};
        const Openssl<EVP_PKEY_CTX> context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
        EVP_PKEY* pair = nullptr;
        if (!list || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
            EVP_PKEY_fromdata(context.get(), &pair, has_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                              list.get()) != 1) {
            return nullptr;
        }
        return Openssl<EVP_PKEY>{pair};
    }

  private:
    std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build_;
    // The builder borrows what it is given.
    std::vector<Openssl<BIGNUM>> numbers_;
    std::list<std::string> texts_;
    bool good_ = build_ != nullptr;
};

Read<Openssl<EVP_PKEY>> read_ec(const json::object& jwk, bool has_private) {
    const auto x = bytes_of(jwk, "x", p256_bytes);
    if (!x) return x.error();
    const auto y = bytes_of(jwk, "y", p256_bytes);
    if (!y) return y.error();
    Parameters parameters;
    parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, "P-256");
    parameters.bytes(OSSL_PKEY_PARAM_PUB_KEY, fmt::format("\x04{}{}", x->bytes(), y->bytes()));
    if (has_private) {
        const auto d = bytes_of(jwk, "d", p256_bytes);
        if (!d) return d.error();
        parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, d->bytes());
    }
    auto pair = parameters.make("EC", has_private);
    if (!pair) return wrong("its x and y are no point of P-256, or its d is no key of it");
    return pair;
}

Read<Openssl<EVP_PKEY>> read_okp(const json::object& jwk, bool has_private) {
    const auto x = bytes_of(jwk, "x", 32);
    if (!x) return x.error();
    if (!has_private) {
        return Openssl<EVP_PKEY>{
            EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(x->bytes()), 32)};
    }
    const auto d = bytes_of(jwk, "d", 32);
    if (!d) return d.error();
    Openssl<EVP_PKEY> pair{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(d->bytes()), 32)};
    std::array<unsigned char, 32> own{};
    std::size_t length = own.size();
    // OpenSSL computes the public part and would not notice another one.
    if (!pair || EVP_PKEY_get_raw_public_key(pair.get(), own.data(), &length) != 1 ||
        x->bytes() != std::string_view{reinterpret_cast<const char*>(own.data()), length}) {
        return wrong("its x does not belong to its d");
    }
    return pair;
}

// The factors may be left out, but only all at once (RFC 7518 section 6.3.2).
Read<Openssl<EVP_PKEY>> read_rsa(const json::object& jwk, bool has_private) {
    struct Member {
        std::string_view name;
        const char* parameter;
    };
    constexpr std::array<Member, 8> members{{{"n", OSSL_PKEY_PARAM_RSA_N},
                                             {"e", OSSL_PKEY_PARAM_RSA_E},
                                             {"d", OSSL_PKEY_PARAM_RSA_D},
                                             {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                             {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                             {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                             {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                             {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};
    if (jwk.contains("oth")) return wrong("it has more than two prime factors");
    const bool factors = std::any_of(members.begin() + 3, members.end(),
                                     [&](const Member& each) { return jwk.contains(each.name); });
    if (factors && !has_private) return wrong("it has no d");
    Parameters parameters;
    const std::size_t count = !has_private ? 2 : factors ? members.size() : 3;
    for (std::size_t i = 0; i < count; ++i) {
        const auto number = number_of(jwk, members[i].name);
        if (!number) return number.error();
        parameters.number(members[i].parameter, number->bytes());
    }
    auto pair = parameters.make("RSA", has_private);
    if (!pair) return wrong("its numbers are no RSA key");
    return pair;
}

// ---- what a key is for

bool contains_text(const json::value& list, std::string_view text) {
    const json::array* array = list.if_array();
    return array != nullptr && std::any_of(array->begin(), array->end(), [&](const json::value& each) {
               return each.is_string() && each.get_string() == text;
           });
}

std::optional<Fault> check_use(const json::object& jwk) {
    const auto use = text_of(jwk, "use");
    if (!use) return use.error();
    if (!use->empty() && *use != "sig") return skip(fmt::format("its use is {}", quoted(*use)));
    const json::value* operations = jwk.if_contains("key_ops");
    if (operations == nullptr) return std::nullopt;
    if (!operations->is_array()) return wrong("its key_ops are not a list");
    if (contains_text(*operations, "verify") || contains_text(*operations, "sign")) return std::nullopt;
    return skip("its key_ops are neither verify nor sign");
}

std::string_view type_of(Algorithm algorithm) {
    if (is_symmetric(algorithm)) return "oct";
    if (algorithm == Algorithm::es256) return "EC";
    return algorithm == Algorithm::eddsa ? "OKP" : "RSA";
}

Read<Algorithm> implied_algorithm(std::string_view type) {
    if (type == "EC") return Algorithm::es256;
    if (type == "OKP") return Algorithm::eddsa;
    if (type == "RSA") return Algorithm::rs256;
    return wrong("it has no alg, which a secret must have");
}

Read<Algorithm> algorithm_of(const json::object& jwk) {
    constexpr std::array<std::string_view, 4> types{"EC", "OKP", "RSA", "oct"};
    const auto type = text_of(jwk, "kty");
    if (!type) return type.error();
    if (type->empty()) return wrong("it has no kty");
    if (std::find(types.begin(), types.end(), *type) == types.end()) {
        return skip(fmt::format("keys of type {} are not used here", quoted(*type)));
    }
    if (*type == "EC" || *type == "OKP") {
        const auto curve = text_of(jwk, "crv");
        if (!curve) return curve.error();
        if (curve->empty()) return wrong("it has no crv");
        if (*curve != (*type == "EC" ? "P-256" : "Ed25519")) {
            return skip(fmt::format("its curve {} is not used here", quoted(*curve)));
        }
    }
    const auto name = text_of(jwk, "alg");
    if (!name) return name.error();
    if (name->empty()) return implied_algorithm(*type);
    const auto algorithm = parse_algorithm(*name);
    if (!algorithm) return skip(fmt::format("its alg {} is not used here", quoted(*name)));
    if (type_of(*algorithm) != *type) {
        return wrong(fmt::format("its alg {} is not one of kty {}", *name, *type));
    }
    return *algorithm;
}

std::optional<Fault> read_times(const json::object& jwk, KeyFacts& facts) {
    const auto read = [&](std::string_view name, std::optional<WallTime>& time) {
        const json::value* value = jwk.if_contains(name);
        if (value != nullptr) time = from_numeric_date(*value);
        return value == nullptr || time;
    };
    if (!read("nbf", facts.not_before)) return wrong("its nbf is not a number of seconds since 1970");
    if (!read("exp", facts.not_after)) return wrong("its exp is not a number of seconds since 1970");
    if (facts.not_before && facts.not_after && *facts.not_after <= *facts.not_before) {
        return wrong("its exp is not after its nbf, so it is never valid");
    }
    return std::nullopt;
}

// A text with {names}: what nginx hashes must hold what is to be protected, and the secret.
std::optional<Fault> check_expression(std::string_view expression) {
    constexpr std::array<std::string_view, 4> names{"expires", "uri", "secret", "address"};
    std::set<std::string_view> found;
    for (std::size_t at = expression.find('{'); at != std::string_view::npos;
         at = expression.find('{', at + 1)) {
        const std::size_t end = expression.find('}', at);
        const auto name = expression.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
        if (end == std::string_view::npos || std::find(names.begin(), names.end(), name) == names.end()) {
            return wrong(
                "its expression has braces around something else than expires, uri, secret or "
                "address");
        }
        found.insert(name);
    }
    for (const auto name : {"expires", "uri", "secret"}) {
        if (found.contains(name)) continue;
        return wrong(fmt::format("its expression lacks {{{}}}", name),
                     "write what secure_link_md5 says in nginx, such as \"{expires}{uri} {secret}\"");
    }
    return std::nullopt;
}

std::optional<Fault> read_facts(const json::object& jwk, KeyFacts& facts) {
    if (auto fault = check_use(jwk)) return fault;
    const auto algorithm = algorithm_of(jwk);
    if (!algorithm) return algorithm.error();
    facts.algorithm = *algorithm;
    auto issuer = text_of(jwk, "iss");
    if (!issuer) return issuer.error();
    facts.issuer = std::move(*issuer);
    auto expression = text_of(jwk, "expression");
    if (!expression) return expression.error();
    facts.expression = std::move(*expression);
    if (facts.algorithm == Algorithm::secure_link) {
        if (auto fault = check_expression(facts.expression)) return fault;
    } else if (!facts.expression.empty()) {
        return wrong(fmt::format("its expression is nothing that {} has", to_text(facts.algorithm)));
    }
    return read_times(jwk, facts);
}

Read<Openssl<EVP_PKEY>> read_pair(const json::object& jwk, Algorithm algorithm, bool has_private) {
    if (algorithm == Algorithm::es256) return read_ec(jwk, has_private);
    if (algorithm == Algorithm::eddsa) return read_okp(jwk, has_private);
    return read_rsa(jwk, has_private);
}

Fault fault_of(const Problem& problem) { return wrong(problem.what, problem.remedy); }

Read<Key> read_key(const json::object& jwk, std::string id, std::string_view issuer) {
    KeyFacts facts;
    facts.id = std::move(id);
    if (auto fault = read_facts(jwk, facts)) return *fault;
    if (!issuer.empty()) facts.issuer = issuer;
    if (is_symmetric(facts.algorithm)) {
        auto secret = bytes_of(jwk, "k");
        if (!secret) return secret.error();
        auto key = Key::from_secret(std::move(facts), std::move(*secret));
        if (!key) return fault_of(key.error());
        return std::move(*key);
    }
    const bool has_private = jwk.contains("d");
    auto pair = read_pair(jwk, facts.algorithm, has_private);
    if (!pair) return pair.error();
    auto key = make_key(std::move(facts), std::move(*pair), has_private);
    if (!key) return fault_of(key.error());
    return std::move(*key);
}

// ---- the set

struct Reading {
    std::string_view where, issuer;
    JwkSet set;
    std::set<std::pair<std::string, Algorithm>> seen;

    std::optional<Problem> add(const json::value& value, std::size_t number) {
        const json::object* jwk = value.if_object();
        if (jwk == nullptr) return problem(fmt::format("key {} is not an object", number));
        auto id = text_of(*jwk, "kid");
        std::string name = fmt::format("key {}", number);
        if (!id) return problem(fmt::format("{}: {}", name, id.error().what));
        if (!id->empty()) name = "key " + quoted(*id);
        auto key = read_key(*jwk, std::move(*id), issuer);
        if (!key && key.error().skip) {
            set.skipped.push_back(fmt::format("{}: {}", name, key.error().what));
            return std::nullopt;
        }
        if (!key) return problem(fmt::format("{}: {}", name, key.error().what), key.error().remedy);
        if (!seen.emplace(key->id(), key->algorithm()).second) {
            return problem(
                fmt::format("key {} is there twice for {}", quoted(key->id()), to_text(key->algorithm())),
                "give each key a kid of its own");
        }
        set.keys.push_back(std::make_shared<const Key>(std::move(*key)));
        return std::nullopt;
    }

    [[nodiscard]] Problem problem(std::string what, std::string remedy = {}) const {
        return Problem{std::string{where}, std::move(what), std::move(remedy)};
    }
};

std::optional<Problem> read_all(Reading& reading, const json::object& object) {
    const json::value* keys = object.if_contains("keys");
    if (keys == nullptr) return reading.add(object, 1);
    const json::array* list = keys->if_array();
    if (list == nullptr) return reading.problem("its keys are not a list");
    if (list->size() > most_jwk_keys) {
        return reading.problem(fmt::format("it has {} keys; {} at most", list->size(), most_jwk_keys));
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        if (auto fault = reading.add((*list)[i], i + 1)) return fault;
    }
    return std::nullopt;
}

}  // namespace

Outcome<JwkSet> read_jwk_set(std::string_view text, std::string_view where, std::string_view issuer) {
    const QuietErrors quiet;
    Reading reading{where, issuer, {}, {}};
    if (text.size() > most_jwk_bytes) {
        return reading.problem(fmt::format("it has {} bytes; {} at most", text.size(), most_jwk_bytes));
    }
    WipedMemory memory;
    const auto value = parse_json(text, 8, &memory);
    const json::object* object = value ? value->if_object() : nullptr;
    if (object == nullptr) {
        return reading.problem("it is not a JSON object that names each member once",
                               "write a JWK or a set of them, {\"keys\": [...]}");
    }
    if (auto fault = read_all(reading, *object)) return *fault;
    return std::move(reading.set);
}

}  // namespace outpost::auth
