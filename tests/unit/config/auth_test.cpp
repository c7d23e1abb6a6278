#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auth/placement.hpp"
#include "auth/rule.hpp"
#include "config/load.hpp"
#include "config/rules_auth.hpp"

using namespace outpost;
using namespace outpost::config;

namespace {

constexpr std::string_view lock = "[auth]\nkeys = \"keys\"\n[[access]]\nprefix = \"/vod/\"\n";

std::string complaints(std::string_view text) {
    std::vector<std::string> lines;
    for (const Problem& problem :
         parse(std::string{text} + "[[listen]]\naddress = \"0.0.0.0:8080\"\n", "o.toml").problems)
        lines.push_back(problem.line());
    return fmt::format("{}", fmt::join(lines, "\n"));
}

// What is wrong with one more line of the [[access]].
std::string wrong(std::string_view line) { return complaints(std::string{lock} + std::string{line} + "\n"); }

}  // namespace

TEST_CASE("a node is protected by [auth] with keys and one [[access]]") {
    CHECK(complaints(lock) == "");
    CHECK(complaints("[auth]\n[[access]]\nlet = \"anybody\"\n") == "");
    CHECK(complaints("[auth]\n[[jwks]]\nurl = \"https://a.example/k\"\n[[access]]\n") == "");
}

TEST_CASE("formats and places are those that auth knows") {
    for (const std::string& name : token_formats()) CHECK(auth::parse_format(name).has_value());
    for (const std::string& name : token_places()) CHECK(auth::parse_place(name).has_value());
    CHECK(token_formats().size() == auth::format_count);
    CHECK(token_places().size() == auth::place_count);
}

TEST_CASE("a protection that protects nothing, or lets nobody in, is told") {
    CHECK(complaints("[[access]]\n").starts_with("o.toml:1:1: [[access]] protects nothing without [auth]"));
    CHECK(complaints("[auth]\nkeys = \"k\"\n")
              .starts_with("o.toml:1:2: there is no [[access]], so everything"));
    CHECK(complaints("[auth]\n[[access]]\n")
              .starts_with("o.toml:2:1: tokens are asked for, and there is no key to verify them with"));
    CHECK(wrong("[[access]]\nprefix = \"/vod/film/\"").find("no request comes to this [[access]]") !=
          std::string::npos);
    CHECK(wrong("device_certificate = true").find("add client_ca to [tls]") != std::string::npos);
}

TEST_CASE("texts of a rule are what they shall be") {
    CHECK(wrong("formats = [\"uri-singing\"]").find("did you mean \"uri-signing\"?") != std::string::npos);
    CHECK(wrong("formats = []").find("no token would ever do") != std::string::npos);
    CHECK(wrong("places = [\"body\"]").find("is no place of tokens") != std::string::npos);
    CHECK(wrong("methods = [\"get\"]").find("is no method") != std::string::npos);
    CHECK(wrong("networks = [\"10.0.0.1/8\"]").find("is no network") != std::string::npos);
    CHECK(wrong("open = [\"2026-12-01\"]").find("is no interval") != std::string::npos);
    CHECK(wrong("claims = [\"a b\"]").find("is no claim") != std::string::npos);
    CHECK(wrong("streams = 65").find("too much") != std::string::npos);
}

TEST_CASE("what the configuration takes for a claim, auth does too") {
    for (const char* text :
         {"sub", "site=north-12", "asset={2}", "a=", "=a", "a={0}", "a={65}", "a b", "{1}", "a={x}"}) {
        CAPTURE(text);
        const bool taken = wrong(fmt::format("claims = [\"{}\"]", text)).empty();
        CHECK(taken == auth::parse_requirement(text).has_value());
    }
}
