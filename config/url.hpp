// URLs of servers that an operator names: origins and Redis. Only their syntax; what is behind them is not
// asked. Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outpost::config {

struct ServerUrl {
    std::string scheme;         // as written: "http"
    std::string user;           // decoded; empty when there is none
    std::string password;       // decoded
    bool has_userinfo = false;  // whether there was an '@'
    std::string host;           // a host name, an IPv4 address, or an IPv6 address without its brackets
    std::uint16_t port = 0;     // 0 when the text names none
    std::string path;           // what follows, from its '/' on; may be empty
};

// "scheme://[user[:password]@]host[:port][/path]". Nothing for anything else, a query and a fragment
// included.
std::optional<ServerUrl> parse_server_url(std::string_view text);

struct RedisUrl {
    std::string host;
    std::uint16_t port = 6379;
    std::uint32_t database = 0;
    std::string user;      // empty: the default user
    std::string password;  // empty: none here
};

// "redis://[user:password@]host[:port][/database]"; "redis://:password@host" for the default user, and
// "redis://user@host" when the password is told elsewhere.
std::optional<RedisUrl> parse_redis_url(std::string_view text);

// A URL fit for messages and logs: what stands before the '@' is left out.
std::string without_userinfo(std::string_view url);

// Letters, digits, - . and _ in labels that are not empty ("films.example.org", "origin_1", "192.0.2.1"), or
// an IPv6 address in brackets.
bool is_host(std::string_view text);
// A host, perhaps with ':' and a port: what a Host field holds.
bool is_host_with_port(std::string_view text);

}  // namespace outpost::config
