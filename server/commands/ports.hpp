// Whether an address can be listened on now, and if not, who holds it. Used before a server starts, to say so
// in words. Thread rule: any thread; binds a socket for an instant.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "config/option.hpp"

namespace outpost::server {

struct Holder {
    std::string name;  // of the program; "" when it can't be found out (another user's, without privilege)
    int process = 0;
};

struct PortTaken {
    std::string what;    // "port taken: 0.0.0.0:8080 is in use, by nginx (process 812)"
    std::string remedy;  // "choose another or stop it"
    Holder holder;       // empty when nobody holds it and the reason is another
};

// Nothing when the address is free.
std::optional<PortTaken> try_port(const config::Address& address);

// The same with its place in the configuration file.
Problem problem_of(const PortTaken& taken, const config::Option<config::Address>& option,
                   const std::filesystem::path& file);

}  // namespace outpost::server
