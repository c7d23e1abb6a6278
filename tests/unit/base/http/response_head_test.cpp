#include <doctest/doctest.h>

#include "base/http/head.hpp"

using namespace outpost::http;
using State = ParsedHead::State;

namespace {

constexpr HeadLimits limits{256, 8};

struct Case {
    std::string text;
    Refusal refusal;  // none: complete
};

std::string ok(const std::string& fields) { return "HTTP/1.1 200 OK\r\n" + fields + "\r\n"; }

ParsedHead parse_split(std::string_view text, ResponseHead& head) {
    std::size_t searched = 0;
    ParsedHead result;
    for (std::size_t n = 1; n <= text.size() && result.state == State::incomplete; ++n)
        result = parse_response_head(text.substr(0, n), limits, searched, head);
    return result;
}

ResponseHead parse(const std::string& text) {
    ResponseHead head;
    std::size_t searched = 0;
    REQUIRE(parse_response_head(text, limits, searched, head).state == State::complete);
    return head;
}

}  // namespace

TEST_CASE("the verdict on a response's head is the same whole and byte by byte") {
    const std::vector<Case> table{
        {ok(""), Refusal::none},
        {"HTTP/1.1 200 \r\n\r\n", Refusal::none},
        {"HTTP/1.1 200\r\n\r\n", Refusal::none},
        {"HTTP/1.0 599 Odd\tReason \xE9\r\n\r\n", Refusal::none},
        {"HTTP/1.2 200 OK\r\n\r\n", Refusal::none},
        {ok("X : y\r\n"), Refusal::none},
        {ok("Content-Length: 5\r\nContent-Length: 5\r\n"), Refusal::none},
        {"\r\n" + ok(""), Refusal::malformed},
        {"HTTP/2.0 200 OK\r\n\r\n", Refusal::version},
        {"HTTP/1.1  200 OK\r\n\r\n", Refusal::malformed},
        {"HTTP/1.1 20 OK\r\n\r\n", Refusal::malformed},
        {"HTTP/1.1 2000 OK\r\n\r\n", Refusal::malformed},
        {"HTTP/1.1 099 OK\r\n\r\n", Refusal::malformed},
        {"HTTP/1.1 600 OK\r\n\r\n", Refusal::malformed},
        {"HTTP/1.1 -20 OK\r\n\r\n", Refusal::malformed},
        {"HTTP/1.1 200OK\r\n\r\n", Refusal::malformed},
        {std::string{"HTTP/1.1 200 O\0K\r\n\r\n", 20}, Refusal::malformed},
        {"http/1.1 200 OK\r\n\r\n", Refusal::malformed},
        {"HTTP/1.1 200 OK\n\n", Refusal::malformed},
        {ok("Content-Length: 5\r\nContent-Length: 6\r\n"), Refusal::malformed},
        {ok("Content-Length: 5, 5\r\n"), Refusal::malformed},
        {ok("Content-Length: 18446744073709551616\r\n"), Refusal::malformed},
        {ok("Content-Length:\r\n"), Refusal::malformed},
        {ok("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), Refusal::malformed},
        {ok("Transfer-Encoding: gzip, chunked\r\n"), Refusal::not_implemented},
        {ok("Transfer-Encoding: chunked, gzip\r\n"), Refusal::malformed},
        {ok("Transfer-Encoding: identity\r\n"), Refusal::malformed},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Refusal::malformed},
        {ok("X: y\r\n z\r\n"), Refusal::malformed},
        {ok(" X: y\r\n"), Refusal::malformed},
        {ok("X: y\rz\r\n"), Refusal::malformed},
        {ok("X: y\nz\r\n"), Refusal::malformed},
        {ok(std::string{"X: \0\r\n", 6}), Refusal::malformed},
        {ok("no colon\r\n"), Refusal::malformed},
        {ok(": y\r\n"), Refusal::malformed},
        {ok("X y: z\r\n"), Refusal::malformed},
        {ok("X: " + std::string(300, 'y') + "\r\n"), Refusal::too_large},
        {ok("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\nA: 8\r\n"), Refusal::none},
        {ok("A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\nA: 8\r\nA: 9\r\n"), Refusal::too_large},
    };
    for (const Case& c : table) {
        CAPTURE(c.text);
        ResponseHead head;
        std::size_t searched = 0;
        const ParsedHead whole = parse_response_head(c.text, limits, searched, head);
        CHECK(whole.refusal == c.refusal);
        CHECK(whole.state == (c.refusal == Refusal::none ? State::complete : State::refused));
        const ParsedHead split = parse_split(c.text, head);
        CHECK(split.state == whole.state);
        CHECK(split.refusal == whole.refusal);
        CHECK(split.consumed == whole.consumed);
    }
}

TEST_CASE("a response's head says how its body is delimited") {
    CHECK(parse(ok("Content-Length: 5\r\n")).length == 5);
    CHECK_FALSE(parse(ok("")).length.has_value());
    CHECK(parse(ok("transfer-encoding: Chunked\r\n")).chunked);
    CHECK_FALSE(parse(ok("Content-Length: 5\r\n")).chunked);
}

TEST_CASE("a connection may be used again unless a response says otherwise") {
    CHECK(parse(ok("")).keep_alive);
    CHECK_FALSE(parse(ok("Connection: Close\r\n")).keep_alive);
    CHECK_FALSE(parse(ok("Connection: x, close\r\n")).keep_alive);
    CHECK_FALSE(parse("HTTP/1.0 200 OK\r\n\r\n").keep_alive);
    CHECK(parse("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST_CASE("a response's head ends where its body begins") {
    const std::string head_text = ok("X: y\r\nx: z\r\n");
    const std::string text = head_text + "HTTP/1.1 404 No\r\n\r\n";
    ResponseHead head;
    std::size_t searched = 0;
    CHECK(parse_response_head(text, limits, searched, head).consumed == head_text.size());
    CHECK(head.status == 200);
    CHECK(head.field("x") == "y");
    CHECK(head.fields.size() == 2);
}
