#include "cdn/policy/vary.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

std::optional<VaryNames> vary(std::string_view value) { return parse_vary(Fields{{"Vary", value}}); }

// The key of one field of that name and value, under a Vary that names it.
std::string key(std::string_view name, std::string_view value) {
    return selecting_key(vary(name).value(), Fields{{name, value}});
}

struct Encoding {
    std::string_view field, wanted;
};

}  // namespace

TEST_CASE("Vary is a set of names, from all lines") {
    CHECK(vary("")->empty());
    CHECK(parse_vary({})->empty());
    CHECK(*vary("Origin") == VaryNames{"origin"});
    CHECK(*vary("Origin, accept , ,ACCEPT") == VaryNames{"accept", "origin"});
    CHECK(*parse_vary(Fields{{"Vary", "b"}, {"X", "x"}, {"vary", "a, B"}}) == VaryNames{"a", "b"});
    CHECK(join(*vary("b, a")) == "a,b");
}

TEST_CASE("Vary that matches no other request") {
    CHECK_FALSE(vary("*"));
    CHECK_FALSE(vary("a, *"));
    CHECK_FALSE(parse_vary(Fields{{"Vary", "a"}, {"Vary", "*"}}));
    CHECK_FALSE(vary("a b"));
    CHECK_FALSE(vary("\"a\""));
    std::string names = "n0";
    for (int i = 1; i < 16; ++i) names += ",n" + std::to_string(i);
    CHECK(vary(names));
    CHECK(vary(names + ",n0"));
    CHECK_FALSE(vary(names + ",n16"));
}

TEST_CASE("requests select the same response when the named fields are the same") {
    CHECK(selecting_key(VaryNames{}, Fields{{"Origin", "a"}}).empty());
    CHECK(key("origin", "a") != key("origin", "b"));
    CHECK(key("Origin", "a") == key("origin", " a "));
    CHECK(key("origin", "A") != key("origin", "a"));
    CHECK(key("x", "a, b") != key("x", "a,b"));
    const VaryNames names = vary("origin, x").value();
    const Fields one{{"Origin", "a"}, {"Other", "1"}, {"X", "b"}};
    const Fields other{{"X", "b"}, {"origin", "a"}, {"Other", "2"}};
    CHECK(selecting_key(names, one) == selecting_key(names, other));
    CHECK(selecting_key("origin,x", one) == selecting_key(names, one));
    CHECK(selecting_key("", one).empty());
}

TEST_CASE("absence matches only absence") {
    const VaryNames names{"origin"};
    CHECK(selecting_key(names, {}) != selecting_key(names, Fields{{"Origin", ""}}));
    CHECK(selecting_key(names, {}) == selecting_key(names, Fields{{"Other", "a"}}));
}

TEST_CASE("a value can't pass for another field") {
    const VaryNames names{"a", "b"};
    CHECK(selecting_key(names, Fields{{"a", "1\nb:2"}}) !=
          selecting_key(names, Fields{{"a", "1"}, {"b", "2\nb"}}));
}

TEST_CASE("lines of a list are one list") {
    const VaryNames names{"x"};
    CHECK(selecting_key(names, Fields{{"X", "a"}, {"X", "b"}}) == selecting_key(names, Fields{{"X", "a,b"}}));
}

TEST_CASE("blanks and the case of languages do not count in Accept-Language") {
    CHECK(key("accept-language", "en-GB , de; q=0.5") == key("accept-language", "en-gb,de;q=0.5"));
    CHECK(key("accept-language", "en") != key("accept-language", "de"));
    CHECK(key("accept", "text/html ; a=\"x , y\"") == key("accept", "text/html;a=\"x , y\""));
    CHECK(key("accept", "a;x=\"1 , 2\"") != key("accept", "a;x=\"1,2\""));
    CHECK(key("accept", "a;x=\"\\\" , \"") != key("accept", "a;x=\"\\\",\""));
    CHECK(key("accept", "a b") != key("accept", "ab"));
}

TEST_CASE("Accept-Encoding is what this cache tells apart") {
    const std::vector<Encoding> table{
        {"", ""},
        {"gzip", "gzip"},
        {"x-gzip", "gzip"},
        {"GZIP, Br", "br, gzip"},
        {"gzip, deflate, br, zstd", "br, gzip"},
        {"br;q=1.0, gzip;q=0.8, *;q=0.1", "br, gzip"},
        {"deflate", ""},
        {"*", "br, gzip"},
        {"*, br;q=0", "gzip"},
        {"gzip;q=0", ""},
        {"gzip;q=0.000", ""},
        {"gzip;q=0.001", "gzip"},
        {"gzip;q=1.000", "gzip"},
        {"gzip;q=1.001", ""},
        {"gzip;q=0.0001", ""},
        {"gzip;q=x", ""},
        {"gzip;q=", ""},
        {"gzip;x=1", ""},
        {"gzip ; Q=0.5", "gzip"},
        {"identity", ""},
        {"identity;q=0", "identity;q=0"},
        {"gzip, identity;q=0", "gzip, identity;q=0"},
        {"gzip, *;q=0", "gzip, identity;q=0"},
        {"identity, *;q=0", ""},
    };
    for (const Encoding& row : table) {
        CAPTURE(row.field);
        CHECK(normalised_accept_encoding(Fields{{"Accept-Encoding", row.field}}) == row.wanted);
    }
    CHECK_FALSE(normalised_accept_encoding({}));
    CHECK(key("accept-encoding", "gzip, br") == key("accept-encoding", "br;q=0.5,gzip"));
    CHECK(key("accept-encoding", "gzip") != key("accept-encoding", "br"));
    CHECK(normalised_accept_encoding(Fields{{"Accept-Encoding", "gzip"}, {"Accept-Encoding", "br"}}) ==
          "br, gzip");
}
