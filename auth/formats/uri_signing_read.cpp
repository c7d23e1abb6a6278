#include <algorithm>
#include <array>
#include <limits>

#include "auth/formats/uri_signing_claims.hpp"
#include "auth/numeric_date.hpp"
#include "base/base64.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace outpost::auth::uri_signing {
namespace {

namespace json = boost::json;
using std::string_view;

constexpr int most_path_depth = 64;

Refusal malformed(string_view claim) { return {Reason::malformed, std::string{claim}}; }
Refusal unsupported(string_view claim) { return {Reason::unsupported, std::string{claim}}; }

std::optional<std::string> text_of(const json::value& value) {
    const json::string* text = value.if_string();
    if (text == nullptr || text->empty() || text->size() > most_text) return std::nullopt;
    return std::string{text->data(), text->size()};
}

std::optional<std::vector<std::string>> texts_of(const json::value& value) {
    std::vector<std::string> texts;
    const json::array* list = value.if_array();
    if (list == nullptr) {
        auto text = text_of(value);
        if (!text) return std::nullopt;
        texts.push_back(std::move(*text));
        return texts;
    }
    if (list->empty() || list->size() > most_values) return std::nullopt;
    for (const json::value& each : *list) {
        auto text = text_of(each);
        if (!text) return std::nullopt;
        texts.push_back(std::move(*text));
    }
    return texts;
}

// Whole numbers from 0 to `most`.
std::optional<std::int64_t> count_of(const json::value& value, std::int64_t most) {
    const auto* number = value.if_int64();
    if (number == nullptr || *number < 0 || *number > most) return std::nullopt;
    return *number;
}

// The value of what a claim of the operator's own may be; nothing for objects, null and the like.
std::optional<std::vector<std::string>> values_of(const json::value& value) {
    if (const auto* number = value.if_int64()) return std::vector{std::to_string(*number)};
    if (const auto* number = value.if_uint64()) return std::vector{std::to_string(*number)};
    if (const auto* boolean = value.if_bool()) return std::vector{std::string{*boolean ? "true" : "false"}};
    return texts_of(value);
}

// Whether a list or text says more than the bounds allow, rather than something else.
bool is_beyond_bounds(const json::value& value) {
    const auto long_text = [](const json::value& each) {
        const json::string* text = each.if_string();
        return text != nullptr && text->size() > most_text;
    };
    const json::array* list = value.if_array();
    if (list == nullptr) return long_text(value);
    return list->size() > most_values || std::any_of(list->begin(), list->end(), long_text);
}

std::optional<Sha256> digest_of(string_view text) {
    const auto bytes = decode_base64url(text);
    Sha256 digest{};
    if (!bytes || bytes->size() != digest.size()) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

// What is read beside what goes into Claims at once.
struct Reader {
    Claims claims;
    std::int64_t transport = 0;  // cdnistt
    std::int64_t lifetime = 0;   // cdniets

    using Read = std::optional<Refusal> (*)(Reader&, const json::value&);
    struct Known {
        string_view name;
        Read read;
    };
    static const std::array<Known, 15> known;
};

std::optional<Refusal> read_text(const json::value& value, string_view name, std::string& out) {
    auto text = text_of(value);
    if (!text) return malformed(name);
    out = std::move(*text);
    return std::nullopt;
}

std::optional<Refusal> read_time(const json::value& value, string_view name, std::optional<WallTime>& out) {
    out = from_numeric_date(value);
    return out ? std::nullopt : std::optional{malformed(name)};
}

std::optional<Refusal> read_subject(Reader& reader, const json::value& value) {
    if (auto refusal = read_text(value, "sub", reader.claims.subject)) return refusal;
    const std::string& text = reader.claims.subject;
    if (std::count(text.begin(), text.end(), '.') == 4) return unsupported("an encrypted sub");
    return std::nullopt;
}

std::optional<Refusal> read_audience(Reader& reader, const json::value& value) {
    auto texts = texts_of(value);
    if (!texts) return malformed("aud");
    reader.claims.audience = std::move(*texts);
    return std::nullopt;
}

std::optional<Refusal> read_version(Reader&, const json::value& value) {
    const auto version = count_of(value, 1);
    return version == 1 ? std::nullopt : std::optional{unsupported("cdniv")};
}

// "hash:" of RFC 6920's form, or "regex:".
std::optional<Refusal> read_container(Reader& reader, const json::value& value) {
    constexpr string_view hash = "hash:", regex = "regex:", sha256 = "sha-256;";
    const auto text = text_of(value);
    if (!text) return malformed("cdniuc");
    string_view rest = *text;
    if (rest.starts_with(hash)) {
        rest.remove_prefix(hash.size());
        if (!rest.starts_with(sha256)) return unsupported("the hash of cdniuc");
        const auto digest = digest_of(rest.substr(sha256.size()));
        if (!digest) return malformed("cdniuc");
        reader.claims.uris.emplace_back(HashedUri{*digest});
        return std::nullopt;
    }
    if (!rest.starts_with(regex)) return unsupported("the container of cdniuc");
    auto pattern = Pattern::compile(rest.substr(regex.size()));
    if (!pattern) return pattern.error();
    reader.claims.uris.emplace_back(PatternUri{std::move(*pattern)});
    return std::nullopt;
}

// The binding to a certificate is the only confirmation (RFC 7800) that can be checked here.
std::optional<Refusal> read_confirmation(Reader& reader, const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr || object->empty()) return malformed("cnf");
    const json::value* digest = object->if_contains("x5t#S256");
    if (digest == nullptr || object->size() != 1) return unsupported("cnf");
    const json::string* text = digest->if_string();
    if (text != nullptr) reader.claims.certificate = digest_of({text->data(), text->size()});
    return reader.claims.certificate ? std::nullopt : std::optional{malformed("cnf")};
}

std::optional<Refusal> read_depth(Reader& reader, const json::value& value) {
    const auto depth = count_of(value, most_path_depth);
    if (!depth) return malformed("cdnistd");
    reader.claims.renewal.path_depth = static_cast<int>(*depth);
    return std::nullopt;
}

std::optional<Refusal> read_lifetime(Reader& reader, const json::value& value) {
    const auto time = value.is_int64() ? from_numeric_date(value) : std::nullopt;
    if (!time || *time == WallTime{}) return malformed("cdniets");
    reader.lifetime = to_numeric_date(*time);
    return std::nullopt;
}

std::optional<Refusal> read_transport(Reader& reader, const json::value& value) {
    const auto* number = value.if_int64();
    if (number == nullptr) return malformed("cdnistt");
    if (*number < 0 || *number > 2) return unsupported("cdnistt");
    reader.transport = *number;
    return std::nullopt;
}

// A limit that can't be read must not turn into none; 0 would mean none.
std::optional<Refusal> read_height(Reader& reader, const json::value& value) {
    const auto lines = count_of(value, std::numeric_limits<std::uint32_t>::max());
    if (!lines || *lines == 0) return malformed(max_height_claim);
    reader.claims.cap.height = static_cast<std::uint32_t>(*lines);
    return std::nullopt;
}

std::optional<Refusal> read_bandwidth(Reader& reader, const json::value& value) {
    const auto rate = count_of(value, std::numeric_limits<std::int64_t>::max());
    if (!rate || *rate == 0) return malformed(max_bandwidth_claim);
    reader.claims.cap.bandwidth = BitRate{static_cast<std::uint64_t>(*rate)};
    return std::nullopt;
}

const std::array<Reader::Known, 15> Reader::known{{
    {"iss", [](Reader& r, const json::value& v) { return read_text(v, "iss", r.claims.issuer); }},
    {"jti", [](Reader& r, const json::value& v) { return read_text(v, "jti", r.claims.id); }},
    {"exp", [](Reader& r, const json::value& v) { return read_time(v, "exp", r.claims.expires); }},
    {"nbf", [](Reader& r, const json::value& v) { return read_time(v, "nbf", r.claims.not_before); }},
    {"iat", [](Reader& r, const json::value& v) { return read_time(v, "iat", r.claims.issued); }},
    {"sub", read_subject},
    {"aud", read_audience},
    {"cnf", read_confirmation},
    {"cdniv", read_version},
    {"cdniuc", read_container},
    {"cdnistd", read_depth},
    {"cdniets", read_lifetime},
    {"cdnistt", read_transport},
    {max_height_claim, read_height},
    {max_bandwidth_claim, read_bandwidth},
}};

const Reader::Known* find_known(string_view name) {
    const auto found = std::find_if(Reader::known.begin(), Reader::known.end(),
                                    [&](const Reader::Known& each) { return each.name == name; });
    return found == Reader::known.end() ? nullptr : found;
}

// Each name in the list must be one that is understood, and there: as with crit of RFC 7515 section 4.1.11.
std::optional<Refusal> check_critical(const json::value& value, const json::object& all) {
    const auto text = text_of(value);
    if (!text) return malformed("cdnicrit");
    for (const string_view part : split(*text, ',')) {
        const string_view name = trim_blanks(part);
        if (name.empty()) return malformed("cdnicrit");
        if (find_known(name) == nullptr) return unsupported("a claim in cdnicrit");
        if (!all.contains(name)) return malformed("cdnicrit");
    }
    return std::nullopt;
}

std::optional<Refusal> read_other(Claims& claims, string_view name, const json::value& value) {
    if (name.starts_with("cdni")) return unsupported("a claim of CDNI");
    if (name.empty() || name.size() > most_text || is_beyond_bounds(value)) return malformed("a long claim");
    auto values = values_of(value);
    if (!values) return std::nullopt;
    if (claims.others.size() == most_others) return malformed("too many claims");
    claims.others.push_back(Claim{std::string{name}, std::move(*values)});
    return std::nullopt;
}

// Without a lifetime the next token would have none either: no renewal then.
void settle_renewal(Reader& reader) {
    Renewal& renewal = reader.claims.renewal;
    if (reader.transport == 0 || reader.lifetime == 0) {
        renewal = {};
        return;
    }
    renewal.by = reader.transport == 1 ? Renewal::By::cookie : Renewal::By::query;
    renewal.lifetime = Seconds{reader.lifetime};
}

}  // namespace

Verdict<Claims> read(string_view payload) {
    const auto value = parse_json(payload);
    const json::object* object = value ? value->if_object() : nullptr;
    if (object == nullptr) return malformed("the claims are no object");
    Reader reader;
    reader.claims.format = Format::uri_signing;
    for (const auto& member : *object) {
        const string_view name{member.key().data(), member.key().size()};
        const Reader::Known* known = find_known(name);
        auto refusal = known != nullptr     ? known->read(reader, member.value())
                       : name == "cdnicrit" ? check_critical(member.value(), *object)
                                            : read_other(reader.claims, name, member.value());
        if (refusal) return *refusal;
    }
    if (reader.claims.uris.empty()) return Refusal{Reason::claims, "cdniuc"};
    settle_renewal(reader);
    return std::move(reader.claims);
}

}  // namespace outpost::auth::uri_signing
