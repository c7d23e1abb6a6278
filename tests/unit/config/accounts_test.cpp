#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/load.hpp"

using namespace outpost;
using namespace outpost::config;

namespace {

std::string account(std::string_view name, char digit, std::string_view role = "operator") {
    return fmt::format("[[account]]\nname = \"{}\"\nrole = \"{}\"\nkey_hash = \"sha256:{}\"\n", name, role,
                       std::string(64, digit));
}

Loaded read(const std::string& text) {
    return parse(text + "[[listen]]\naddress = \"0.0.0.0:8080\"\n", "o.toml");
}

std::string complaints(const std::string& text) {
    std::vector<std::string> lines;
    for (const Problem& problem : read(text).problems) lines.push_back(problem.line());
    return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace

TEST_CASE("an account has a name, a role and the hash of a key") {
    const Loaded loaded = read(account("a", 'a') + account("b.c-d_1", 'F', "administrator"));
    REQUIRE(loaded);
    REQUIRE(loaded.settings->account.size() == 2);
    CHECK(loaded.settings->account.begin()->role() == AccountRole::operate);
    CHECK(loaded.settings->account.begin()->key_hash() == "sha256:" + std::string(64, 'a'));
}

TEST_CASE("an account that says no role may only read") {
    const Loaded loaded =
        read("[[account]]\nname = \"a\"\nkey_hash = \"sha256:" + std::string(64, 'a') + "\"\n");
    REQUIRE(loaded);
    CHECK(loaded.settings->account.begin()->role() == AccountRole::viewer);
}

TEST_CASE("names and hashes of accounts that are none are told with what to write") {
    CHECK(complaints("[[account]]\nname = \"a b\"\nkey_hash = \"sha256:aa\"\n") ==
          "o.toml:2:8: name is \"a b\", not a name; write letters, digits, - . and _, such as "
          "\"monitoring\"\n"
          "o.toml:3:12: key_hash is not the hash of a key; write \"sha256:\" and 64 hexadecimal digits, as "
          "`outpost token keygen --account` prints them");
    CHECK(complaints(account("a", 'g')).starts_with("o.toml:4:12: key_hash is not the hash of a key"));
    CHECK(complaints(account("a", 'a', "operate")).starts_with("o.toml:3:8: role is \"operate\", not "));
    CHECK(complaints("[[account]]\nname = \"a\"\n").starts_with("o.toml:1:1: [[account]] lacks key_hash"));
}

TEST_CASE("a key that was written in place of its hash is refused without being repeated") {
    const std::string said = complaints("[[account]]\nname = \"a\"\nkey_hash = \"outpost-secret\"\n");
    CHECK(said.starts_with("o.toml:3:12: key_hash is not the hash of a key"));
    CHECK(said.find("outpost-secret") == std::string::npos);
}

TEST_CASE("no two accounts share a name or a key, in whatever case they are written") {
    CHECK(complaints(account("a", 'a') + account("b", 'b')).empty());
    CHECK(complaints(account("a", 'a') + account("A", 'b')) ==
          "o.toml:6:8: name is that of the [[account]] of line 1; choose another");
    CHECK(complaints(account("a", 'a') + account("b", 'A')) ==
          "o.toml:8:12: key_hash is that of the [[account]] of line 1; give each a key of its own, so that "
          "the audit log can tell them apart");
}
