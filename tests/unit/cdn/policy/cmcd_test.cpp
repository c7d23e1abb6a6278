#include "cdn/policy/cmcd.hpp"

#include <doctest/doctest.h>

namespace outpost::cdn::policy {
namespace {

const Uri requested = parse_uri("http://edge.example:8080/live/one/v1/7.m4s?x=1").value();

// What a request with this field leads to; "" is nothing.
std::string next(std::string_view cmcd_request) {
    const std::vector<http::Field> fields{{"CMCD-Request", cmcd_request}};
    const auto hint = next_hint("", fields);
    const auto object = hint ? next_object(requested, *hint) : std::nullopt;
    return object ? object->target : "";
}

std::string next_of(std::string_view reference) { return next("nor=\"" + std::string{reference} + "\""); }

std::optional<NextHint> hint_of_query(std::string_view query) { return next_hint(query, {}); }

}  // namespace

TEST_CASE("nor is relative to what was asked for, and escaped once more than a URL") {
    CHECK(next_of("8.m4s") == "/live/one/v1/8.m4s");
    CHECK(next_of("..%2Fv2%2F8.m4s") == "/live/one/v2/8.m4s");
    CHECK(next_of("../../8.m4s") == "/live/8.m4s");
    CHECK(next_of("%2Flive%2Fa%20b.m4s").empty());
    CHECK(next_of("%2Flive%2Fa%2520b.m4s") == "/live/a%20b.m4s");
    CHECK(next_of("8.m4s%3Fquality%3D2") == "/live/one/v1/8.m4s?quality=2");
    CHECK(next(R"(bl=1200,dl=800,nor="8.m4s",mtp=25400,su)") == "/live/one/v1/8.m4s");
}

TEST_CASE("nor stays at the scheme, host and port of its request") {
    CHECK(next_of("http://edge.example:8080/live/8.m4s") == "/live/8.m4s");
    CHECK(next_of("http://edge.example/live/8.m4s").empty());
    CHECK(next_of("https://edge.example:8080/live/8.m4s").empty());
    CHECK(next_of("http://elsewhere.example/8.m4s").empty());
    CHECK(next_of("http%3A%2F%2F169.254.169.254%2Flatest").empty());
    CHECK(next_of("//elsewhere.example/8.m4s").empty());
    CHECK(next_of("%2F%2Felsewhere.example%2F8.m4s").empty());
    CHECK(next_of("http://edge.example:8080@elsewhere.example/8.m4s").empty());
    CHECK(next_of("javascript:alert(1)").empty());
    CHECK(next_of("file:///etc/passwd").empty());
    CHECK(next_of("\\\\elsewhere.example\\8.m4s").empty());
}

TEST_CASE("nor climbs no higher than the root, and hides no dots and slashes in escapes") {
    CHECK(next_of("../../../8.m4s") == "/8.m4s");
    CHECK(next_of("../../../../8.m4s").empty());
    CHECK(next_of("..%2F..%2F..%2F..%2Fetc%2Fpasswd").empty());
    CHECK(next_of("/../8.m4s").empty());
    CHECK(next_of("a/../../../../../8.m4s").empty());
    CHECK(next_of("%252e%252e/8.m4s").empty());
    CHECK(next_of("%252E%252E%252F8.m4s").empty());
    CHECK(next_of("a%252f8.m4s").empty());
    CHECK(next_of("8.m4s%2500").empty());
}

TEST_CASE("what is no reference is not heard") {
    CHECK(next_of("").empty());
    CHECK(next_of("8.m4s%0D%0AX-Header%3A%201").empty());
    CHECK(next_of("8%").empty());
    CHECK(next_of("8%zz").empty());
    CHECK(next_of("8%00.m4s").empty());
    CHECK(next_of("a b").empty());
    CHECK(next_of(std::string(2000, 'a')).empty());
    CHECK(next("nor=8.m4s").empty());
    CHECK(next("nor").empty());
    CHECK(next("nor=1").empty());
    CHECK(next("nor=\"8.m4s").empty());
    CHECK(next("nor=\"8.m4s\",,bl=1").empty());
    CHECK(next("bl=1200,su").empty());
    CHECK(next("").empty());
    CHECK(next(std::string(100'000, 'a')).empty());
}

TEST_CASE("a string's own escapes are undone first") {
    CHECK(next(R"(nor="8\"9.m4s")").empty());  // a quote is no part of a URL
    CHECK(next(R"(nor="8\x.m4s")").empty());
    CHECK(next(R"(cid="say \"nor=\\\"", nor="8.m4s")") == "/live/one/v1/8.m4s");
}

TEST_CASE("the first of the list of version 2 counts") {
    CHECK(next(R"(nor=("8.m4s" "9.m4s"),v=2)") == "/live/one/v1/8.m4s");
    CHECK(next("nor=(),v=2").empty());
}

TEST_CASE("nrr is the part that will be asked for, of this object when there is no nor") {
    const auto both = hint_of_query("CMCD=nor%3D%22film.mp4%22%2Cnrr%3D%22100-199%22");
    CHECK(both == NextHint{"film.mp4", ByteRange{100, 100}});
    const auto alone = hint_of_query("CMCD=nrr%3D%22100-199%22");
    CHECK(alone == NextHint{"", ByteRange{100, 100}});
    CHECK(next_object(requested, *alone) == NextObject{"/live/one/v1/7.m4s?x=1", ByteRange{100, 100}});
    for (const char* bad : {"", "-", "100", "100-", "-100", "200-100", "0-99999999999", "a-b", "1-2,3-4",
                            "0-18446744073709551615"}) {
        CAPTURE(bad);
        CHECK_FALSE(
            next_hint("", std::vector<http::Field>{{"CMCD-Request", "nrr=\"" + std::string{bad} + "\""}}));
    }
}

TEST_CASE("the query has CMCD once or not at all, and comes before the field") {
    CHECK(hint_of_query("a=1&CMCD=nor%3D%22..%252Fv2%252F8.m4s%22&b=2") == NextHint{"../v2/8.m4s", {}});
    CHECK_FALSE(hint_of_query("CMCD=nor%3D%228.m4s%22&CMCD=nor%3D%229.m4s%22"));
    CHECK_FALSE(hint_of_query("XCMCD=nor%3D%228.m4s%22"));
    CHECK_FALSE(hint_of_query("CMCD=nor%3D%228.m4s%2"));
    CHECK_FALSE(hint_of_query("CMCD="));
    const std::vector<http::Field> field{{"CMCD-Request", R"(nor="9.m4s")"}};
    CHECK(next_hint("CMCD=nor%3D%228.m4s%22", field) == NextHint{"8.m4s", {}});
    CHECK(next_hint("x=1", field) == NextHint{"9.m4s", {}});
}

TEST_CASE("lines of the field are one dictionary") {
    const std::vector<http::Field> fields{{"CMCD-Request", "bl=100"}, {"cmcd-request", R"(nor="9.m4s")"}};
    CHECK(next_hint("", fields) == NextHint{"9.m4s", {}});
}

}  // namespace outpost::cdn::policy
