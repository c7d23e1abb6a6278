#include "auth/formats/cbor.hpp"

#include <array>
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "base/base64.hpp"

using namespace outpost;
using namespace outpost::auth;
using cbor::Value;

namespace {

Verdict<Value> read_hex(std::string_view hex) { return cbor::read(decode_hex(hex).value()); }

bool refused(std::string_view hex) {
    const auto value = read_hex(hex);
    return !value && value.error().reason == Reason::malformed;
}

Value value_of(std::string_view hex) {
    auto value = read_hex(hex);
    REQUIRE_MESSAGE(value.has_value(), std::string{hex});
    return *value;
}

double float_of(std::string_view hex) { return value_of(hex).number().value(); }

std::string nested(std::string_view opening, std::size_t times, std::string_view innermost) {
    std::string hex;
    for (std::size_t i = 0; i < times; ++i) hex += opening;
    return hex.append(innermost);
}

}  // namespace

TEST_CASE("integers are those of RFC 8949 appendix A") {
    struct Example {
        std::string_view hex;
        std::int64_t number;
    };
    constexpr std::array examples{
        Example{"00", 0},
        Example{"01", 1},
        Example{"0a", 10},
        Example{"17", 23},
        Example{"1818", 24},
        Example{"1819", 25},
        Example{"1864", 100},
        Example{"1903e8", 1000},
        Example{"1a000f4240", 1000000},
        Example{"1b000000e8d4a51000", 1000000000000},
        Example{"20", -1},
        Example{"29", -10},
        Example{"3863", -100},
        Example{"3903e7", -1000},
        Example{"1b7fffffffffffffff", INT64_MAX},
        Example{"3b7fffffffffffffff", INT64_MIN},
    };
    for (const Example& example : examples) {
        CAPTURE(example.hex);
        CHECK(value_of(example.hex).integer() == example.number);
        CHECK(encode_hex(cbor::write(Value{example.number})) == example.hex);
    }
}

TEST_CASE("an integer without room in 64 bits with a sign is read and written, but has no number") {
    for (const std::string_view hex : {"1bffffffffffffffff", "3bffffffffffffffff", "1b8000000000000000"}) {
        CHECK(!value_of(hex).integer());
        CHECK(encode_hex(cbor::write(value_of(hex))) == hex);
    }
}

TEST_CASE("floats of all three sizes are those of RFC 8949 appendix A") {
    CHECK(float_of("f90000") == 0.0);
    CHECK(std::signbit(float_of("f98000")));
    CHECK(float_of("f93c00") == 1.0);
    CHECK(float_of("fb3ff199999999999a") == 1.1);
    CHECK(float_of("f93e00") == 1.5);
    CHECK(float_of("f97bff") == 65504.0);
    CHECK(float_of("fa47c35000") == 100000.0);
    CHECK(float_of("fa7f7fffff") == 3.4028234663852886e+38);
    CHECK(float_of("fb7e37e43c8800759c") == 1.0e+300);
    CHECK(float_of("f90001") == 5.960464477539063e-8);
    CHECK(float_of("f90400") == 0.00006103515625);
    CHECK(float_of("f9c400") == -4.0);
    CHECK(float_of("fbc010666666666666") == -4.1);
    CHECK(float_of("f97c00") == std::numeric_limits<double>::infinity());
    CHECK(float_of("f9fc00") == -std::numeric_limits<double>::infinity());
    CHECK(std::isnan(float_of("f97e00")));
    CHECK(std::isnan(float_of("fa7fc00000")));
    CHECK(!value_of("f93c00").integer());
}

TEST_CASE("simple values, strings, arrays, maps and tags are those of RFC 8949 appendix A") {
    CHECK(value_of("f4").boolean() == false);
    CHECK(value_of("f5").boolean() == true);
    CHECK(value_of("f6").is_null());
    CHECK(*value_of("40").bytes() == "");
    CHECK(*value_of("4401020304").bytes() == "\x01\x02\x03\x04");
    CHECK(*value_of("60").text() == "");
    CHECK(*value_of("6449455446").text() == "IETF");
    CHECK(*value_of("62225c").text() == "\"\\");
    CHECK(*value_of("62c3bc").text() == "\u00fc");
    CHECK(*value_of("64f0908591").text() == "\U00010151");
    CHECK(value_of("80") == Value{Value::Array{}});
    CHECK(value_of("83010203") == Value{Value::Array{1, 2, 3}});
    CHECK(value_of("8301820203820405") ==
          Value{Value::Array{1, Value{Value::Array{2, 3}}, Value{Value::Array{4, 5}}}});
    CHECK(value_of("a0") == Value{Value::Map{}});
    CHECK(value_of("a201020304") == Value{Value::Map{{1, 2}, {3, 4}}});
    CHECK(value_of("a26161016162820203") == Value{Value::Map{{"a", 1}, {"b", Value{Value::Array{2, 3}}}}});
    CHECK(value_of("c11a514b67b0").content_of(1)->integer() == 1363896240);
    CHECK(value_of("d74401020304").content_of(23)->bytes()->size() == 4);
    CHECK(value_of("d818456449455446").content_of(24)->bytes()->size() == 5);
}

TEST_CASE("a text is not bytes, and a number is neither true nor null") {
    CHECK(!value_of("40").text());
    CHECK(!value_of("60").bytes());
    CHECK(!value_of("01").boolean());
    CHECK(!value_of("00").is_null());
    CHECK(!value_of("01").array());
    CHECK(!value_of("c101").content_of(2));
}

