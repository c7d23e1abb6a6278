// How each contestant is configured and started: one file each (outpost.cpp, nginx.cpp, varnish.cpp,
// floor.cpp), as well as we know how. Whoever knows better changes it there. Thread rule: pure functions, but
// for looking up programs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "bench/stand/certificate.hpp"
#include "bench/stand/stand.hpp"

namespace outpost::bench {

// Where a contestant is put up. All paths are absolute.
struct Site {
    std::filesystem::path folder;   // its own: configuration, logs, caches
    std::filesystem::path content;  // www/ and library/
    std::filesystem::path outpost;  // the program
    std::uint16_t port = 0, admin_port = 0, origin_port = 0;
    Bytes cache;
    std::optional<CertificateFiles> certificate;  // TLS 1.3 with it
    std::string token_key_folder;
};

struct Recipe {
    std::vector<std::string> words, companion;  // of ChildPlan
    std::filesystem::path file;                 // where the configuration is to be written; empty: none
    std::string configuration;
    bool hangup_reloads = false;         // SIGHUP reads the configuration again
    std::vector<std::string> purge_all;  // the command; empty: it can't
    std::filesystem::path remove_after;  // a folder outside of its own; empty: none
};

bool has_origin(Contestant contestant);

std::string outpost_configuration(const Site& site, bool edge);
std::string nginx_static_configuration(const Site& site);
std::string nginx_cache_configuration(const Site& site);
std::string nginx_origin_configuration(const Site& site);  // listens at origin_port
std::string varnish_configuration(const Site& site);

Outcome<Recipe> outpost_recipe(const Site& site, bool edge);
// `configuration` is one of the above; it is written to `<name>.conf`.
Outcome<Recipe> nginx_recipe(const Site& site, std::string_view name, std::string configuration);
Outcome<Recipe> varnish_recipe(const Site& site);
Outcome<Recipe> floor_recipe(const Site& site);

// In double quotes with backslashes, as JSON, TOML and nginx all read it.
std::string in_quotes(const std::filesystem::path& path);

}  // namespace outpost::bench
