// One conversation with Redis, for a thread that may wait: connecting with AUTH and SELECT, then commands and
// their replies. The protocol (RESP2) is hiredis' affair, and only connection.cpp knows it. No text made here
// holds the password. Thread rule: a connection belongs to one thread; what calls it off may come from any.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/process.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace outpost::redis {

struct RedisAddress {
    std::string host;  // a name or an IP address, without brackets
    std::uint16_t port = 6379;
    std::string user;      // "" is Redis' default user
    std::string password;  // "" is none
    std::uint32_t database = 0;

    // "redis://host:port" with "/database" unless it is 0: for people, without user and password.
    [[nodiscard]] std::string text() const;
};

// redis://[[user]:password@]host[:port][/database]; user and password may be percent-encoded. The Problem's
// text does not repeat the URL, which may hold the password.
Outcome<RedisAddress> parse_redis_url(std::string_view url);

// What Redis answered, at most 8 lists deep.
struct RedisReply {
    enum class Kind { nil, text, integer, list, error };
    Kind kind = Kind::nil;
    std::string text;  // of text and error
    std::int64_t integer = 0;
    std::vector<RedisReply> list;

    [[nodiscard]] bool is_error() const { return kind == Kind::error; }
};

class RedisConnection {
  public:
    static constexpr std::size_t most_reply_bytes = 16 << 20;
    static constexpr std::size_t most_list = 1 << 16;

    // Connects, shows user and password, selects the database and has the server answer a PING, all within
    // `timeout`. `cancellation` ends every wait of the connection and must outlive it.
    static Outcome<RedisConnection> open(const RedisAddress& address, Milliseconds timeout,
                                         const Cancellation& cancellation);
    RedisConnection(RedisConnection&&) noexcept;
    RedisConnection& operator=(RedisConnection&&) noexcept;
    ~RedisConnection();

    // Sends one command and waits for its reply; the bounds above apply to it. What Redis refuses is a reply
    // of kind error. After a Problem the connection is of no more use.
    Outcome<RedisReply> command(std::span<const std::string_view> words, Milliseconds timeout);

  private:
    struct Parts;
    explicit RedisConnection(std::unique_ptr<Parts> parts);
    Outcome<void> introduce(const RedisAddress& address, SteadyTime deadline);
    Outcome<RedisReply> ask(std::span<const std::string_view> words, SteadyTime deadline);

    std::unique_ptr<Parts> parts_;
};

}  // namespace outpost::redis