TEST_CASE("an array of 25 numbers needs a length of its own") {
    std::string hex = "9819";
    for (int i = 1; i <= 23; ++i) hex += encode_hex(std::string(1, static_cast<char>(i)));
    hex += "18181819";
    const Value value = value_of(hex);
    CHECK(value.array()->size() == 25);
    CHECK(value.array()->back().integer() == 25);
    CHECK(encode_hex(cbor::write(value)) == hex);
}

TEST_CASE("a map is asked by its integer keys") {
    const Value value = value_of("a3010220036161f5");
    CHECK(value.find(1)->integer() == 2);
    CHECK(value.find(-1)->integer() == 3);
    CHECK(!value.find(2));
    CHECK(!value_of("820102").find(1));
}

TEST_CASE("maps are written in the order of their keys' bytes, and read in any") {
    // RFC 8949 section 4.2.1, without the keys that are refused here.
    const Value map{Value::Map{{"aa", 0}, {-1, 0}, {"z", 0}, {100, 0}, {10, 0}}};
    const std::string sorted =
        "a50a00186400200061"
        "7a00626161"
        "00";
    CHECK(encode_hex(cbor::write(map)) == sorted);
    CHECK(cbor::write(value_of("a2030401"
                               "02")) == cbor::write(value_of("a201020304")));
}

TEST_CASE("numbers and lengths that are not the shortest are refused") {
    for (const std::string_view hex :
         {"1800", "1817", "190000", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817", "580141", "780161",
          "980100", "b8010000", "d80100", "c11800"}) {
        CAPTURE(hex);
        CHECK(refused(hex));
    }
}

TEST_CASE("indefinite lengths and reserved heads are refused") {
    for (const std::string_view hex :
         {"5f4101ff", "7f6161ff", "9f01ff", "bf0102ff", "ff", "1c", "1d", "1e", "3f", "dc00", "fc", "fe"}) {
        CAPTURE(hex);
        CHECK(refused(hex));
    }
}

TEST_CASE("simple values that tokens have no use for are refused") {
    for (const std::string_view hex : {"f7", "f0", "e0", "f818", "f8ff", "f814"}) {
        CAPTURE(hex);
        CHECK(refused(hex));
    }
}

TEST_CASE("what is cut off at any place is refused") {
    const std::string whole = decode_hex("a301826161420102390100fb3ff199999999999a02d83d1a000f4240").value();
    REQUIRE(cbor::read(whole).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(!cbor::read(std::string_view{whole}.substr(0, size)));
    }
}

TEST_CASE("nothing may stand behind the value") {
    CHECK(refused("0000"));
    CHECK(refused("a0f6"));
    CHECK(refused(""));
}

TEST_CASE("texts that are not UTF-8 are refused, bytes may be anything") {
    CHECK(refused("61ff"));
    CHECK(refused("62c080"));
    CHECK(refused("63eda080"));
    CHECK(*value_of("42c080").bytes() == "\xc0\x80");
}

TEST_CASE("a map with a key twice is refused, wherever the two stand") {
    CHECK(refused("a201020103"));
    CHECK(refused("a3010203040105"));
    CHECK(refused("a2616101616102"));
    CHECK(
        refused("a2200020"
                "00"));
    CHECK(value_of("a201006131"
                   "00")
              .map()
              ->size() == 2);
}

TEST_CASE("only integers and texts may be keys") {
    for (const std::string_view hex :
         {"a1410100", "a1800000", "a1a00000", "a1c10000", "a1f500", "a1f93c0000"}) {
        CAPTURE(hex);
        CHECK(refused(hex));
    }
}

TEST_CASE("depth has a limit for arrays, maps and tags") {
    for (const std::string_view opening : {"81", "a100", "c1"}) {
        CAPTURE(opening);
        CHECK(read_hex(nested(opening, cbor::most_depth, "00")).has_value());
        CHECK(refused(nested(opening, cbor::most_depth + 1, "00")));
        CHECK(refused(nested(opening, 2000, "00")));
    }
}

TEST_CASE("lengths beyond what is left are refused before there is room for them") {
    for (const std::string_view hex :
         {"5bffffffffffffffff00", "7bffffffffffffffff00", "9bffffffffffffffff00", "bbffffffffffffffff0000",
          "9a7fffffff00", "ba7fffffff0000", "bb80000000000000000000", "9b800000000000000000"}) {
        CAPTURE(hex);
        CHECK(refused(hex));
    }
}

TEST_CASE("the number of items has a limit over all arrays, maps and tags") {
    const auto filled = [](std::size_t count) {
        std::string hex =
            "99" + encode_hex(std::string{static_cast<char>(count >> 8), static_cast<char>(count)});
        for (std::size_t i = 0; i < count; ++i) hex += "00";
        return hex;
    };
    CHECK(read_hex(filled(4096)).has_value());
    CHECK(refused(filled(4097)));
    CHECK(refused("82" + filled(2048) + filled(2048)));
    CHECK(read_hex("82" + filled(2047) + filled(2047)).has_value());
}

TEST_CASE("what is written is read as what it was") {
    const Value value{Value::Map{
        {1, "issuer"},
        {4, std::int64_t{1796000000}},
        {-70000, Value{Value::Bytes{std::string(300, '\xff')}}},
        {"list", Value{Value::Array{true, false, Value{}, 1.25, Value::tagged(52, Value::Bytes{"\x0a"})}}},
        {"map", Value{Value::Map{{0, Value{Value::Map{}}}}}},
    }};
    const auto again = cbor::read(cbor::write(value));
    REQUIRE(again.has_value());
    CHECK(cbor::write(*again) == cbor::write(value));
    CHECK(again->find(4)->integer() == 1796000000);
    CHECK(again->find(-70000)->bytes()->size() == 300);
}
