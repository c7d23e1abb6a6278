#include "cdn/prefetch/successors.hpp"

#include <doctest/doctest.h>

namespace outpost::cdn {
namespace {

using Targets = std::vector<std::string>;

KeyHash key(const std::string& target) { return key_hash("http://edge.example" + target); }

std::vector<Successors::Item> list(const Targets& targets) {
    std::vector<Successors::Item> items;
    for (const std::string& target : targets) items.push_back({key(target), target});
    return items;
}

const KeyHash film = key_hash("film"), other = key_hash("other");

}  // namespace

TEST_CASE("what follows is as many as are wanted, and ends where the list ends") {
    Successors table{100};
    CHECK(table.after(key("/1"), 1).empty());
    CHECK(table.learn(film, list({"/1", "/2", "/3", "/4"}), 1).empty());
    CHECK(table.after(key("/1"), 1) == Targets{"/2"});
    CHECK(table.after(key("/2"), 16) == Targets{"/3", "/4"});
    CHECK(table.after(key("/4"), 2).empty());
    CHECK(table.after(key("/unknown"), 2).empty());
    CHECK(table.after(key("/1"), 0).empty());
}

TEST_CASE("what a growing list names new is due when a client has asked for the one before") {
    Successors table{100};
    table.learn(film, list({"/1", "/2"}), 1);
    CHECK(table.learn(film, list({"/1", "/2", "/3"}), 1).empty());
    table.after(key("/3"), 1);
    CHECK(table.learn(film, list({"/2", "/3", "/4", "/5"}), 1) == Targets{"/4"});
    // Nobody has asked for /5 itself.
    CHECK(table.learn(film, list({"/3", "/4", "/5", "/6"}), 1).empty());
    table.after(key("/6"), 1);
    CHECK(table.learn(film, list({"/6", "/7", "/8", "/9"}), 2) == Targets{"/7", "/8"});
}

TEST_CASE("that somebody asked is remembered from list to list") {
    Successors table{100};
    table.learn(film, list({"/1", "/2"}), 1);
    table.after(key("/2"), 1);
    CHECK(table.learn(film, list({"/1", "/2"}), 1).empty());
    CHECK(table.learn(film, list({"/1", "/2", "/3"}), 1) == Targets{"/3"});
    CHECK(table.learn(film, list({"/1", "/2", "/3"}), 1).empty());
}

TEST_CASE("what has left a list that grew has no successor any more") {
    Successors table{100};
    table.learn(film, list({"/1", "/2", "/3"}), 1);
    table.learn(film, list({"/2", "/3", "/4"}), 1);
    CHECK(table.after(key("/1"), 1).empty());
    CHECK(table.after(key("/3"), 1) == Targets{"/4"});
    CHECK(table.size() == 3);
}

TEST_CASE("a URL in two lists follows the later one, and survives the earlier one") {
    Successors table{100};
    table.learn(film, list({"/1", "/2"}), 1);
    table.learn(other, list({"/1", "/3"}), 1);
    CHECK(table.after(key("/1"), 1) == Targets{"/3"});
    table.learn(film, list({"/9"}), 1);
    CHECK(table.after(key("/1"), 1) == Targets{"/3"});
    CHECK(table.after(key("/2"), 1).empty());
}

TEST_CASE("the table is bounded: the list that was learnt longest ago leaves") {
    Successors table{5};
    table.learn(film, list({"/1", "/2", "/3"}), 1);
    table.learn(other, list({"/a", "/b"}), 1);
    table.learn(film, list({"/1", "/2", "/3"}), 1);
    table.learn(key_hash("third"), list({"/x", "/y"}), 1);
    CHECK(table.size() == 5);
    CHECK(table.after(key("/a"), 1).empty());
    CHECK(table.after(key("/1"), 1) == Targets{"/2"});
    CHECK(table.after(key("/x"), 1) == Targets{"/y"});
}

TEST_CASE("of a list longer than the table the end is known") {
    Successors table{2};
    table.learn(film, list({"/1", "/2", "/3"}), 1);
    CHECK(table.size() == 2);
    CHECK(table.after(key("/1"), 1).empty());
    CHECK(table.after(key("/2"), 1) == Targets{"/3"});
}

}  // namespace outpost::cdn
