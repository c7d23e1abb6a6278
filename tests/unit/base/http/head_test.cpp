#include "base/http/head.hpp"

#include <doctest/doctest.h>

using namespace outpost::http;
using State = ParsedHead::State;

namespace {

constexpr HeadLimits limits{256, 8};

struct Parsed {
    ParsedHead result;
    std::string buffer;
    RequestHead head;
};

// As a connection would: a byte at a time, until there is a verdict.
ParsedHead parse_split(std::string_view text, RequestHead& head) {
    std::size_t searched = 0;
    ParsedHead result;
    for (std::size_t n = 1; n <= text.size() && result.state == State::incomplete; ++n)
        result = parse_head(text.substr(0, n), limits, searched, head);
    return result;
}

struct Case {
    std::string text;
    Refusal refusal;  // none: complete
};

std::string get(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

}  // namespace

TEST_CASE("the verdict on a head is the same whole and byte by byte") {
    const std::vector<Case> table{
        {get(""), Refusal::none},
        {"\r\n" + get(""), Refusal::none},
        {get("X: y\r\n"), Refusal::none},
        {get("Content-Length: 5\r\nContent-Length: 5\r\n"), Refusal::none},
        {get("Content-Length: 5\r\nContent-Length: 05\r\n"), Refusal::none},
        {get("Content-Length: 5\r\nContent-Length: 6\r\n"), Refusal::malformed},
        {get("Content-Length: 18446744073709551616\r\n"), Refusal::malformed},
        {get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), Refusal::malformed},
        {get("Transfer-Encoding: gzip, chunked\r\n"), Refusal::not_implemented},
        {get("Transfer-Encoding: chunked, gzip\r\n"), Refusal::malformed},
        {get("Transfer-Encoding:\r\n"), Refusal::malformed},
        {get("Host: b\r\n"), Refusal::malformed},
        {get("X : y\r\n"), Refusal::malformed},
        {get("X: y\r\n z\r\n"), Refusal::malformed},
        {get("X: y\rz\r\n"), Refusal::malformed},
        {get("X: y\nz\r\n"), Refusal::malformed},
        {get(std::string{"X: \0\r\n", 6}), Refusal::malformed},
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", Refusal::malformed},
        {"GET / HTTP/2.0\nHost: a\r\n\r\n", Refusal::malformed},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", Refusal::version},
        {"GET / HTTP/1.1\r\n\r\n", Refusal::malformed},
        {"GET / HTTP/1.0\r\n\r\n", Refusal::none},
        {"GET /\r\n\r\n", Refusal::malformed},
        {"\r\n\r\n\r\n", Refusal::malformed},
        {"\n", Refusal::malformed},
        {get("X: " + std::string(300, 'y') + "\r\n"), Refusal::too_large},
        {"GET /" + std::string(300, 'y') + " HTTP/1.1\r\n\r\n", Refusal::uri_too_long},
        {"GET /" + std::string(300, 'y') + "\nHTTP/1.1\r\n\r\n", Refusal::uri_too_long},
        {get("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\n"), Refusal::none},
        {get("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\nA: 8\r\n"), Refusal::too_large},
    };
    for (const Case& c : table) {
        CAPTURE(c.text);
        RequestHead head;
        std::size_t searched = 0;
        const ParsedHead whole = parse_head(c.text, limits, searched, head);
        CHECK(whole.refusal == c.refusal);
        CHECK(whole.state == (c.refusal == Refusal::none ? State::complete : State::refused));
        const ParsedHead split = parse_split(c.text, head);
        CHECK(split.state == whole.state);
        CHECK(split.refusal == whole.refusal);
        CHECK(split.consumed == whole.consumed);
    }
}

TEST_CASE("a head of exactly the limit is taken and one byte more is not") {
    const std::string frame = get("X: \r\n");
    for (const std::size_t extra : {0U, 1U}) {
        const std::string text = get("X: " + std::string(limits.bytes - frame.size() + extra, 'y') + "\r\n");
        RequestHead head;
        std::size_t searched = 0;
        CHECK((parse_head(text, limits, searched, head).state == State::complete) == (extra == 0));
        CHECK((parse_split(text, head).state == State::complete) == (extra == 0));
    }
}

TEST_CASE("a head ends where the next one begins") {
    const std::string one = get("X: y\r\n"), two = one + "GET /next";
    RequestHead head;
    std::size_t searched = 0;
    CHECK(parse_head(two, limits, searched, head).consumed == one.size());
    CHECK(head.field("x") == "y");
    CHECK(head.field("Y").empty());
}

TEST_CASE("the target is split into authority, path and query") {
    RequestHead head;
    std::size_t searched = 0;
    const std::string text = "GET HTTP://films.example:80/a?b?c HTTP/1.1\r\nHost: other\r\n\r\n";
    REQUIRE(parse_head(text, limits, searched, head).state == State::complete);
    CHECK(head.host == "films.example:80");
    CHECK(head.path == "/a");
    CHECK(head.query == "b?c");
}
