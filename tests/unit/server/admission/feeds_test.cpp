// What edges tell each other, through a real Redis that these tests start, kill and start again.
#include <doctest/doctest.h>

#include "server/admission/measures.hpp"
#include "server/admission/revocation_feed.hpp"
#include "server/admission/sharing.hpp"
#include "tests/unit/base/redis/redis_server.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::server;
using namespace std::chrono_literals;
using auth::Revocation;
using auth::RevocationKind;
using auth::Revocations;
using outpost::test::patience;
using outpost::test::RedisServer;

namespace {

const WallTime later = wall_now() + 1h;

// Whether it comes to hold before patience ends.
template <class Holds>
bool comes(Holds holds) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock{mutex};
    const SteadyTime end = steady_now() + patience;
    while (steady_now() < end) {
        if (holds()) return true;
        never.wait_for(lock, 5ms);
    }
    return holds();
}

// An edge with its revocations, its disk and its feed.
class Edge {
  public:
    Edge(const RedisServer& server, const std::filesystem::path& directory, std::size_t most = 1000)
        : set_{most}, store_{RevocationStore::open({directory, 50ms}, set_).value()} {
        RevocationFeedOptions options;
        options.url = server.url();
        options.password = server.address().password;
        options.state_file = directory / "position";
        options.most_backoff = Milliseconds{300};
        options.most_jitter = Milliseconds{50};
        feed_ = RevocationFeed::start(std::move(options), *store_, set_).value();
    }

    RevocationFeed& feed() { return *feed_; }
    bool has(const std::string& value) { return set_.holds(RevocationKind::token, value, WallTime{}); }
    std::size_t size() { return set_.size(); }
    // As a POST does it; one whose program was killed in between told nobody.
    void revoke(const std::string& value, bool tell = true, WallTime until = later) {
        const Revocation revocation{RevocationKind::token,     value, until, wall_now(),
                                    auth::new_revocation_id(), "edge"};
        REQUIRE(store_->add(revocation).has_value());
        if (tell) REQUIRE(feed_->publish(revocation));
    }
    void await_connected() {
        REQUIRE(comes([&] { return feed_->state().connected; }));
    }

  private:
    Revocations set_;
    std::unique_ptr<RevocationStore> store_;
    std::unique_ptr<RevocationFeed> feed_;
};

}  // namespace

TEST_CASE("a revocation is in force on the other edges within a second") {
    RedisServer server{false, "secret"};
    const TemporaryDirectory a_disk, b_disk;
    Edge a{server, a_disk.path()}, b{server, b_disk.path()};
    a.await_connected();
    b.await_connected();
    const SteadyTime start = steady_now();
    a.revoke("t1");
    CHECK(comes([&] { return b.has("t1"); }));
    CHECK(steady_now() - start < 1s);
    b.revoke("t2");
    CHECK(comes([&] { return a.has("t2"); }));
    CHECK(a.feed().why_not_ready() == "");
}

TEST_CASE("a new edge knows what the stream holds, and one that was down what it missed") {
    RedisServer server{false};
    const TemporaryDirectory a_disk, b_disk;
    Edge a{server, a_disk.path()};
    a.revoke("t1");
    {
        Edge b{server, b_disk.path()};
        CHECK(comes([&] { return b.has("t1"); }));
    }
    a.revoke("t2");
    Edge b{server, b_disk.path()};
    CHECK(b.has("t1"));  // from its disk
    CHECK(comes([&] { return b.has("t2"); }));
}

TEST_CASE("what an edge was killed with before it could tell is told at its next start") {
    RedisServer server{false};
    const TemporaryDirectory a_disk, b_disk;
    Edge a{server, a_disk.path()};
    a.await_connected();
    {
        Edge b{server, b_disk.path()};
        b.await_connected();
        b.revoke("t1", false);
    }
    a.revoke("t2");
    Edge b{server, b_disk.path()};
    CHECK(comes([&] { return a.has("t1") && b.has("t2"); }));
}

TEST_CASE("a Redis that comes back empty is told all that is in force, so that a new edge finds it there") {
    RedisServer server{false};
    const TemporaryDirectory a_disk, b_disk;
    {
        Edge a{server, a_disk.path()};
        for (int i = 0; i < 300; ++i) a.revoke(std::to_string(i));
        REQUIRE(comes([&] { return server.command({"XLEN", "outpost:revocations"}).integer >= 300; }));
        // What it has read has its place in the stream now.
        REQUIRE(comes([&] { return a.feed().state().behind == Milliseconds{0}; }));
        server.kill();
        server.start();
        REQUIRE(comes([&] { return server.command({"XLEN", "outpost:revocations"}).integer >= 2; }));
    }
    Edge b{server, b_disk.path()};
    CHECK(comes([&] { return b.size() == 300; }));
}

TEST_CASE("edges that know the same tell each other nothing more than that") {
    RedisServer server{false};
    const TemporaryDirectory a_disk, b_disk;
    Edge a{server, a_disk.path()};
    a.revoke("t1");
    {
        Edge b{server, b_disk.path()};
        REQUIRE(comes([&] { return b.has("t1"); }));
    }
    const auto repeated = measures::revocations_repeated.value();
    Edge b{server, b_disk.path()};
    // Its hello comes when it has read all, and then whatever somebody answers.
    const auto length = server.command({"XLEN", "outpost:revocations"}).integer;
    REQUIRE(comes([&] { return server.command({"XLEN", "outpost:revocations"}).integer > length; }));
    a.revoke("t2");
    REQUIRE(comes([&] { return b.has("t2"); }));
    CHECK(measures::revocations_repeated.value() == repeated);
}

