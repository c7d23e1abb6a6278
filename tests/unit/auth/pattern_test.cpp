#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "auth/uri_rule.hpp"

using namespace outpost::auth;

namespace {

bool fits(std::string_view expression, std::string_view text) {
    const auto pattern = Pattern::compile(expression);
    REQUIRE_MESSAGE(pattern.has_value(), expression);
    return pattern->matches(text);
}

std::string outcome(std::string_view expression) {
    const auto pattern = Pattern::compile(expression);
    return pattern ? "compiles" : std::string{to_text(pattern.error().reason)};
}

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("a pattern fits the whole text or not at all") {
    CHECK(fits("a+", "aaa"));
    CHECK_FALSE(fits("a+", "aaab"));
    CHECK_FALSE(fits("a+", "baaa"));
    CHECK(fits("a|ab", "ab"));
    CHECK(fits("(a|ab)(c|bcd)", "abcd"));
    CHECK_FALSE(fits("https://h/a|https://h/b", "https://h/a/evil/https://h/b"));
    CHECK_FALSE(fits("^https://h/a$", "https://h/a\n"));
    CHECK_FALSE(fits("^a$", "x\na"));
    CHECK(fits("", ""));
    CHECK_FALSE(fits("", "a"));
}

TEST_CASE("a pattern is POSIX's extended syntax, byte by byte") {
    CHECK(fits("https://(a|b)\\.example/[[:alnum:]]+/seg_[0-9]{1,4}\\.(ts|m4s)",
               "https://b.example/x9/seg_0042.m4s"));
    CHECK_FALSE(fits("a\\.b", "axb"));
    CHECK(fits("a.b",
               "a\xFF"
               "b"));
    CHECK_FALSE(fits("a.b",
                     "a\xC3\xBC"
                     "b"));
    CHECK(fits("[]a]+", "a]"));
    CHECK(fits("[^]a]", "b"));
    CHECK_FALSE(fits("[^]a]", "]"));
    CHECK(fits("a{2,3}", "aaa"));
    CHECK_FALSE(fits("a{2,3}", "a"));
}

TEST_CASE("in brackets a backslash is a character like any other") {
    CHECK(fits("[\\.]", "."));
    CHECK(fits("[\\.]", "\\"));
    CHECK_FALSE(fits("[\\d]", "5"));
    CHECK(fits("[a\\]b]", "ab]"));
    CHECK_FALSE(fits("[a\\]b]", "b"));
    CHECK(fits("[^\\/]+", "seg"));
    CHECK_FALSE(fits("[^\\/]+", "a/b"));
}

TEST_CASE("what POSIX has no meaning for is refused") {
    for (const std::string_view expression :
         {"(a)\\1", "\\d+", "\\w", "\\bx", "\\pN", "\\x41", "\\Qa\\E", "\\C", "\\123", "a\\", "\\", "[[.a.]]",
          "[[=a=]]", "[a", "[", "[^", "[]", "[[:alpha:]"}) {
        CAPTURE(expression);
        CHECK(outcome(expression) == "unsupported");
    }
    for (const std::string_view expression : {"(", "a)", "*", "a{2,1}", "[z-a]", "[[:nonsense:]]", "(?i)a",
                                              "(?:a)", "(?=a)", "(?P<n>a)", "a{1001}", "a{1000}{1000}"}) {
        CAPTURE(expression);
        CHECK(outcome(expression) == "malformed");
    }
}

TEST_CASE("a pattern is bounded in its length and in what it compiles to") {
    CHECK(outcome(std::string(1024, 'a')) == "compiles");
    CHECK(outcome(std::string(1025, 'a')) == "too_large");
    CHECK(outcome("[ab]*a[ab]{300}") == "compiles");
    for (const std::string& expression :
         {std::string{"((a{100}){100}){100}"}, std::string{"(a{30}){30}b{1000}c{1000}"},
          repeated("(.{1,1000})", 9), "(" + repeated("(a|b?){0,900}", 8) + ")*"}) {
        CAPTURE(expression);
        CHECK(outcome(expression) != "compiles");
    }
}

TEST_CASE("nesting as deep as the length allows is nothing to fear") {
    const std::string expression = std::string(511, '(') + "a" + std::string(511, ')');
    const auto pattern = Pattern::compile(expression);
    if (pattern) CHECK(pattern->matches("a"));
    CHECK(outcome(std::string(1024, '(')) == "malformed");
    CHECK(outcome(repeated("(a*", 200) + repeated(")*", 200)) == "compiles");
}

TEST_CASE("a match that would take too many steps is none") {
    CHECK(fits("[ab]*a[ab]{20}", std::string(8192, 'a')));
    CHECK(fits("[ab]*a[ab]{300}", std::string(1000, 'a')));
    CHECK_FALSE(fits("[ab]*a[ab]{300}", std::string(8192, 'a')));
    CHECK(fits(std::string(700, 'a'), std::string(700, 'a')));
}

TEST_CASE("no pattern makes matching grow faster than the text") {
    for (const std::string& expression :
         {std::string{"(a+)+$"}, std::string{"(a|a)*b"}, std::string{"(a*)*b"}, std::string{"(a|aa)+$"},
          std::string{"(.*)*x(.*)*y"}, std::string{"a{1000}{1000}"}, std::string{"[ab]*a[ab]{12}"},
          std::string{"[ab]*a[ab]{63}"}, std::string{"[ab]*a[ab]{300}"}, repeated("a?", 500),
          repeated("(a*)*", 200) + "b"}) {
        auto start = std::chrono::steady_clock::now();
        const auto pattern = Pattern::compile(expression);
        const double compiling = milliseconds_since(start);
        if (!pattern) {
            MESSAGE("refused in " << compiling << " ms: " << expression.substr(0, 20));
            continue;
        }
        std::string text;
        for (unsigned i = 0, state = 1; i < 8192; ++i, state = state * 1664525 + 1013904223)
            text += state >> 31 ? 'a' : 'b';
        for (const std::string& input : {std::string(8192, 'a'), text}) {
            start = std::chrono::steady_clock::now();
            CHECK(pattern->matches(input) == pattern->matches(input));
            MESSAGE("compiled in " << compiling << " ms, matched in " << milliseconds_since(start)
                                   << " ms: " << expression.substr(0, 20));
        }
    }
}
