// What one conversation with a real Redis does when Redis does not do as it should.
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/base/redis/redis_server.hpp"

using namespace outpost;
using namespace outpost::redis;
using outpost::test::patience;
using outpost::test::RedisServer;

namespace {

using Words = std::vector<std::string_view>;

RedisConnection open_to(const RedisServer& server, const Cancellation& cancellation) {
    auto connection = RedisConnection::open(server.address(), Milliseconds{patience}, cancellation);
    REQUIRE_MESSAGE(connection.has_value(), connection.error().line());
    return std::move(*connection);
}

std::string problem_of(const RedisServer& server, const Words& words, Milliseconds timeout) {
    const Cancellation never;
    const auto reply = open_to(server, never).command(words, timeout);
    return reply ? "" : reply.error().what;
}

}  // namespace

TEST_CASE("replies of every kind come back as values") {
    RedisServer server{false};
    const RedisReply reply = server.command(
        {"EVAL", "return {1, 'a\\0b', false, {redis.status_reply('fine'), {}}, redis.error_reply('NO way')}",
         "0"});
    REQUIRE(reply.kind == RedisReply::Kind::list);
    REQUIRE(reply.list.size() == 5);
    CHECK(reply.list[0].integer == 1);
    CHECK(reply.list[1].text == std::string_view{"a\0b", 3});
    CHECK(reply.list[2].kind == RedisReply::Kind::nil);
    CHECK(reply.list[3].list.at(0).text == "fine");
    CHECK(reply.list[3].list.at(1).kind == RedisReply::Kind::list);
    CHECK(reply.list[4].is_error());
    CHECK(server.command({"NONSENSE"}).is_error());
}

TEST_CASE("a reply that is too long, has too long a list or is too deep is refused before it takes memory") {
    RedisServer server{false};
    server.command({"SETRANGE", "long", "20000000", "x"});
    CHECK(problem_of(server, {"GET", "long"}, Milliseconds{patience}) == "a reply is longer than 16MiB");
    CHECK(problem_of(server, {"EVAL", "local t = {} for i = 1, 65537 do t[i] = 1 end return t", "0"},
                     Milliseconds{patience}) == "a reply has a list of more than 65536 elements");
    CHECK(problem_of(server, {"EVAL", "local t = {} for i = 1, 20 do t = {t} end return t", "0"},
                     Milliseconds{patience})
              .starts_with("this is not Redis' protocol: "));
}

TEST_CASE("a command has its time, and can be called off from another thread") {
    RedisServer server{false};
    CHECK(problem_of(server, {"BLPOP", "nothing", "0"}, Milliseconds{20}) == "no answer in time");
    Cancellation cancellation;
    RedisConnection connection = open_to(server, cancellation);
    std::thread other{[&] { cancellation.request(1); }};
    const auto reply = connection.command(Words{"BLPOP", "nothing", "0"}, Milliseconds{patience});
    other.join();
    REQUIRE(reply.has_error());
    CHECK(reply.error().what == "called off");
}

TEST_CASE("a database is selected, and one that isn't there is told") {
    RedisServer server{false};
    const Cancellation never;
    auto address = server.address();
    address.database = 3;
    auto connection = RedisConnection::open(address, Milliseconds{patience}, never);
    REQUIRE(connection.has_value());
    CHECK_FALSE(connection->command(Words{"SET", "here", "x"}, Milliseconds{patience})->is_error());
    CHECK(server.command({"GET", "here"}).kind == RedisReply::Kind::nil);
    address.database = 99;
    const auto none = RedisConnection::open(address, Milliseconds{patience}, never);
    REQUIRE(none.has_error());
    CHECK(none.error().line().starts_with(address.text() + ": database 99: "));
}
