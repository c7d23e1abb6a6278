#include "base/json.hpp"

#include <string>

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

using namespace outpost;

namespace {

bool taken(std::string_view text, std::size_t depth = 8) { return parse_json(text, depth).has_value(); }

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// Counts what is allocated through it, so that a test sees where values live.
class Counted : public boost::json::memory_resource {
  public:
    std::size_t allocated = 0, freed = 0;

  private:
    void* do_allocate(std::size_t bytes, std::size_t) override {
        allocated += bytes;
        return ::operator new(bytes);
    }
    void do_deallocate(void* block, std::size_t bytes, std::size_t) override {
        freed += bytes;
        ::operator delete(block);
    }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
        return this == &other;
    }
};

}  // namespace

TEST_CASE("a whole JSON text is read, blanks around it and all") {
    const auto value = parse_json(" {\"a\":[1,-2,3.5,true,null,\"\\u00e9\"]}\r\n\t");
    REQUIRE(value.has_value());
    CHECK(boost::json::serialize(*value) == "{\"a\":[1,-2,3.5E0,true,null,\"\xC3\xA9\"]}");
    for (const auto text : {"0", "\"\"", "null", "[]", "{}"}) CHECK_MESSAGE(taken(text), text);
}

TEST_CASE("what is not JSON by the letter is refused") {
    for (const auto text : {"",
                            " ",
                            "{",
                            "}",
                            "{} {}",
                            "{}x",
                            "[1,]",
                            "{\"a\":1,}",
                            "{a:1}",
                            "{'a':1}",
                            "01",
                            "+1",
                            ".5",
                            "1.",
                            "NaN",
                            "Infinity",
                            "tru",
                            "\"\t\"",
                            "\"\\x41\"",
                            "\"\\ud800\"",
                            "// c\n{}",
                            "/**/1",
                            "\xEF\xBB\xBF{}",
                            "\"\xFF\"",
                            "\"\xC0\x80\"",
                            "\"\xED\xA0\x80\""})
        CHECK_MESSAGE(!taken(text), text);
    CHECK_FALSE(taken(std::string_view{"{}\0", 3}));
    CHECK_FALSE(taken(std::string_view{"\"\0\"", 3}));
}

TEST_CASE("a member that is there twice in one object is refused, however it is spelt") {
    CHECK_FALSE(taken(R"({"a":1,"a":1})"));
    CHECK_FALSE(taken(R"({"a":1,"\u0061":2})"));
    CHECK_FALSE(taken(R"({"":1,"":2})"));
    CHECK_FALSE(taken(R"([{"x":{"a":1,"b":2,"a":3}}])"));
    CHECK_FALSE(taken(R"({"a\u0000b":1,"a\u0000b":2})"));
    CHECK(taken(R"({"a":{"a":1},"b":{"a":2},"A":3})"));
    CHECK(taken(R"([{"a":1},{"a":2}])"));
    CHECK(taken(R"({"a\u0000b":1,"a":2})"));
    const std::string name(4000, 'n');
    CHECK_FALSE(taken("{\"" + name + "\":1,\"" + name + "\":2}"));
    CHECK(taken("{\"" + name + "\":1,\"" + name + "x\":2}"));
}

TEST_CASE("depth has a limit, which what is below it does not reach") {
    CHECK(taken(nested(8)));
    CHECK_FALSE(taken(nested(9)));
    CHECK(taken(nested(2), 2));
    CHECK_FALSE(taken(nested(3), 2));
    CHECK_FALSE(taken(std::string(1 << 20, '[')));
    CHECK_FALSE(taken("{\"a\":" + nested(8) + "}"));
}

TEST_CASE("what is parsed lives in the storage that was given, to the last byte") {
    Counted memory;
    {
        const auto value =
            parse_json(R"({"a":"a text that is too long to live in its value","b":[1,2,3]})", 8, &memory);
        REQUIRE(value.has_value());
        CHECK(memory.allocated > 0);
        CHECK(value->storage().get() == &memory);
        CHECK(value->at("a").storage().get() == &memory);
    }
    CHECK(memory.allocated == memory.freed);
    CHECK_FALSE(
        parse_json(R"({"a":"a text that is too long to live in its value", )", 8, &memory).has_value());
    CHECK(memory.allocated == memory.freed);
}
