// How a node gets to its Redis. Thread rule: a pure function of the settings and the password's file.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace outpost::server {

struct RedisLogin {
    std::string url;
    std::string password;  // instead of the URL's when it isn't empty
};

// Of settings that have [redis]. The Problem is the password file's.
Outcome<RedisLogin> redis_login(const config::Settings& settings);

}  // namespace outpost::server
