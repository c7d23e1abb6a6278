#include "config/rules_origin.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"
#include "config/url.hpp"

namespace outpost::config {
namespace {

std::vector<std::string> names_of_pools(const Settings& settings) {
    std::vector<std::string> names;
    for (const PoolOptions& pool : settings.pool) {
        if (pool.name.given()) names.push_back(pool.name());
    }
    return names;
}

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool given_text(const Option<std::string>& option) { return option.given() && !option().empty(); }
bool given_path(const Option<std::filesystem::path>& option) { return option.given() && !option().empty(); }

// ---- pools

void check_pool(const PoolOptions& pool, std::vector<Fault>& faults) {
    if (pool.name.given() && !is_plain_name(pool.name()))
        faults.push_back({pool.name.at(), fmt::format("name is {}, not a name", describe(Value{pool.name()})),
                          "write letters, digits, - . and _, such as \"main\""});
    if (!pool.host().empty() && !is_host_with_port(pool.host()))
        faults.push_back({pool.host.at(), fmt::format("host is {}, not a host", describe(Value{pool.host()})),
                          "write a name and perhaps a port, such as \"films.example.org\""});
    const std::string& path = pool.health_path();
    if (!path.empty() && (path.front() != '/' || path.find_first_of(" #") != std::string::npos))
        faults.push_back({pool.health_path.at(),
                          fmt::format("health_path is {}, not a path", describe(Value{path})),
                          "write one that begins with /, such as \"/healthz\""});
}

void check_pools(const Settings& settings, std::vector<Fault>& faults) {
    for (auto pool = settings.pool.begin(); pool != settings.pool.end(); ++pool) {
        check_pool(*pool, faults);
        if (!pool->name.given()) continue;
        const auto earlier = std::find_if(settings.pool.begin(), pool, [&pool](const PoolOptions& each) {
            return each.name() == pool->name();
        });
        if (earlier == pool) continue;
        faults.push_back({pool->name.at(),
                          fmt::format("name {} is taken by the [[pool]] of line {}",
                                      describe(Value{pool->name()}), earlier->at().line),
                          "choose another"});
    }
}

// An origin whose pool is misspelt may be the one that a pool lacks: then only the misspelling is told.
void check_membership(const Settings& settings, std::vector<Fault>& faults) {
    if (settings.pool.empty()) {
        faults.push_back({settings.edge.at(), "an edge needs a [[pool]] with an [[origin]]",
                          "add [[pool]] with name = \"main\", and [[origin]] with url = "
                          "\"http://127.0.0.1:9000\""});
        return;
    }
    const auto names = names_of_pools(settings);
    bool all_known = names.size() == settings.pool.size();
    for (const OriginOptions& origin : settings.origin) {
        if (is_one_of(origin.pool(), names)) continue;
        all_known = false;
        if (origin.pool.given()) {
            check_pool_name(settings, origin.pool, faults);
        } else if (!names.empty()) {
            faults.push_back({origin.at(), "[[origin]] names no pool, and none is called \"main\"",
                              fmt::format("add pool = {}", toml_string(names.front()))});
        }
    }
    if (!all_known) return;
    for (const PoolOptions& pool : settings.pool) {
        if (std::any_of(settings.origin.begin(), settings.origin.end(),
                        [&pool](const OriginOptions& origin) { return origin.pool() == pool.name(); }))
            continue;
        faults.push_back({pool.at(), fmt::format("pool {} has no origin", describe(Value{pool.name()})),
                          fmt::format("add [[origin]] with pool = {} and a url", toml_string(pool.name()))});
    }
}

// ---- one origin

void check_tls(const OriginOptions& origin, const ServerUrl& url, std::vector<Fault>& faults) {
    const auto only_https = [&](const OptionBase& option) {
        faults.push_back({option.at(), fmt::format("{} is for https, and url is http", option.name()),
                          fmt::format("remove it, or write https:// in url")});
    };
    if (url.scheme == "http") {
        if (given_path(origin.ca)) only_https(origin.ca);
        if (given_text(origin.server_name)) only_https(origin.server_name);
        return;
    }
    if (!origin.verify && given_path(origin.ca))
        faults.push_back({origin.ca.at(), "ca is not looked at while verify is false",
                          "remove verify = false: with ca, the origin can be verified"});
    if (given_text(origin.server_name) && !is_host(origin.server_name()))
        faults.push_back({origin.server_name.at(),
                          fmt::format("server_name is {}, not a host", describe(Value{origin.server_name()})),
                          "write a name without a port, such as \"films.example.org\""});
}

void check_url(const OriginOptions& origin, std::vector<Fault>& faults) {
    if (!origin.url.given()) return;
    const auto url = parse_server_url(origin.url());
    if (url && url->has_userinfo) {
        faults.push_back({origin.url.at(), "url holds a user name or a password, which origins are not sent",
                          "remove all between // and the host"});
    } else if (!url || (url->scheme != "http" && url->scheme != "https")) {
        faults.push_back(
            {origin.url.at(),
             fmt::format("url is {}, not that of an origin", describe(Value{without_userinfo(origin.url())})),
             "write http:// or https://, a host, perhaps a port and a path, and nothing after it, "
             "such as \"http://127.0.0.1:9000\""});
    } else {
        check_tls(origin, *url, faults);
    }
}

// Three to 63 lower-case letters, digits, dots and hyphens, as S3 has them.
bool is_bucket(std::string_view text) {
    return text.size() >= 3 && text.size() <= 63 &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

void check_s3(const OriginOptions& origin, std::vector<Fault>& faults) {
    const bool bucket = given_text(origin.s3_bucket);
    const bool key = given_text(origin.s3_key);
    const bool secret = given_path(origin.s3_secret_file);
    if (!bucket) {
        if (!key && !secret) return;
        const OptionBase& first = key ? static_cast<const OptionBase&>(origin.s3_key) : origin.s3_secret_file;
        faults.push_back(
            {first.at(),
             fmt::format("{} signs requests to a bucket, and there is no s3_bucket", first.name()),
             fmt::format("add s3_bucket, or remove {}", first.name())});
        return;
    }
    if (!key || !secret)
        faults.push_back(
            {origin.s3_bucket.at(),
             fmt::format("requests to a bucket are signed, and there is no {}",
                         key ? "s3_secret_file" : (secret ? "s3_key" : "s3_key and no s3_secret_file")),
             "add it; a bucket that all may read is no s3_bucket but a part of url"});
    if (!is_bucket(origin.s3_bucket()))
        faults.push_back({origin.s3_bucket.at(),
                          fmt::format("s3_bucket is {}, not a bucket", describe(Value{origin.s3_bucket()})),
                          "write 3 to 63 lower-case letters, digits, - and ., such as \"films\""});
    if (!is_plain_name(origin.s3_region()))
        faults.push_back({origin.s3_region.at(),
                          fmt::format("s3_region is {}, not a region", describe(Value{origin.s3_region()})),
                          "write one such as \"us-east-1\""});
}

}  // namespace

bool is_digit_or_mark(char c) { return std::string_view{"0123456789-._"}.find(c) != std::string_view::npos; }

bool is_plain_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const char lower = ascii_lower(c);
        return (lower >= 'a' && lower <= 'z') || is_digit_or_mark(c);
    });
}

void check_pool_name(const Settings& settings, const Option<std::string>& pool, std::vector<Fault>& faults) {
    const auto names = names_of_pools(settings);
    if (names.empty() || is_one_of(pool(), names)) return;
    const auto near = nearest(ascii_lower(pool()), names);
    faults.push_back({pool.at(), fmt::format("no [[pool]] has the name {}", describe(Value{pool()})),
                      near ? fmt::format("did you mean {}?", toml_string(*near))
                           : fmt::format("there is {}", fmt::join(names, ", "))});
}

void check_origins(const Settings& settings, std::vector<Fault>& faults) {
    check_pools(settings, faults);
    check_membership(settings, faults);
    for (const OriginOptions& origin : settings.origin) {
        check_url(origin, faults);
        check_s3(origin, faults);
    }
}

}  // namespace outpost::config
