#include "base/base64.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace outpost;

namespace {

struct Row {
    std::string_view bytes, standard, for_urls;
};

std::string all_bytes() {
    std::string out;
    for (int i = 0; i < 256; ++i) out += static_cast<char>(i);
    return out;
}

}  // namespace

TEST_CASE("the examples of RFC 4648 section 10 are coded as printed there") {
    const std::vector<Row> table{{"", "", ""},
                                 {"f", "Zg==", "Zg"},
                                 {"fo", "Zm8=", "Zm8"},
                                 {"foo", "Zm9v", "Zm9v"},
                                 {"foob", "Zm9vYg==", "Zm9vYg"},
                                 {"fooba", "Zm9vYmE=", "Zm9vYmE"},
                                 {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
                                 {"\xFB\xFF\xBF", "+/+/", "-_-_"}};
    for (const Row& row : table) {
        CHECK(encode_base64(row.bytes) == row.standard);
        CHECK(encode_base64url(row.bytes) == row.for_urls);
        CHECK(decode_base64(row.standard) == row.bytes);
        CHECK(decode_base64url(row.for_urls) == row.bytes);
    }
}

TEST_CASE("bytes of any length and value come back as they were") {
    const std::string bytes = all_bytes();
    for (std::size_t length = 0; length <= bytes.size(); ++length) {
        const std::string part = bytes.substr(bytes.size() - length);
        CHECK(decode_base64(encode_base64(part)) == part);
        CHECK(decode_base64url(encode_base64url(part)) == part);
        CHECK(decode_hex(encode_hex(part)) == part);
    }
}

TEST_CASE("no run of bytes has two spellings in base64url") {
    // Each of the four-letter ends that decode at all is what encoding gives back.
    const std::string letters = all_bytes();
    std::size_t taken = 0;
    for (const char a : letters) {
        for (const char b : letters) {
            const std::string text{'A', a, b};
            const auto bytes = decode_base64url(text);
            if (!bytes) continue;
            ++taken;
            if (encode_base64url(*bytes) != text) FAIL("two spellings");
        }
    }
    CHECK(taken == 64 * 16);
    for (const auto text :
         {"Zh", "Zm9", "Zg==", "Zm8=", "Z", "Zm9vY", "Zm9v\n", " Zm9v", "Zm 9v", "Zm+v", "Zm/v"})
        CHECK_MESSAGE(!decode_base64url(text).has_value(), text);
    CHECK_FALSE(decode_base64url(std::string_view{"Zm\0v", 4}).has_value());
}

TEST_CASE("standard base64 wants its padding, all of it, and only at the end") {
    for (const auto text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "==", "===", "====", "Z===",
                            "Zg==Zg==", "Zm=v", "Zm-v", "Zm_v", "Zm9v\n", "Zm9v===="})
        CHECK_MESSAGE(!decode_base64(text).has_value(), text);
}

TEST_CASE("hex is two digits a byte, of either case") {
    CHECK(encode_hex(std::string_view{"\0\x0F\xA0\xFF", 4}) == "000fa0ff");
    CHECK(decode_hex("000fA0Ff") == std::string_view{"\0\x0F\xA0\xFF", 4});
    for (const auto text : {"0", "0g", "g0", "0x00", "00 ", " 00", "-1"})
        CHECK_MESSAGE(!decode_hex(text).has_value(), text);
}
