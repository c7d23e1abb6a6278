#include "auth/accounts.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;

namespace {

Account account(std::string name, Role role, std::string_view key) {
    return {std::move(name), role, parse_key_hash(key_hash_text(key)).value()};
}

const Accounts& three() {
    static const Accounts accounts{{account("dashboard", Role::view, "outpost-one"),
                                    account("night-shift", Role::operate, "outpost-two"),
                                    account("chief", Role::administer, "outpost-three")}};
    return accounts;
}

}  // namespace

TEST_CASE("a key finds its own account and no other") {
    REQUIRE(three().find("outpost-two") != nullptr);
    CHECK(three().find("outpost-one")->name == "dashboard");
    CHECK(three().find("outpost-two")->name == "night-shift");
    CHECK(three().find("outpost-three")->role == Role::administer);
}

TEST_CASE("what is nearly a key is nobody's") {
    const std::string hash = key_hash_text("outpost-one");
    for (const std::string_view key :
         {std::string_view{""}, std::string_view{"outpost-"}, std::string_view{"outpost-on"},
          std::string_view{"outpost-one "}, std::string_view{"outpost-oneX"}, std::string_view{"OUTPOST-ONE"},
          std::string_view{"outpost-one\0", 12}, std::string_view{hash}, std::string_view{hash}.substr(7)}) {
        CAPTURE(key);
        CHECK(three().find(key) == nullptr);
    }
    CHECK(Accounts{}.find("outpost-one") == nullptr);
    CHECK(Accounts{{account("empty", Role::administer, "")}}.find("") == nullptr);
}

TEST_CASE("each role may do what those below it may") {
    CHECK(Role::view < Role::operate);
    CHECK(Role::operate < Role::administer);
    for (const Role role : {Role::view, Role::operate, Role::administer})
        CHECK(parse_role(to_text(role)) == role);
    CHECK(to_text(Role::operate) == "operator");
    CHECK_FALSE(parse_role("operate"));
    CHECK_FALSE(parse_role(""));
}

TEST_CASE("a hash is written as the configuration has it") {
    // The SHA-256 of "abc" (FIPS 180-4, the first example).
    constexpr auto abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    CHECK(key_hash_text("abc") == abc);
    CHECK(parse_key_hash(abc)->front() == 0xba);
    CHECK(parse_key_hash("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD") ==
          parse_key_hash(abc));
    const std::string text{abc};
    for (const std::string& wrong :
         {std::string{}, std::string{"sha256:"}, text.substr(7), text + "00", text.substr(0, text.size() - 2),
          text.substr(0, text.size() - 1) + "g", "sha512:" + text.substr(7)}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_key_hash(wrong));
    }
}

TEST_CASE("a new key is 256 random bits that fit behind Bearer") {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto key = make_account_key();
        REQUIRE(key);
        CHECK(key->bytes().starts_with("outpost-"));
        CHECK(key->bytes().size() == 8 + 43);
        CHECK(is_bearer_key(key->bytes()));
        seen.emplace(key->bytes());
    }
    CHECK(seen.size() == 100);
}

TEST_CASE("what may stand behind Bearer is short and has no blanks") {
    CHECK(is_bearer_key("abc.DEF-_~+/09=="));
    CHECK(is_bearer_key(std::string(256, 'a')));
    CHECK_FALSE(is_bearer_key(std::string(257, 'a')));
    for (const char* wrong : {"", "=", "a b", "a=b", "a\r\nHost: b", "ä", "a,b", "\"a\""}) {
        CAPTURE(wrong);
        CHECK_FALSE(is_bearer_key(wrong));
    }
}
