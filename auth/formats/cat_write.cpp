#include <algorithm>
#include <set>

#include "auth/formats/cat_claims.hpp"
#include "base/base64.hpp"

namespace outpost::auth::cat {
namespace {

using cbor::Value;

Problem no_word(std::string what, std::string remedy = {}) {
    return {"", std::move(what), std::move(remedy)};
}

std::int64_t whole_seconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// Never sooner than was asked for.
std::int64_t next_second(WallTime time) {
    return std::chrono::ceil<std::chrono::seconds>(time).time_since_epoch().count();
}

Value::Array texts(const std::vector<std::string>& values) { return {values.begin(), values.end()}; }

Value one_or_list(const std::vector<std::string>& values) {
    return values.size() == 1 ? Value{values.front()} : Value{texts(values)};
}

// An address whole, a prefix without the zeros at its end (RFC 9164 section 3.1).
Value write_network(const Network& network) {
    const std::size_t size = network.address.v6 ? 16 : 4;
    std::string bytes{network.address.bytes.begin(),
                      network.address.bytes.begin() + static_cast<std::ptrdiff_t>(size)};
    const std::uint64_t tag = network.address.v6 ? ipv6_tag : ipv4_tag;
    if (network.prefix == size * 8) return Value::tagged(tag, Value::Bytes{std::move(bytes)});
    bytes.resize(bytes.find_last_not_of('\0') + 1);
    return Value::tagged(tag, Value::Array{int{network.prefix}, Value::Bytes{std::move(bytes)}});
}

Value write_networks(const std::vector<Network>& networks) {
    Value::Array list;
    for (const Network& network : networks) list.push_back(write_network(network));
    return list;
}

Value write_protocols(const std::vector<std::string>& protocols) {
    Value::Array list;
    for (const std::string& protocol : protocols) list.emplace_back(Value::Bytes{protocol});
    return list;
}

Value write_renewal(const Renewal& renewal) {
    const bool header = renewal.by == Renewal::By::header;
    Value::Map map{{renewal_type, header ? by_header : by_cookie}, {expadd, renewal.lifetime.count()}};
    if (renewal.deadline != Seconds{0}) map.push_back({deadline, renewal.deadline.count()});
    if (!renewal.name.empty()) map.push_back({header ? header_name : cookie_name, renewal.name});
    return map;
}

// What keeps them from being said at all.
std::optional<Problem> unsaid(const Claims& claims) {
    if (claims.certificate) {
        return no_word("a CAT can't be bound to a certificate", "bind it to the certificate's public key");
    }
    if (claims.renewal.by == Renewal::By::query) {
        return no_word("a CAT can't be renewed in the URL's query", "renew it by cookie or by header");
    }
    if (claims.renewal.by != Renewal::By::none && claims.renewal.path_depth) {
        return no_word("a CAT has no word for the path of its cookie", "leave the path out");
    }
    if (claims.uris.size() > 1) {
        return no_word("a CAT is for the URLs that one rule fits", "make several tokens");
    }
    if (!claims.uris.empty() && !std::holds_alternative<ComponentRules>(claims.uris.front())) {
        return no_word("a CAT says what the components of its URLs are like, and nothing else",
                       "give the URL by host, path and so on");
    }
    return std::nullopt;
}

void write_registered(const Claims& claims, Value::Map& map) {
    map.push_back({catv, version});
    if (!claims.issuer.empty()) map.push_back({iss, claims.issuer});
    if (!claims.subject.empty()) map.push_back({sub, claims.subject});
    if (!claims.audience.empty()) map.push_back({aud, one_or_list(claims.audience)});
    if (claims.expires) map.push_back({exp, whole_seconds(*claims.expires)});
    if (claims.not_before) map.push_back({nbf, next_second(*claims.not_before)});
    if (claims.issued) map.push_back({iat, whole_seconds(*claims.issued)});
    if (claims.replay != Replay::allowed) map.push_back({catreplay, static_cast<int>(claims.replay)});
    if (!claims.networks.empty()) map.push_back({catnip, write_networks(claims.networks)});
    if (!claims.methods.empty()) map.push_back({catm, texts(claims.methods)});
    if (!claims.protocols.empty()) map.push_back({catalpn, write_protocols(claims.protocols)});
    if (claims.public_key) {
        const Sha256& digest = *claims.public_key;
        map.push_back({cattpk, Value::Bytes{{digest.begin(), digest.end()}}});
    }
    if (claims.renewal.by != Renewal::By::none) map.push_back({catr, write_renewal(claims.renewal)});
}

std::optional<Problem> write_id(const Claims& claims, Value::Map& map) {
    if (claims.id.empty()) return std::nullopt;
    auto bytes = decode_hex(claims.id);
    if (!bytes || encode_hex(*bytes) != claims.id) {
        return no_word("the id of a CAT is bytes", "give it as lower-case hexadecimal digits, two a byte");
    }
    map.push_back({cti, Value::Bytes{std::move(*bytes)}});
    return std::nullopt;
}

std::optional<Problem> write_rules(const Claims& claims, Value::Map& map) {
    if (!claims.uris.empty()) {
        Outcome<Value> rules = write_catu(std::get<ComponentRules>(claims.uris.front()));
        if (!rules) return rules.error();
        map.push_back({catu, std::move(*rules)});
    }
    if (!claims.fields.empty()) {
        Outcome<Value> fields = write_cath(claims.fields);
        if (!fields) return fields.error();
        map.push_back({cath, std::move(*fields)});
    }
    return std::nullopt;
}

std::optional<Problem> write_own(const Claims& claims, Value::Map& map) {
    std::set<std::string_view> names{max_height_claim, max_bandwidth_claim};
    if (claims.cap.height != 0) {
        map.push_back({std::string{max_height_claim}, std::int64_t{claims.cap.height}});
    }
    if (claims.cap.bandwidth != BitRate{}) {
        map.push_back(
            {std::string{max_bandwidth_claim}, Value::natural(claims.cap.bandwidth.bits_per_second())});
    }
    for (const Claim& claim : claims.others) {
        if (!names.insert(claim.name).second) {
            return no_word("the claim " + claim.name + " is there twice, or is a limit of its own",
                           "say it once");
        }
        map.push_back({claim.name, one_or_list(claim.values)});
    }
    return std::nullopt;
}

}  // namespace

Outcome<Value> write_claims(const Claims& claims) {
    Value::Map map;
    if (auto problem = unsaid(claims)) return *problem;
    write_registered(claims, map);
    if (auto problem = write_id(claims, map)) return *problem;
    if (auto problem = write_rules(claims, map)) return *problem;
    if (auto problem = write_own(claims, map)) return *problem;
    Value payload{std::move(map)};
    // Bounds are told once, by the reader; texts must be UTF-8 as well.
    const Verdict<Value> again = cbor::read(cbor::write(payload));
    const Verdict<Claims> back = again ? read_claims(*again) : again.error();
    if (!back) return no_word("such a CAT would be refused: " + back.error().line());
    return payload;
}

}  // namespace outpost::auth::cat
