#include "cdn/origin/s3.hpp"

#include "base/file.hpp"
#include "client.hpp"

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

TEST_CASE("a request to a bucket is signed, in either style, with the secret of its file") {
    std::string seen;
    const tests::ScriptedOrigin origin{[&seen](tests::Peer& peer, int) {
        seen = peer.request();
        peer.send(tests::reply_of(200, ""));
    }};
    const auto file =
        std::filesystem::temp_directory_path() / fmt::format("outpost-secret-{}", origin.port());
    REQUIRE(write_file_atomically(file, "verysecret\nnot this\n").has_value());
    OriginOptions options;
    options.url = "http://localhost:" + std::to_string(origin.port());
    options.s3.bucket = "films";
    options.s3.key = "AKEY";
    options.s3.secret_file = file;
    tests::Client path_style{tests::Client::quick(), {options}};
    auto call = tests::Client::call_of("/a%20b+c?z=1&y");
    call.fields.add("Range", "bytes=0-9");
    CHECK(path_style.ask(call).status == 200);
    CHECK(seen.starts_with(
        fmt::format("GET /films/a%20b%2Bc?y=&z=1 HTTP/1.1\r\nHost: localhost:{}\r\n", origin.port())));
    CHECK(seen.find("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,") != std::string::npos);
    CHECK(seen.find("verysecret") == std::string::npos);
    options.s3.path_style = false;
    tests::Client host_style{tests::Client::quick(), {options}};
    const auto got = host_style.ask(call);  // not every resolver knows names below localhost
    CHECK((got.status == 200 || got.error == Errc::origin_dns));
    CHECK(host_style.status().name == fmt::format("http://films.localhost:{}", origin.port()));
    std::filesystem::remove(file);
}
