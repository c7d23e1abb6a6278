#include "base/text.hpp"

#include <doctest/doctest.h>

using namespace outpost;

namespace {
std::string json(std::string_view text) {
    std::string out;
    append_json(out, text);
    return out;
}
}  // namespace

TEST_CASE("an unsigned number is digits and nothing else") {
    CHECK(parse_unsigned("0") == 0);
    CHECK(parse_unsigned("007") == 7);
    CHECK(parse_unsigned("18446744073709551615") == UINT64_MAX);
    for (const std::string_view bad :
         {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "18446744073709551616"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_unsigned(bad));
    }
}

TEST_CASE("blanks are spaces and tabs, and parts are kept though empty") {
    CHECK(trim_blanks(" \ta b\t ") == "a b");
    CHECK(trim_blanks(" \t").empty());
    CHECK(trim_blanks("\na\n") == "\na\n");
    CHECK(split(",a,,", ',') == std::vector<std::string_view>{"", "a", "", ""});
    CHECK(split("", ',').size() == 1);
    CHECK(iequals("aBc-1", "AbC-1"));
    CHECK_FALSE(iequals("a", "ab"));
    CHECK_FALSE(iequals("@", "`"));
}

TEST_CASE("an escaped path segment decodes to itself, whatever its bytes") {
    std::string all;
    for (int c = 1; c < 256; ++c) {
        if (c != '/' && c != '\\') all += static_cast<char>(c);
    }
    CHECK(decode_path(encode_path_segment(all)) == all);
    for (const std::string_view bad : {"%", "%1", "a%", "%0g", "%00", "%2F", "%5c"}) {
        CAPTURE(bad);
        CHECK_FALSE(decode_path(bad));
    }
    CHECK_FALSE(decode_path(std::string_view{"a\0", 2}));
}

TEST_CASE("JSON text is JSON whatever its bytes") {
    CHECK(json("a\"\\/\n\x1f") == R"("a\"\\/\u000a\u001f")");
    CHECK(json("\xC3\xA9\xF0\x9F\x8E\xAC") == "\"\xC3\xA9\xF0\x9F\x8E\xAC\"");
    CHECK(json("\xC0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    CHECK(json(std::string_view{"\0", 1}) == R"("\u0000")");
}

TEST_CASE("UTF-8 has no overlong forms, no surrogates and nothing beyond U+10FFFF") {
    CHECK(is_utf8("a\xC2\x80\xE0\xA0\x80\xF4\x8F\xBF\xBF"));
    for (const std::string_view bad : {"\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                                       "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC2", "\xE1\x80",
                                       "\xC2"
                                       "a"}) {
        CHECK_FALSE(is_utf8(bad));
    }
}

TEST_CASE("XML text holds nothing that XML forbids") {
    CHECK(xml_escape("<a b=\"c\">&\x01\t") == "&lt;a b=&quot;c&quot;&gt;&amp;\t");
}
