#include "manifest/carrier.hpp"

#include <doctest/doctest.h>

using namespace outpost::manifest;

namespace {

ViewOptions options_for(std::string authority) {
    ViewOptions options;
    options.query_name = "tok";
    options.authority = std::move(authority);
    return options;
}

std::string carried(std::string_view uri, std::string authority = "tv.example") {
    return Carrier{options_for(std::move(authority)), "V"}.carried(uri);
}

}  // namespace

TEST_CASE("the parameter goes behind the query that is there and before the fragment") {
    CHECK_EQ(carried("a.m4s"), "a.m4s?tok=V");
    CHECK_EQ(carried("/x/a.m4s?"), "/x/a.m4s?tok=V");
    CHECK_EQ(carried("a.m4s?x=1&y"), "a.m4s?x=1&y&tok=V");
    CHECK_EQ(carried("a.m4s?x=1&"), "a.m4s?x=1&&tok=V");
    CHECK_EQ(carried("a.m4s?x=1#t=3"), "a.m4s?x=1&tok=V#t=3");
    CHECK_EQ(carried("a.m4s#what?"), "a.m4s?tok=V#what?");
    CHECK_EQ(carried("?x"), "?x&tok=V");
    CHECK_EQ(carried(""), "");
}

TEST_CASE("a parameter of that name is there once: the one that is put in") {
    CHECK_EQ(carried("a?tok=old"), "a?tok=V");
    CHECK_EQ(carried("a?tok&x=1&tok=other&token=2"), "a?x=1&token=2&tok=V");
    for (const std::string_view uri : {"a", "a?", "a?x=1", "a?x&", "a?&", "a?&&x", "a?tok=1&", "a#?tok=2"})
        CHECK_EQ(carried(carried(uri)), carried(uri));
}

TEST_CASE("an absolute URI gets the parameter when its authority is the request's, however it is spelt") {
    CHECK_EQ(carried("https://tv.example/a"), "https://tv.example/a?tok=V");
    CHECK_EQ(carried("HTTP://TV.example:80/a?x"), "HTTP://TV.example:80/a?x&tok=V");
    CHECK_EQ(carried("//tv.example/a"), "//tv.example/a?tok=V");
    CHECK_EQ(carried("https://tv.example"), "https://tv.example?tok=V");
    CHECK_EQ(carried("https://tv.example:8443/a", "tv.example:8443"), "https://tv.example:8443/a?tok=V");
    CHECK_EQ(carried("https://[::1]:8443/a", "[::1]:8443"), "https://[::1]:8443/a?tok=V");
}

TEST_CASE("whatever may lead to others stays as it is") {
    for (const std::string_view uri : {"https://other.example/a",
                                       "//other.example/a",
                                       "https://tv.example.evil/a",
                                       "https://tv.example:444/a",
                                       "http://tv.example:443/a",
                                       "https://tv.example@evil/a",
                                       "https:\\\\evil/a",
                                       "/\\evil/a",
                                       "\\\\evil",
                                       "/\t/evil/a",
                                       " //evil/a",
                                       "https:/evil",
                                       "https:evil",
                                       "data:text/plain,hello",
                                       "skd://key",
                                       "urn:uuid:1",
                                       "1x://evil/a",
                                       "$x$://evil/a",
                                       "https:///a",
                                       "https://evil?tv.example/",
                                       "https://evil#tv.example/"}) {
        CAPTURE(uri);
        CHECK_EQ(carried(uri), uri);
    }
    CHECK_EQ(carried("https://tv.example/a", ""), "https://tv.example/a");
    CHECK_EQ(carried("//tv.example/a", ""), "//tv.example/a");
    CHECK_EQ(carried("a", ""), "a?tok=V");
}

TEST_CASE("a colon behind the first slash, or behind what is no scheme, makes nothing absolute") {
    CHECK_EQ(carried("a/b:c"), "a/b:c?tok=V");
    CHECK_EQ(carried("1:2.ts"), "1:2.ts?tok=V");
    CHECK_EQ(carried("a?u=https://other.example/"), "a?u=https://other.example/&tok=V");
}

TEST_CASE("a reference leads where its base does") {
    Carrier carrier{options_for("tv.example"), "V"};
    CHECK_EQ(carrier.carried("a", false), "a");
    CHECK_EQ(carrier.carried("/a", false), "/a");
    CHECK_EQ(carrier.carried("https://tv.example/a", false), "https://tv.example/a?tok=V");
}

TEST_CASE("a value for a query keeps what may stand there and escapes all else") {
    CHECK_EQ(query_escaped("exp=1~acl=/*!/b,c~hmac=aB0-._:@"), "exp=1~acl=/*!/b,c~hmac=aB0-._:@");
    CHECK_EQ(query_escaped("a&b#c?d+e%f"), "a%26b%23c%3Fd%2Be%25f");
    CHECK_EQ(query_escaped("<\"'$> {}\\\n\xFF"), "%3C%22%27%24%3E%20%7B%7D%5C%0A%FF");
}
