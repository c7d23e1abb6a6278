#include "auth/memory.hpp"

#include <doctest/doctest.h>

#include "auth/replays.hpp"

using namespace outpost;
using namespace outpost::auth;
using namespace std::chrono_literals;

namespace {

RememberedPtr keep(TokenMemory& memory, const std::string& token) {
    Claims claims;
    claims.subject = token;
    return memory.keep(token, memory.hash_of(claims.format, token), std::move(claims));
}

RememberedPtr find(TokenMemory& memory, const std::string& token, Format format = Format::uri_signing) {
    return memory.find(format, token, memory.hash_of(format, token));
}

}  // namespace

TEST_CASE("a token that was kept is found by its text and its format") {
    TokenMemory memory{1000};
    const auto kept = keep(memory, "a.b.c");
    CHECK(find(memory, "a.b.c") == kept);
    CHECK(find(memory, "a.b.d") == nullptr);
    CHECK(find(memory, "a.b.c", Format::cat) == nullptr);
    CHECK(keep(memory, "a.b.c") == kept);
    memory.forget(*kept);
    CHECK(find(memory, "a.b.c") == nullptr);
    CHECK(memory.size() == 0);
}

TEST_CASE("memory stays within its bound, and what is used stays longest") {
    TokenMemory memory{160};
    keep(memory, "in use");
    for (int i = 0; i < 2000; ++i) {
        keep(memory, "token " + std::to_string(i));
        REQUIRE(find(memory, "in use") != nullptr);
    }
    CHECK(memory.size() <= 160);
    CHECK(find(memory, "token 0") == nullptr);
}

TEST_CASE("forgetting leaves the others where they can be found") {
    TokenMemory memory{1600};
    std::vector<RememberedPtr> kept;
    for (int i = 0; i < 800; ++i) kept.push_back(keep(memory, std::to_string(i)));
    for (int i = 0; i < 800; i += 2) memory.forget(*kept[static_cast<std::size_t>(i)]);
    for (int i = 0; i < 800; ++i) CHECK((find(memory, std::to_string(i)) != nullptr) == (i % 2 == 1));
}

TEST_CASE("a token that may be used once is used once, until it has expired") {
    Replays replays{2};
    const WallTime now{1000s};
    CHECK(replays.use(1, now + 10s, now) == Replays::Use::first);
    CHECK(replays.use(1, now + 10s, now) == Replays::Use::again);
    CHECK(replays.use(2, now + 20s, now) == Replays::Use::first);
    CHECK(replays.use(3, now + 20s, now) == Replays::Use::full);
    CHECK(replays.use(3, now + 20s, now + 11s) == Replays::Use::first);
    CHECK(replays.use(2, now + 20s, now + 11s) == Replays::Use::again);
}
