#include "config/url.hpp"

#include <doctest/doctest.h>

using namespace outpost::config;

TEST_CASE("a server's URL is its scheme, host, port and path") {
    const auto url = parse_server_url("https://films.example.org:8443/a/b%20c");
    REQUIRE(url);
    CHECK(url->scheme == "https");
    CHECK(url->host == "films.example.org");
    CHECK(url->port == 8443);
    CHECK(url->path == "/a/b%20c");
    CHECK_FALSE(url->has_userinfo);

    const auto v6 = parse_server_url("http://[2001:db8::1]");
    REQUIRE(v6);
    CHECK(v6->host == "2001:db8::1");
    CHECK(v6->port == 0);
    CHECK(v6->path.empty());
}

TEST_CASE("what is not quite a server's URL is none") {
    for (const char* text : {"",
                             "films.example.org",
                             "://films",
                             "http:/films",
                             "http://",
                             "http:///a",
                             "http://:80",
                             "http://films:",
                             "http://films:0",
                             "http://films:65536",
                             "http://films:8o",
                             "http://films:80:80",
                             "http://fil ms",
                             "http://films/a b",
                             "http://films/a?b",
                             "http://films/#a",
                             "http://films?b",
                             "http://films..org",
                             "http://.films",
                             "http://films.",
                             "http://[::1",
                             "http://[::1]x",
                             "http://::1",
                             "http://[127.0.0.1]",
                             "http://films/%",
                             "http://films/%4",
                             "http://films/%zz",
                             "http://a:b%zz@films",
                             "http://films/\"",
                             "ht tp://films"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_server_url(text));
    }
}

TEST_CASE("a Redis URL has the usual port, database 0 and no password unless it tells others") {
    const auto plain = parse_redis_url("redis://127.0.0.1");
    REQUIRE(plain);
    CHECK(plain->host == "127.0.0.1");
    CHECK(plain->port == 6379);
    CHECK(plain->database == 0);
    CHECK(plain->user.empty());
    CHECK(plain->password.empty());

    const auto full = parse_redis_url("redis://edge:p%40ss%3Aword@redis.example.org:7000/12");
    REQUIRE(full);
    CHECK(full->host == "redis.example.org");
    CHECK(full->port == 7000);
    CHECK(full->database == 12);
    CHECK(full->user == "edge");
    CHECK(full->password == "p@ss:word");

    const auto default_user = parse_redis_url("redis://:secret@[::1]/");
    REQUIRE(default_user);
    CHECK(default_user->host == "::1");
    CHECK(default_user->user.empty());
    CHECK(default_user->password == "secret");

    for (const char* text : {"rediss://a", "http://a", "redis://", "redis://a/b", "redis://a/1/2",
                             "redis://a/65536", "redis://a:b@", "a:6379", "redis://a/-1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_redis_url(text));
    }
}

TEST_CASE("a URL in a message says nothing of what stands before its @") {
    CHECK(without_userinfo("redis://user:secret@host:1/2") == "redis://…@host:1/2");
    CHECK(without_userinfo("redis://user:sec@ret/@host") == "redis://…@host");
    CHECK(without_userinfo("secret@host") == "…@host");
    CHECK(without_userinfo("http://host/a") == "http://host/a");
}
