#include "cdn/origin/s3.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.hpp"
#include "base/text.hpp"

namespace outpost::cdn::origin {
namespace {

constexpr auto algorithm = "AWS4-HMAC-SHA256";
// The digest of nothing: there is no body.
constexpr auto empty_digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string sha256(std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    return {reinterpret_cast<const char*>(digest), size};
}

std::string hmac(std::string_view key, std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
    return {reinterpret_cast<const char*>(digest), size};
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// One escape for each byte that is not unreserved, whatever it came as; `kept` stays bare where it is bare.
std::optional<std::string> canonical(std::string_view text, char kept) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == kept) {
            out += c;
            continue;
        }
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = digit_of(text[i + 1]), low = digit_of(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

// "20130524T000000Z"
std::string basic_time(WallTime now) {
    std::string text = iso_time(std::chrono::floor<std::chrono::seconds>(now));
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

}  // namespace

std::optional<S3Target> s3_target(std::string_view path, std::string_view query) {
    const auto plain_path = canonical(path, '/');
    if (!plain_path) return std::nullopt;
    std::vector<std::pair<std::string, std::string>> parameters;
    for (const std::string_view parameter : split(query, '&')) {
        if (parameter.empty()) continue;
        const auto equals = std::min(parameter.find('='), parameter.size());
        const auto name = canonical(parameter.substr(0, equals), '\0');
        const auto value =
            canonical(equals < parameter.size() ? parameter.substr(equals + 1) : std::string_view{}, '\0');
        if (!name || !value) return std::nullopt;
        parameters.emplace_back(*name, *value);
    }
    std::sort(parameters.begin(), parameters.end());
    S3Target target{*plain_path, ""};
    for (const auto& [name, value] : parameters) {
        target.query += fmt::format("{}{}={}", target.query.empty() ? "" : "&", name, value);
    }
    return target;
}

http::FieldList sign(const S3Keys& keys, std::string_view method, std::string_view host,
                     const S3Target& target, std::string_view range, WallTime now) {
    const std::string time = basic_time(now);
    const std::string date = time.substr(0, 8);
    const std::string ranged = range.empty() ? "" : fmt::format("range:{}\n", range);
    const std::string signed_fields =
        range.empty() ? "host;x-amz-content-sha256;x-amz-date" : "host;range;x-amz-content-sha256;x-amz-date";
    const std::string request =
        fmt::format("{}\n{}\n{}\nhost:{}\n{}x-amz-content-sha256:{}\nx-amz-date:{}\n\n{}\n{}", method,
                    target.path, target.query, host, ranged, empty_digest, time, signed_fields, empty_digest);
    const std::string scope = fmt::format("{}/{}/s3/aws4_request", date, keys.region);
    const std::string to_sign =
        fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope, encode_hex(sha256(request)));
    std::string key = hmac("AWS4" + keys.secret, date);
    for (const std::string_view part :
         {std::string_view{keys.region}, std::string_view{"s3"}, std::string_view{"aws4_request"}})
        key = hmac(key, part);
    http::FieldList fields;
    fields.add("x-amz-date", time);
    fields.add("x-amz-content-sha256", empty_digest);
    fields.add("Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm,
                                            keys.key, scope, signed_fields, encode_hex(hmac(key, to_sign))));
    return fields;
}

}  // namespace outpost::cdn::origin
