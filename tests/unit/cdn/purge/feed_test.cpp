#include "cdn/purge/feed.hpp"

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "cdn/purge/measures.hpp"
#include "tests/unit/base/redis/redis_server.hpp"

using namespace outpost;
using namespace outpost::cdn;
using outpost::test::patience;
using outpost::test::RedisServer;
using outpost::test::ScratchDirectory;

namespace {

// A node with a feed, and what it was told to purge.
class Node {
  public:
    Node(std::string name, const RedisServer& server, const std::filesystem::path& directory)
        : feed_{start(std::move(name), server, directory)} {}

    PurgeFeed& feed() { return *feed_; }
    // As "kind value", with a ~ before soft ones, once there are `count` or patience ends.
    std::vector<std::string> orders(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, patience, [&] { return orders_.size() >= count; });
        return orders_;
    }
    void purge(std::string tag) {
        PurgeOrder order;
        order.kind = PurgeKind::tag;
        order.value = std::move(tag);
        order.id = new_purge_id();
        order.at = wall_now();
        REQUIRE(feed_->publish(order));
    }

  private:
    std::unique_ptr<PurgeFeed> start(std::string name, const RedisServer& server,
                                     const std::filesystem::path& directory) {
        PurgeFeedOptions options;
        options.url = server.url();
        options.password = server.address().password;
        options.node = std::move(name);
        options.state_file = directory / options.node;
        options.most_backoff = Milliseconds{300};
        return PurgeFeed::start(options,
                                [this](const PurgeOrder& order) {
                                    const std::lock_guard lock{mutex_};
                                    orders_.push_back(fmt::format("{}{} {}", order.soft ? "~" : "",
                                                                  to_text(order.kind), order.value));
                                    changed_.notify_all();
                                })
            .value();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> orders_;
    std::unique_ptr<PurgeFeed> feed_;
};

using Orders = std::vector<std::string>;

}  // namespace

TEST_CASE("an order reaches the other nodes, and its own node does not apply it twice") {
    RedisServer server{false, "secret"};
    const ScratchDirectory directory;
    Node a{"a", server, directory.path}, b{"b", server, directory.path};
    REQUIRE(a.orders(1) == Orders{"~all "});  // the first start: nobody knows what was purged before
    REQUIRE(b.orders(1) == Orders{"~all "});
    const auto own = measures::purges_own.value();
    a.purge("film-1");
    CHECK(b.orders(2) == Orders{"~all ", "tag film-1"});
    b.purge("film-2");
    CHECK(a.orders(2) == Orders{"~all ", "tag film-2"});
    CHECK(measures::purges_own.value() > own);
    CHECK(a.feed().why_not_ready() == "");
}

TEST_CASE("a node that was down applies what it missed, from its state file") {
    RedisServer server{false};
    const ScratchDirectory directory;
    Node a{"a", server, directory.path};
    {
        Node b{"b", server, directory.path};
        REQUIRE(b.orders(1) == Orders{"~all "});
        REQUIRE(a.orders(1) == Orders{"~all "});
        a.purge("film-1");
        CHECK(b.orders(2) == Orders{"~all ", "tag film-1"});
    }
    a.purge("film-2");
    a.purge("film-3");
    Node b{"b", server, directory.path};
    CHECK(b.orders(2) == Orders{"tag film-2", "tag film-3"});
}

TEST_CASE("a state file that is of another stream or broken is no position: everything is purged softly") {
    RedisServer server{false};
    const ScratchDirectory directory;
    {
        Node a{"a", server, directory.path};
        REQUIRE(a.orders(1).size() == 1);
    }
    const auto good = read_file(directory.path / "a", Bytes{4096}).value();
    CHECK(good == fmt::format("outpost stream position 1\n{}\noutpost:purge\n0-0\n", server.url()));
    for (const std::string& text :
         {std::string{}, std::string{"\n"}, std::string{"0-0"}, std::string{"0-0\n"}, good + "0-0\n",
          good.substr(0, good.size() - 1),
          "outpost stream position 1\nredis://elsewhere:6379\noutpost:purge\n0-0\n" + std::string{}}) {
        CAPTURE(text);
        REQUIRE(write_file_atomically(directory.path / "a", text).has_value());
        Node a{"a", server, directory.path};
        CHECK(a.orders(1) == Orders{"~all "});
    }
}

TEST_CASE("an order that can't be read purges everything softly: it may have meant anything") {
    RedisServer server{false};
    const ScratchDirectory directory;
    Node a{"a", server, directory.path};
    REQUIRE(a.orders(1).size() == 1);
    server.command({"XADD", "outpost:purge", "*", "payload", R"({"version":2,"everything":"but films"})"});
    CHECK(a.orders(2) == Orders{"~all ", "~all "});
}

TEST_CASE("without Redis a feed says since when and why, and orders wait") {
    RedisServer server{false};
    server.kill();
    const ScratchDirectory directory;
    Node a{"a", server, directory.path};
    a.purge("film-1");
    CHECK(a.feed().why_not_ready().starts_with("Redis is not reachable since 2"));
    CHECK(a.feed().why_not_ready().ends_with("; purges of other nodes arrive when it is back"));
    server.start();
    Node b{"b", server, directory.path};
    CHECK(a.orders(1) == Orders{"~all "});
    CHECK(b.orders(1)[0] == "~all ");
}

TEST_CASE("a URL that can't be read is a problem at the start") {
    PurgeFeedOptions options;
    options.url = "cache:6379";
    CHECK(PurgeFeed::start(options, [](const PurgeOrder&) {}).has_error());
}