TEST_CASE("revocations of two edges that could not reach Redis meet when it is back") {
    RedisServer server{false};
    server.kill();
    const TemporaryDirectory a_disk, b_disk;
    Edge a{server, a_disk.path()}, b{server, b_disk.path()};
    a.revoke("t1");
    b.revoke("t2");
    CHECK(a.has("t1"));
    CHECK(a.feed().why_not_ready().starts_with("Redis is not reachable since 2"));
    CHECK(a.feed().why_not_ready().ends_with("; revocations of other nodes arrive when it is back"));
    server.start();
    CHECK(comes([&] { return a.has("t2") && b.has("t1"); }));
}

TEST_CASE("what is past its end is forgotten everywhere, and not taken up again") {
    RedisServer server{false};
    const TemporaryDirectory a_disk, b_disk;
    Edge a{server, a_disk.path()};
    a.revoke("short", true, wall_now() + 300ms);
    a.revoke("long");
    REQUIRE(comes([&] { return a.size() == 1; }));
    Edge b{server, b_disk.path()};  // reads both
    CHECK(comes([&] { return b.has("long"); }));
    CHECK(b.size() == 1);
}

TEST_CASE("an entry that can't be read is counted, and those behind it are applied") {
    RedisServer server{false};
    const TemporaryDirectory a_disk, b_disk;
    Edge a{server, a_disk.path()}, b{server, b_disk.path()};
    a.await_connected();
    const auto unreadable = measures::revocations_unreadable.value();
    server.command({"XADD", "outpost:revocations", "*", "payload", R"({"version":2,"all":true})"});
    b.revoke("t1");
    CHECK(comes([&] { return a.has("t1"); }));
    CHECK(measures::revocations_unreadable.value() > unreadable);
}

TEST_CASE("a feed without a URL that can be read is a problem at the start") {
    Revocations set;
    const auto store = RevocationStore::open({}, set).value();
    RevocationFeedOptions options;
    options.url = "cache:6379";
    CHECK(RevocationFeed::start(options, *store, set).has_error());
    auth::TokenBuckets buckets;
    auth::Leases leases;
    SharingOptions sharing;
    sharing.url = "cache:6379";
    CHECK(Sharing::start(sharing, buckets, leases).has_error());
}

namespace {

struct Limiter {
    auth::TokenBuckets buckets;
    auth::Leases leases;
    std::unique_ptr<Sharing> sharing;

    explicit Limiter(const RedisServer& server) {
        SharingOptions options;
        options.url = server.url();
        options.interval = 20ms;
        options.most_backoff = Milliseconds{300};
        sharing = Sharing::start(std::move(options), buckets, leases).value();
    }
    void await_connected() {
        REQUIRE(comes([&] { return sharing->state().connected; }));
    }
};

}  // namespace

TEST_CASE("what one edge lets through, the other counts") {
    RedisServer server{false};
    Limiter a{server}, b{server};
    a.await_connected();
    b.await_connected();
    REQUIRE(a.buckets.take(1, 0, 10, steady_now(), 10));
    CHECK(comes([&] { return b.buckets.size() == 1; }));
    CHECK_FALSE(b.buckets.take(1, 0, 10, steady_now()));
    REQUIRE(a.leases.hold(1, 2, 1, 30s, wall_now()));
    CHECK(comes([&] { return b.leases.size() == 1; }));
    CHECK_FALSE(b.leases.hold(1, 3, 1, 30s, wall_now()));
    CHECK(b.leases.hold(1, 2, 1, 30s, wall_now()));
    // What comes back to an edge is its own, and does not count twice.
    REQUIRE(a.buckets.take(2, 0, 10, steady_now(), 5));
    CHECK(comes([&] { return b.buckets.size() == 2; }));
    CHECK(a.buckets.take(2, 0, 10, steady_now(), 5));
    CHECK(a.sharing->why_not_ready() == "");
}

TEST_CASE("without Redis an edge goes on alone and says so, and shares again when it is back") {
    RedisServer server{false};
    Limiter a{server}, b{server};
    a.await_connected();
    b.await_connected();
    const auto lost = measures::limits_lost.value();
    server.kill();
    REQUIRE(comes([&] { return !a.sharing->state().connected && !b.sharing->state().connected; }));
    CHECK(a.sharing->why_not_ready().ends_with("; limits hold on this edge only"));
    CHECK(a.leases.hold(1, 2, 1, 30s, wall_now()));
    CHECK(comes([&] { return measures::limits_lost.value() > lost; }));
    server.start();
    a.await_connected();
    b.await_connected();
    CHECK(comes([&] { return b.leases.size() == 0; }));
    CHECK(a.leases.hold(7, 2, 1, 30s, wall_now()));
    CHECK(comes([&] { return b.leases.size() == 1; }));
}

TEST_CASE("what is old by both clocks, or can't be read, is counted and changes nothing") {
    RedisServer server{false};
    Limiter a{server};
    a.await_connected();
    const auto stale = measures::limits_stale.value(), unreadable = measures::limits_unreadable.value();
    const auto say = [&](const std::string& payload) {
        server.command({"XADD", "outpost:limits", "*", "payload", payload});
    };
    say("{}");
    say(to_payloads({"old", wall_now() - 31s, {{1, 1, 1, 1}}, {}}).at(0));
    say(to_payloads({"ahead", wall_now() + 1h, {{1, 1, 1, 1}}, {}}).at(0));
    say(to_payloads({"good", wall_now() - 20s, {{2, 1, 1, 1}}, {}}).at(0));
    CHECK(comes([&] { return a.buckets.size() == 1; }));
    CHECK(measures::limits_stale.value() == stale + 2);
    CHECK(measures::limits_unreadable.value() == unreadable + 1);
}
