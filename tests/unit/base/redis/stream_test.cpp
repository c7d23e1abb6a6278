// The stream and the purge feed against a real Redis, which these tests start, kill and start again.
#include "base/redis/stream.hpp"

#include <doctest/doctest.h>

#include "tests/unit/base/redis/redis_server.hpp"

using namespace outpost;
using namespace outpost::redis;
using outpost::test::patience;
using outpost::test::RedisServer;

namespace {

RedisStreamMeasures measured{R"(stream="test")"};

RedisStreamOptions options_for(const RedisServer& server, std::optional<StreamId> position = StreamId{}) {
    RedisStreamOptions options;
    options.address = server.address();
    options.stream = "test";
    options.keep = 1000;
    options.position = position;
    options.most_backoff = Milliseconds{300};  // nobody waits for a test
    return options;
}

// A stream and what came of it.
class Follower {
  public:
    explicit Follower(RedisStreamOptions options)
        : stream_{
              std::move(options),
              {[this](const StreamId&, const std::string& payload) { note(payload); },
               [this] { note("(gap)"); }, [this](const std::optional<StreamId>&) { changed_.notify_all(); }},
              measured} {}

    RedisStream& stream() { return stream_; }
    // What came so far, once that is `count` texts or patience ends.
    std::vector<std::string> texts(std::size_t count) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, patience, [&] { return texts_.size() >= count; });
        return texts_;
    }
    // Once its state is as `holds` says or patience ends.
    template <class Holds>
    RedisStreamState state_when(Holds holds) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, patience, [&] { return holds(stream_.state()); });
        return stream_.state();
    }
    void await_connected() {
        REQUIRE(state_when([](const RedisStreamState& s) { return s.connected; }).connected);
    }
    void await_disconnected() {
        REQUIRE_FALSE(state_when([](const RedisStreamState& s) { return !s.connected; }).connected);
    }

  private:
    void note(const std::string& text) {
        const std::lock_guard lock{mutex_};
        texts_.push_back(text);
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> texts_;
    RedisStream stream_;
};

std::vector<std::string> numbered(int from, int to) {
    std::vector<std::string> texts;
    for (int i = from; i < to; ++i) texts.push_back(fmt::format("entry {}", i));
    return texts;
}

void publish(Follower& by, int from, int to) {
    for (const std::string& text : numbered(from, to)) REQUIRE(by.stream().publish(text));
}

void append(std::vector<std::string>& texts, const std::vector<std::string>& more) {
    texts.insert(texts.end(), more.begin(), more.end());
}

}  // namespace

TEST_CASE("what one node publishes every follower gets, once and in order, the publisher too") {
    RedisServer server{false};
    Follower a{options_for(server)}, b{options_for(server)};
    publish(a, 0, 300);  // more than one batch
    CHECK(a.texts(300) == numbered(0, 300));
    CHECK(b.texts(300) == numbered(0, 300));
    CHECK(b.state_when([](const RedisStreamState& s) { return s.behind == Milliseconds{0}; }).why == "");
    a.stream().stop();
    b.stream().stop();
    CHECK(a.stream().position() == b.stream().position());
}

TEST_CASE("a follower that was away goes on at its position: it gets what it missed and nothing else") {
    RedisServer server{false};
    Follower a{options_for(server)};
    std::optional<StreamId> position;
    {
        Follower b{options_for(server)};
        publish(a, 0, 5);
        CHECK(b.texts(5) == numbered(0, 5));
        b.stream().stop();
        position = b.stream().position();
    }
    publish(a, 5, 105);
    REQUIRE(a.texts(105).size() == 105);
    Follower again{options_for(server, position)};
    CHECK(again.texts(100) == numbered(5, 105));
    publish(a, 105, 106);
    CHECK(again.texts(101) == numbered(5, 106));
}

TEST_CASE("a follower without a position begins with what comes from now on") {
    RedisServer server{false};
    Follower a{options_for(server)};
    publish(a, 0, 3);
    REQUIRE(a.texts(3).size() == 3);
    Follower fresh{options_for(server, std::nullopt)};
    fresh.await_connected();
    publish(a, 3, 5);
    CHECK(fresh.texts(2) == numbered(3, 5));
}

TEST_CASE(
    "Redis may be killed: with its data kept, what was published meanwhile is sent and nobody sees a gap") {
    RedisServer server{true};
    Follower a{options_for(server)}, b{options_for(server)};
    publish(a, 0, 3);
    REQUIRE(a.texts(3).size() == 3);
    REQUIRE(b.texts(3).size() == 3);
    server.kill();
    a.await_disconnected();
    b.await_disconnected();
    publish(a, 3, 6);
    const auto down =
        a.state_when([](const RedisStreamState& s) { return s.waiting == 3 && !s.why.empty(); });
    CHECK(down.waiting == 3);
    CHECK(down.why.find(server.url()) != std::string::npos);
    CHECK_FALSE(down.behind);
    const auto reconnects = measured.reconnects.value();
    server.start();
    CHECK(a.texts(6) == numbered(0, 6));
    CHECK(b.texts(6) == numbered(0, 6));
    CHECK(a.state_when([](const RedisStreamState& s) { return s.waiting == 0; }).connected);
    CHECK(measured.reconnects.value() >= reconnects + 2);
}

