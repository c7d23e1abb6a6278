#include "base/http/chunked.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::http;

namespace {

struct Case {
    std::string text;
    std::string body;   // when it is whole
    std::string wrong;  // "bad", "large" or ""
    std::string left;
};

// What comes of decoding in pieces of `step` bytes.
Case decode(const std::string& text, std::size_t step) {
    ChunkedDecoder decoder{64};
    Case out{text, {}, {}, {}};
    for (std::size_t at = 0; at < text.size(); at += step) {
        std::string_view input = std::string_view{text}.substr(at, step);
        const auto progress = decoder.decode(input, out.body);
        if (!progress) {
            out.wrong = progress.error() == Errc::body_too_large ? "large" : "bad";
            return out;
        }
        out.left = std::string{input} + (at + step < text.size() ? text.substr(at + step) : "");
        if (*progress == ChunkedDecoder::Progress::whole) return out;
    }
    out.wrong = "partial";
    return out;
}

}  // namespace

TEST_CASE("a chunked body is decoded strictly, in pieces of any size") {
    const std::vector<Case> table{
        {"0\r\n\r\n", "", "", ""},
        {"3\r\nabc\r\n0\r\n\r\nGET", "abc", "", "GET"},
        {"1\r\na\r\n02;x=\"y\"\r\nbc\r\n000\r\nT: 1\r\nU: 2\r\n\r\n", "abc", "", ""},
        {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", "", ""},
        {"1 ;x\r\na\r\n0\r\n\r\n", "a", "", ""},
        {"40\r\n" + std::string(64, 'a') + "\r\n0\r\n\r\n", std::string(64, 'a'), "", ""},
        {"41\r\n", "", "large", ""},
        {"ffffffffffffffff\r\n", "", "large", ""},
        {"1\r\na\r\nffffffffffffffff\r\n", "", "large", ""},
        {"10000000000000000\r\n", "", "bad", ""},
        {"\r\n", "", "bad", ""},
        {"-1\r\n", "", "bad", ""},
        {"+1\r\n", "", "bad", ""},
        {"0x1\r\n", "", "bad", ""},
        {"1\n", "", "bad", ""},
        {"1 a\r\n", "", "bad", ""},
        {" 1\r\n", "", "bad", ""},
        {"1;a\rb\r\n", "", "bad", ""},
        {"0\r\nGET / HTTP/1.1\r\n", "", "bad", ""},
        {"0\r\n: x\r\n", "", "bad", ""},
        {"1;" + std::string(300, 'x'), "", "bad", ""},
        {"3\r\nab", "", "partial", ""},
    };
    for (const Case& c : table) {
        for (std::size_t step = 1; step <= c.text.size(); ++step) {
            CAPTURE(c.text);
            CAPTURE(step);
            const Case got = decode(c.text, step);
            CHECK(got.wrong == c.wrong);
            if (!c.wrong.empty()) continue;
            CHECK(got.body == c.body);
            CHECK(got.left == c.left);
        }
    }
}

TEST_CASE("extensions and trailers have a limit in all") {
    std::string text;
    for (int i = 0; i < 400; ++i) text += "1;" + std::string(200, 'x') + "\r\na\r\n";
    ChunkedDecoder decoder{1 << 20};
    std::string body;
    std::string_view input{text};
    const bool refused = !decoder.decode(input, body).has_value();
    CHECK(refused);
}
