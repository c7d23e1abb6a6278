#include "cdn/origin/s3.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::origin;

namespace {

// The keys and the instant of the worked examples in AWS's documentation of Signature Version 4.
const S3Keys keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"};
constexpr std::string_view host = "examplebucket.s3.amazonaws.com";
const WallTime then{std::chrono::sys_days{std::chrono::year{2013} / 5 / 24}};

std::string signature(std::string_view path, std::string_view query, std::string_view range) {
    const auto target = s3_target(path, query);
    REQUIRE(target.has_value());
    const auto fields = sign(keys, "GET", host, *target, range, then);
    const std::string line{fields.find("Authorization")};
    return line.substr(line.find("Signature=") + 10);
}

}  // namespace

TEST_CASE("signatures are those of AWS's worked examples") {
    CHECK(signature("/test.txt", "", "bytes=0-9") ==
          "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    CHECK(signature("/", "lifecycle", "") ==
          "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    CHECK(signature("/", "prefix=J&max-keys=2", "") ==
          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_CASE("the fields of a signature name the time, the body's digest and the scope") {
    const auto fields = sign(keys, "GET", host, *s3_target("/a", ""), "", then);
    CHECK(fields.find("x-amz-date") == "20130524T000000Z");
    CHECK(fields.find("x-amz-content-sha256").size() == 64);
    const std::string_view line = fields.find("Authorization");
    CHECK(line.starts_with(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="));
    CHECK(line.find(keys.secret) == std::string_view::npos);
}

TEST_CASE("a target is escaped once, as S3 counts, and its query is sorted") {
    struct Case {
        std::string_view path, query, wanted_path, wanted_query;
    };
    const std::vector<Case> table{
        {"/a/b.mp4", "", "/a/b.mp4", ""},       {"/a b", "", "/a%20b", ""},
        {"/a%20b%7e", "", "/a%20b~", ""},       {"/a+b(c)", "", "/a%2Bb%28c%29", ""},
        {"/a%2fb", "", "/a%2Fb", ""},           {"/%c3%a9", "", "/%C3%A9", ""},
        {"/", "b=2&a=1&&c", "/", "a=1&b=2&c="}, {"/", "a-b=1&a=2&a=1", "/", "a=1&a=2&a-b=1"},
        {"/", "a=x/y=z", "/", "a=x%2Fy%3Dz"},
    };
    for (const Case& c : table) {
        CAPTURE(c.path);
        CAPTURE(c.query);
        const auto target = s3_target(c.path, c.query);
        REQUIRE(target.has_value());
        CHECK(target->path == c.wanted_path);
        CHECK(target->query == c.wanted_query);
    }
    for (const std::string_view malformed : {"/%", "/%4", "/%zz", "/%4g"}) {
        CHECK_FALSE(s3_target(malformed, "").has_value());
        CHECK_FALSE(s3_target("/", malformed).has_value());
    }
}
