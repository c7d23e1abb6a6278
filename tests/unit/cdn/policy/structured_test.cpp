#include "cdn/policy/structured.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::policy::structured;

namespace {

// What a text parses to, written again; "-" when it does not parse.
std::string item(std::string_view text) {
    const auto parsed = parse_item(text);
    return parsed ? serialise(*parsed).value_or("unwritable") : "-";
}
std::string list(std::string_view text) {
    const auto parsed = parse_list(text);
    return parsed ? serialise(*parsed).value_or("unwritable") : "-";
}
std::string dictionary(std::string_view text) {
    const auto parsed = parse_dictionary(text);
    return parsed ? serialise(*parsed).value_or("unwritable") : "-";
}

struct Row {
    std::string_view text;
    std::string_view canonical;  // "-": does not parse
};

void check_items(const std::vector<Row>& table) {
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(item(row.text) == row.canonical);
    }
}

}  // namespace

TEST_CASE("integers and decimals are read strictly and written in their one form") {
    check_items({
        {"42", "42"},
        {"-42", "-42"},
        {"-0", "0"},
        {"007", "7"},
        {"  1  ", "1"},
        {"999999999999999", "999999999999999"},
        {"-999999999999999", "-999999999999999"},
        {"1000000000000000", "-"},
        {"+1", "-"},
        {"--1", "-"},
        {"-", "-"},
        {"- 1", "-"},
        {"1 2", "-"},
        {"1\t", "-"},
        {"2,3", "-"},
        {"", "-"},
        {"   ", "-"},
        {"1.5", "1.5"},
        {"-1.50", "-1.5"},
        {"0.001", "0.001"},
        {"-0.0", "0.0"},
        {"2.000", "2.0"},
        {"123456789012.1", "123456789012.1"},
        {"1234567890123.1", "-"},
        {"1.2345", "-"},
        {"1.", "-"},
        {".5", "-"},
        {"1.5.4", "-"},
        {"1.5e4", "-"},
    });
}

TEST_CASE("strings and tokens are read strictly and written in their one form") {
    check_items({
        {"\"foo bar\"", "\"foo bar\""},
        {"\"\"", "\"\""},
        {R"("a\"b\\c")", R"("a\"b\\c")"},
        {R"("a\,b")", "-"},
        {"\"a\tb\"", "-"},
        {"\"\xC3\xBC\"", "-"},
        {"\"a", "-"},
        {"\"a\\", "-"},
        {"'a'", "-"},
        {"foo", "foo"},
        {"*foo", "*foo"},
        {"a_b-c.3:%00/*", "a_b-c.3:%00/*"},
        {"A", "A"},
        {"f;oo;bar", "f;oo;bar"},
        {"3oo", "-"},
        {"f\"oo", "-"},
        {"foo bar", "-"},
    });
}

TEST_CASE("byte sequences, booleans, dates and display strings are read strictly") {
    check_items({
        {":aGVsbG8=:", ":aGVsbG8=:"},
        {":aGVsbG8:", ":aGVsbG8=:"},
        {"::", "::"},
        {":iZ==:", ":iQ==:"},
        {":/+Ah:", ":/+Ah:"},
        {":_-Ah:", "-"},
        {":aGVsbG8", "-"},
        {":aGVs bG8=:", "-"},
        {":a:", "-"},
        {":=aGV:", "-"},
        {"?1", "?1"},
        {"?0", "?0"},
        {"?2", "-"},
        {"?T", "-"},
        {"?", "-"},
        {"?01", "-"},
        {"@1659578233", "@1659578233"},
        {"@-1", "@-1"},
        {"@0", "@0"},
        {"@1.5", "-"},
        {"@", "-"},
        {"@a", "-"},
        {"@ 1", "-"},
        {"%\"f%c3%bc\"", "%\"f%c3%bc\""},
        {"%\"a b\"", "%\"a b\""},
        {"%\"%25 %22\"", "%\"%25 %22\""},
        {"%\"%41\"", "%\"A\""},
        {"%\"%C3%BC\"", "-"},
        {"%\"%c3\"", "-"},
        {"%\"%c\"", "-"},
        {"%\"\xC3\xBC\"", "-"},
        {"%\"a", "-"},
        {"%a", "-"},
    });
}

TEST_CASE("parameters are read strictly and written in their one form") {
    check_items({
        {"1;a;b=?0;c=\"x\"", "1;a;b=?0;c=\"x\""},
        {"1; a=1;  b", "1;a=1;b"},
        {"1;a=?1", "1;a"},
        {"1;a=1;b=2;a=3", "1;a=3;b=2"},
        {"1;*a=1", "1;*a=1"},
        {"1 ;a", "-"},
        {"1;a =1", "-"},
        {"1;a= 1", "-"},
        {"1;A", "-"},
        {"1;", "-"},
        {"1;a=", "-"},
        {"1;a=(1)", "-"},
        {"(1)", "-"},
        {"{1}", "-"},
    });
}