TEST_CASE("Redis that comes back empty is one gap, before anything newer") {
    RedisServer server{false};
    Follower a{options_for(server)};
    publish(a, 0, 3);
    REQUIRE(a.texts(3).size() == 3);
    server.kill();
    a.await_disconnected();
    server.start();
    auto wanted = numbered(0, 3);
    wanted.emplace_back("(gap)");
    CHECK(a.texts(4) == wanted);
    publish(a, 3, 5);
    append(wanted, numbered(3, 5));
    CHECK(a.texts(6) == wanted);
}

TEST_CASE("Redis that comes back empty and is written to before a follower is back is a gap too") {
    RedisServer server{false};
    std::optional<StreamId> position;
    {
        Follower b{options_for(server)};
        publish(b, 0, 3);
        REQUIRE(b.texts(3).size() == 3);
        position = b.stream().position();
    }
    server.kill();
    server.start();
    Follower a{options_for(server)};
    publish(a, 3, 5);
    REQUIRE(a.texts(2).size() == 2);
    Follower b{options_for(server, position)};
    std::vector<std::string> wanted{"(gap)"};
    append(wanted, numbered(3, 5));
    CHECK(b.texts(3) == wanted);
}

TEST_CASE("a stream that was trimmed past the position is one gap; what it still holds comes behind it") {
    RedisServer server{false};
    Follower a{options_for(server)};
    publish(a, 0, 10);
    REQUIRE(a.texts(10).size() == 10);
    const auto position = a.stream().position();
    publish(a, 10, 20);
    REQUIRE(a.texts(20).size() == 20);
    server.command({"XTRIM", "test", "MAXLEN", "5"});
    Follower late{options_for(server, position)};
    std::vector<std::string> wanted{"(gap)"};
    append(wanted, numbered(15, 20));
    CHECK(late.texts(6) == wanted);
    publish(a, 20, 21);
    append(wanted, numbered(20, 21));
    CHECK(late.texts(7) == wanted);
    CHECK(a.texts(21) == numbered(0, 21));  // who was there sees no gap
}

TEST_CASE("a wrong password is said as such, without the password") {
    RedisServer server{false, "right"};
    auto options = options_for(server);
    options.address.password = "hunter2";
    Follower a{options};
    const auto refused = a.state_when([](const RedisStreamState& s) { return !s.why.empty(); });
    CHECK_FALSE(refused.connected);
    CHECK(refused.why ==
          server.url() + ": the user or the password is refused (WRONGPASS); see the url of [redis]");
    options.address.password.clear();
    Follower b{options};
    CHECK(b.state_when([](const RedisStreamState& s) { return !s.why.empty(); }).why.find("NOAUTH") !=
          std::string::npos);
    Follower c{options_for(server)};
    c.await_connected();
}

TEST_CASE("a key that holds something else is said, and read once it is gone") {
    RedisServer server{false};
    server.command({"SET", "test", "x"});
    Follower a{options_for(server)};
    CHECK(a.state_when([](const RedisStreamState& s) { return !s.why.empty(); }).why.find("WRONGTYPE") !=
          std::string::npos);
    publish(a, 0, 1);
    server.command({"DEL", "test"});
    CHECK(a.texts(1) == numbered(0, 1));
}

TEST_CASE("entries of someone else's shape are passed over") {
    RedisServer server{false};
    server.command({"XADD", "test", "*", "colour", "red"});
    server.command({"XADD", "test", "*", "payload", "x", "colour", "red"});
    server.command({"XADD", "test", "*", "payload", "entry 0"});
    Follower a{options_for(server)};
    CHECK(a.texts(1) == numbered(0, 1));
}

TEST_CASE("the queue is bounded and keeps the oldest; stopping does not wait for Redis") {
    RedisServer server{false};
    server.kill();
    auto options = options_for(server);
    options.most_waiting = 2;
    Follower a{options};
    const auto dropped = measured.dropped.value();
    CHECK(a.stream().publish("entry 0"));
    CHECK(a.stream().publish("entry 1"));
    CHECK_FALSE(a.stream().publish("entry 2"));
    CHECK_FALSE(a.stream().publish(std::string(options.most_payload + 1, 'x')));
    CHECK(measured.dropped.value() == dropped + 2);
    server.start();
    CHECK(a.texts(2) == numbered(0, 2));
    const SteadyTime begin = steady_now();
    a.stream().stop();
    CHECK(steady_now() - begin < std::chrono::milliseconds{1500});
    CHECK_FALSE(a.stream().publish("entry 3"));
}

TEST_CASE("what waits when a node stops is still sent while Redis answers") {
    RedisServer server{false};
    Follower a{options_for(server)};
    const auto dropped = measured.dropped.value();
    {
        auto options = options_for(server);
        options.last_chance = Milliseconds{patience};  // a busy machine takes longer than a second
        Follower leaving{options};
        publish(leaving, 0, 50);
        leaving.stream().stop();
        CHECK(measured.dropped.value() == dropped);
    }
    CHECK(a.texts(50) == numbered(0, 50));
}
