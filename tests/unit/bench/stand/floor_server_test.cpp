#include "bench/stand/floor_server.hpp"

#include <fstream>
#include <thread>

#include "base/dial.hpp"
#include "tests/unit/directory.hpp"

namespace outpost::bench {
namespace {

constexpr Milliseconds patience{20'000};

// A floor with a small file and one that no socket's buffers hold, and a connection to it.
class Floor {
  public:
    Floor() {
        large_.resize(9'000'000);
        for (std::size_t i = 0; i < large_.size(); ++i) large_[i] = static_cast<char>(i * i / 1000);
        std::filesystem::create_directory(directory_ / "vod");
        std::ofstream{directory_ / "vod" / "small"} << "some bytes";
        std::ofstream{directory_ / "large", std::ios::binary} << large_;
        std::ofstream{directory_ / "empty"};
        auto server = FloorServer::listen(directory_.path(), 0);
        REQUIRE(server.has_value());
        port_ = server->port();
        thread_ = std::thread{[this, served = std::move(*server)]() mutable { served.run(over_); }};
        auto socket = dial("127.0.0.1", port_, patience, over_);
        REQUIRE(socket.has_value());
        socket_ = std::move(*socket);
    }
    ~Floor() {
        over_.request(1);
        thread_.join();
    }
    Floor(const Floor&) = delete;
    Floor& operator=(const Floor&) = delete;

    void ask(std::string_view text) {
        REQUIRE(send_all(socket_.get(), text, steady_now() + patience, never_).has_value());
    }
    // Until there are so many bytes, or the connection has ended.
    std::string answer(std::size_t size) {
        std::string out;
        std::vector<char> buffer(1 << 20);
        while (out.size() < size) {
            const auto n =
                receive_some(socket_.get(), {buffer.data(), std::min(buffer.size(), size - out.size())},
                             steady_now() + patience, never_);
            REQUIRE(n.has_value());
            if (*n == 0) break;
            out.append(buffer.data(), *n);
        }
        return out;
    }
    [[nodiscard]] const std::string& large() const { return large_; }

  private:
    TemporaryDirectory directory_;
    std::string large_;
    Cancellation over_, never_;
    std::uint16_t port_ = 0;
    std::thread thread_;
    Fd socket_;
};

const std::string small = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nsome bytes";
const std::string missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

TEST_CASE("the floor answers with the file, its length, and keeps the connection") {
    Floor floor;
    for (int i = 0; i < 3; ++i) {
        floor.ask("GET /vod/small?CMCD=a HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(floor.answer(small.size()) == small);
    }
    floor.ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(floor.answer(missing.size()) == missing);
    floor.ask("HEAD /vod/small HTTP/1.1\r\nHost: x\r\n\r\nGET /empty HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string both =
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    CHECK(floor.answer(both.size()) == both);
}

TEST_CASE("a body larger than a socket's buffers arrives whole, and what was asked behind it after it") {
    Floor floor;
    floor.ask("GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /vod/small HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n";
    const std::string all = floor.answer(head.size() + 9'000'000 + small.size());
    CHECK(all.substr(0, head.size()) == head);
    CHECK((all.substr(head.size(), 9'000'000) == floor.large()));  // in brackets: never printed
    CHECK(all.substr(head.size() + 9'000'000) == small);
}

TEST_CASE("a request may come in pieces") {
    Floor floor;
    floor.ask("GET /vod/sm");
    floor.ask("all HTTP/1.1\r\nHost: x\r\n\r");
    floor.ask("\n");
    CHECK(floor.answer(small.size()) == small);
}

TEST_CASE("the floor serves nothing outside of its root, and no other method") {
    Floor floor;
    floor.ask("GET /vod/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(floor.answer(missing.size()) == missing);
    floor.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(floor.answer(missing.size()) == missing);
    floor.ask("GET /vod HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(floor.answer(missing.size()) == missing);
    floor.ask("POST /vod/small HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    CHECK(floor.answer(1000).starts_with("HTTP/1.1 501 "));  // and the connection has ended
}

TEST_CASE("a client of HTTP/1.0 is told the end by the connection's") {
    Floor floor;
    floor.ask("GET /vod/small HTTP/1.0\r\n\r\n");
    CHECK(floor.answer(1000) == small);
}

}  // namespace
}  // namespace outpost::bench
