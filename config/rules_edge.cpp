#include "config/rules_edge.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"
#include "config/rules_files.hpp"
#include "config/rules_match.hpp"
#include "config/rules_origin.hpp"
#include "config/url.hpp"

namespace outpost::config {
namespace {

namespace fs = std::filesystem;

void only_for_edges(std::string_view header, Position at, std::vector<Fault>& faults) {
    faults.push_back({at, fmt::format("{} is for an edge, and there is no [edge]", header),
                      fmt::format("add [edge], or remove {}", header)});
}

// A node without [edge] that has its sections is an edge that nobody turned on.
void check_no_edge(const Settings& settings, std::vector<Fault>& faults) {
    const auto repeated = [&faults](const auto& sections) {
        if (sections.empty()) return;
        only_for_edges(fmt::format("[[{}]]", sections.name()), sections.begin()->at(), faults);
    };
    repeated(settings.pool);
    repeated(settings.origin);
    repeated(settings.route);
    repeated(settings.disk);
    if (settings.cache.given()) only_for_edges("[cache]", settings.cache.at(), faults);
    if (settings.redis.given() && !settings.auth.given())
        only_for_edges("[redis]", settings.redis.at(), faults);
}

void check_edge(const EdgeOptions& edge, std::vector<Fault>& faults) {
    if (!edge.name.given() || (is_plain_name(edge.name()) && !is_digit_or_mark(edge.name().front()))) return;
    faults.push_back(
        {edge.name.at(),
         fmt::format("name is {}, which other caches could not read", describe(Value{edge.name()})),
         "write a letter, then letters, digits, - . or _, such as \"outpost\""});
}

// ---- routes

void check_query(const Option<std::vector<std::string>>& query, std::vector<Fault>& faults) {
    const auto& names = query();
    if (names.size() > 1 && std::find(names.begin(), names.end(), "*") != names.end()) {
        faults.push_back({query.at(), "query holds \"*\" and other names, and \"*\" is all of them",
                          "write [\"*\"] alone, or the names alone"});
        return;
    }
    for (const std::string& name : names) {
        if (!name.empty() && name.find_first_of("&=#? ") == std::string::npos) continue;
        faults.push_back({query.at(), fmt::format("{} is not the name of a parameter", describe(Value{name})),
                          "write what stands before its =, such as \"quality\""});
    }
}

void check_routes(const Settings& settings, std::vector<Fault>& faults) {
    for (const RouteOptions& route : settings.route) {
        if (!route.pool().empty()) check_pool_name(settings, route.pool, faults);
        check_conditions(conditions_of(route), faults);
        check_query(route.query, faults);
        if (route.ttl_max() > 0ms && route.ttl() > route.ttl_max())
            faults.push_back(
                {route.ttl.at(),
                 fmt::format("ttl {} is above ttl_max {}", to_text(route.ttl()), to_text(route.ttl_max())),
                 "lower it, or raise ttl_max"});
    }
    check_reachable(settings.route, faults);
}

// ---- disks

// Whether `inner` is `outer` or lies below it.
bool is_within(const fs::path& inner, const fs::path& outer) {
    auto in = inner.begin();
    for (auto out = outer.begin(); out != outer.end(); ++out, ++in) {
        if (out->empty()) continue;  // after a last slash
        if (in == inner.end() || *in != *out) return false;
    }
    return true;
}

bool overlap(const fs::path& a, const fs::path& b) { return is_within(a, b) || is_within(b, a); }

// `form` makes paths comparable. A cache removes what it doesn't know, so its directory is its alone.
template <class Form>
void check_apart(const Settings& settings, Form&& form, std::vector<Fault>& faults) {
    for (auto disk = settings.disk.begin(); disk != settings.disk.end(); ++disk) {
        if (!disk->directory.given()) continue;
        const fs::path path = form(disk->directory());
        const auto earlier = std::find_if(settings.disk.begin(), disk, [&](const DiskOptions& each) {
            return each.directory.given() && overlap(form(each.directory()), path);
        });
        std::string other;
        if (earlier != disk) {
            other = fmt::format("that of the [[disk]] of line {}, {}", earlier->at().line,
                                earlier->directory().string());
        } else if (settings.library.directory.given() && overlap(form(settings.library.directory()), path)) {
            other = fmt::format("that of [library], {}", settings.library.directory().string());
        }
        if (other.empty()) continue;
        faults.push_back(
            {disk->directory.at(),
             fmt::format("directory {} is, holds or lies in {}", disk->directory().string(), other),
             "choose one that is used for nothing else"});
    }
}

void check_disk(const DiskOptions& disk, std::vector<Fault>& faults) {
    if (!disk.directory.given()) return;
    const fs::path& path = disk.directory();
    std::error_code error;
    // What can't be looked at is left to access(), which says why.
    if (fs::exists(path, error) && !fs::is_directory(path, error)) {
        faults.push_back({disk.directory.at(), fmt::format("{} is not a directory", path.string()),
                          "name the directory that the cache shall use"});
        return;
    }
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
        faults.push_back({disk.directory.at(),
                          fmt::format("{} can't be written to: {}", path.string(), std::strerror(errno)),
                          "create it, and let the user that outpost runs as write there"});
        return;
    }
    const fs::space_info space = fs::space(path, error);
    if (error || !disk.size.given() || disk.size().count() <= space.capacity) return;
    faults.push_back({disk.size.at(),
                      fmt::format("size is {}, and the file system of {} holds {}", to_text(disk.size()),
                                  path.string(), to_text(Bytes{space.capacity >> 20 << 20})),
                      "write less, or mount the disk that was meant"});
}

// ---- Redis

void check_redis(const RedisOptions& redis, std::vector<Fault>& faults) {
    if (!redis.url.given()) return;
    const auto url = parse_redis_url(redis.url());
    const bool other_password = redis.password_file.given() && !redis.password_file().empty();
    if (!url) {
        faults.push_back(
            {redis.url.at(),
             fmt::format("url is {}, not that of a Redis", describe(Value{without_userinfo(redis.url())})),
             "write redis://[user:password@]host[:port][/database], such as "
             "\"redis://127.0.0.1:6379\""});
    } else if (!url->password.empty() && other_password) {
        faults.push_back({redis.password_file.at(), "url holds a password already",
                          "remove the one in url, or password_file"});
    } else if (!url->user.empty() && url->password.empty() && !other_password) {
        faults.push_back({redis.url.at(),
                          fmt::format("the user {} has no password", describe(Value{url->user})),
                          "add password_file"});
    }
    if (redis.stream().empty())
        faults.push_back({redis.stream.at(), "the stream has no name", "write \"outpost:purge\""});
}

}  // namespace

void check_edge_rules(const Settings& settings, std::vector<Fault>& faults) {
    check_redis(settings.redis, faults);
    if (!settings.edge.given()) {
        check_no_edge(settings, faults);
        return;
    }
    check_edge(settings.edge, faults);
    check_origins(settings, faults);
    check_routes(settings, faults);
    check_apart(
        settings, [](const fs::path& path) { return path; }, faults);
}

void check_edge_files(const Settings& settings, std::vector<Fault>& faults) {
    for (const OriginOptions& origin : settings.origin) {
        check_file(origin.ca, faults);
        check_file(origin.s3_secret_file, faults);
    }
    check_file(settings.redis.password_file, faults);
    for (const DiskOptions& disk : settings.disk) check_disk(disk, faults);
    // The same directory by two names: only where the names alone did not tell.
    std::vector<Fault> by_name;
    check_apart(
        settings, [](const fs::path& path) { return path; }, by_name);
    if (!by_name.empty()) return;
    check_apart(
        settings,
        [](const fs::path& path) {
            std::error_code error;
            fs::path real = fs::weakly_canonical(path, error);
            return error ? path : real;
        },
        faults);
}

}  // namespace outpost::config
