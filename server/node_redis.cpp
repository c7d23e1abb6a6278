#include "server/node_redis.hpp"

#include "base/file.hpp"

namespace outpost::server {

Outcome<RedisLogin> redis_login(const config::Settings& s) {
    RedisLogin login{s.redis.url(), ""};
    if (s.redis.password_file().empty()) return login;
    auto password = read_file(s.redis.password_file(), 4_KiB);
    if (!password) return password.error();
    login.password = password->substr(0, password->find_first_of("\r\n"));
    return login;
}

}  // namespace outpost::server