TEST_CASE("lists of RFC 9651") {
    const std::vector<Row> table{
        {"", ""},
        {"  ", ""},
        {"1,42", "1, 42"},
        {" 1 ,\t42 ", "1, 42"},
        {"a;x=1, \"b\"", "a;x=1, \"b\""},
        {"(1 2);q=0.5, ()", "(1 2);q=0.5, ()"},
        {"( 1   2 )", "(1 2)"},
        {"(1;a=1 2);b", "(1;a=1 2);b"},
        {"1,", "-"},
        {"1, ", "-"},
        {",1", "-"},
        {"1,,2", "-"},
        {"1 2", "-"},
        {"\t1", "-"},
        {"(1", "-"},
        {"(1,2)", "-"},
        {"(1\t2)", "-"},
        {"(1(2))", "-"},
        {"((1))", "-"},
        {"(\"a\"b)", "-"},
        {"1)", "-"},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(list(row.text) == row.canonical);
    }
}

TEST_CASE("dictionaries of RFC 9651") {
    const std::vector<Row> table{
        {"", ""},
        {"a=1, b, c=(1 2)", "a=1, b, c=(1 2)"},
        {"a=?1", "a"},
        {"a=?0", "a=?0"},
        {"a;x=1, b=?1;y", "a;x=1, b;y"},
        {"a=1,b=2,a=3", "a=3, b=2"},
        {"a=1 ,\tb=2", "a=1, b=2"},
        {"*a-b_c.1=x", "*a-b_c.1=x"},
        {"a=", "-"},
        {"a =1", "-"},
        {"a= 1", "-"},
        {"a=1,", "-"},
        {"a=1;,b", "-"},
        {"A=1", "-"},
        {"1=a", "-"},
        {"=1", "-"},
        {"a==1", "-"},
        {"a=1 b=2", "-"},
        {"a,,b", "-"},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        CHECK(dictionary(row.text) == row.canonical);
    }
}

TEST_CASE("lines of a structured field are joined before they are read") {
    const std::vector<http::Field> fields{{"Example", "a=1"}, {"Other", "x"}, {"EXAMPLE", "b=2"}};
    CHECK(joined(fields, "example") == "a=1, b=2");
    CHECK(joined(fields, "none").empty());
    const std::vector<http::Field> broken{{"Example", "a=1"}, {"Example", ""}};
    CHECK_FALSE(parse_dictionary(joined(broken, "example")));
}

TEST_CASE("what is larger than every reader must grant does not parse") {
    const auto repeated = [](std::string_view piece, std::size_t times) {
        std::string out;
        for (std::size_t i = 0; i < times; ++i) out += piece;
        return out;
    };
    CHECK(parse_list(repeated("1,", most_members - 1) + "1"));
    CHECK_FALSE(parse_list(repeated("1,", most_members) + "1"));
    CHECK(parse_list("(" + repeated("1 ", most_inner_items) + ")"));
    CHECK_FALSE(parse_list("(" + repeated("1 ", most_inner_items + 1) + ")"));
    CHECK(parse_item("\"" + repeated("a", longest_string) + "\""));
    CHECK_FALSE(parse_item("\"" + repeated("a", longest_string + 1) + "\""));
    CHECK(parse_item(repeated("a", longest_token)));
    CHECK_FALSE(parse_item(repeated("a", longest_token + 1)));
    CHECK(parse_dictionary(repeated("a", longest_key)));
    CHECK_FALSE(parse_dictionary(repeated("a", longest_key + 1)));
    CHECK_FALSE(parse_list(repeated(" ", most_bytes + 1)));
    CHECK_FALSE(parse_item(":" + repeated("AAAA", longest_binary / 3 + 1) + ":"));
    std::string item_with_parameters = "1";
    for (std::size_t i = 0; i < most_parameters; ++i) item_with_parameters += ";p" + std::to_string(i);
    CHECK(parse_item(item_with_parameters));
    CHECK_FALSE(parse_item(item_with_parameters + ";one-more"));
}

TEST_CASE("what has no form in a structured field is not written") {
    CHECK_FALSE(serialise(BareItem{std::string{"tab\t"}}));
    CHECK_FALSE(serialise(BareItem{std::string{"\xC3\xBC"}}));
    CHECK_FALSE(serialise(BareItem{Token{"two words"}}));
    CHECK_FALSE(serialise(BareItem{Token{""}}));
    CHECK_FALSE(serialise(BareItem{std::int64_t{1'000'000'000'000'000}}));
    CHECK_FALSE(serialise(BareItem{Decimal{-1'000'000'000'000'000}}));
    CHECK_FALSE(serialise(BareItem{DisplayString{"\xFF"}}));
    CHECK_FALSE(serialise(Item{true, {{"Key", true}}}));
    CHECK_FALSE(serialise(Dictionary{{"", Item{true}}}));
    CHECK(serialise(BareItem{Binary{std::string("\0\xFF", 2)}}) == ":AP8=:");
}

TEST_CASE("members and parameters are found by their keys") {
    const auto parsed = parse_dictionary("a=1;p=2, b=(1)").value();
    REQUIRE(find(parsed, "a") != nullptr);
    const Item& a = std::get<Item>(*find(parsed, "a"));
    CHECK(a.value == BareItem{std::int64_t{1}});
    REQUIRE(find(a.parameters, "p") != nullptr);
    CHECK(*find(a.parameters, "p") == BareItem{std::int64_t{2}});
    CHECK(std::get<InnerList>(*find(parsed, "b")).items.size() == 1);
    CHECK(find(parsed, "c") == nullptr);
    CHECK(find(a.parameters, "a") == nullptr);
}
