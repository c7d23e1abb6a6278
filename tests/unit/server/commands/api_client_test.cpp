#include "server/commands/api_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/file.hpp"

using namespace outpost;
using namespace outpost::server;

namespace {

// Answers one connection with a text that the test chose, in pieces of at most `piece` bytes, then closes it.
class Scripted {
  public:
    explicit Scripted(std::string answer, std::size_t piece = 1 << 20)
        : answer_{std::move(answer)}, piece_{piece} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(socket_.get(), generic, size) == 0);
        REQUIRE(::listen(socket_.get(), 1) == 0);
        REQUIRE(::getsockname(socket_.get(), generic, &size) == 0);
        node_ = {"127.0.0.1", ntohs(address.sin_port)};
        thread_ = std::thread{[this] { serve(); }};
    }
    Scripted(const Scripted&) = delete;
    Scripted& operator=(const Scripted&) = delete;
    ~Scripted() {
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] const config::Address& node() const { return node_; }
    std::string request() {
        thread_.join();
        return request_;
    }

  private:
    void serve() {
        const Fd client{::accept(socket_.get(), nullptr, nullptr)};
        std::array<char, 4096> buffer{};
        while (request_.find("\r\n\r\n") == std::string::npos) {
            const ssize_t n = ::recv(client.get(), buffer.data(), buffer.size(), 0);
            if (n <= 0) return;
            request_.append(buffer.data(), static_cast<std::size_t>(n));
        }
        for (std::size_t at = 0; at < answer_.size(); at += piece_) {
            const std::string_view part = std::string_view{answer_}.substr(at, piece_);
            if (::send(client.get(), part.data(), part.size(), MSG_NOSIGNAL) < 0) return;
        }
    }

    std::string answer_, request_;
    std::size_t piece_;
    Fd socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    config::Address node_;
    std::thread thread_;
};

Outcome<ApiReply> answer_to(std::string answer, std::size_t piece = 1 << 20) {
    const Scripted server{std::move(answer), piece};
    const ApiRequest request{"GET", "/api/v1/status"};
    return ask_api(server.node(), request, Milliseconds{10'000});
}

}  // namespace

TEST_CASE("the address of an admin listener is an http URL without a path") {
    CHECK(parse_admin_url("http://127.0.0.1:9090").value() == config::Address{"127.0.0.1", 9090});
    CHECK(parse_admin_url("http://[::1]:9090/").value() == config::Address{"::1", 9090});
    CHECK(parse_admin_url("http://edge-7:9090").value() == config::Address{"edge-7", 9090});
    CHECK(parse_admin_url("http://edge-7").value() == config::Address{"edge-7", 80});
    for (const std::string_view url :
         {"", "127.0.0.1:9090", "https://127.0.0.1:9090", "http://", "http://:9090", "http://a:0",
          "http://a:65536", "http://a:x", "http://a/b", "http://me@a", "http://[::1"}) {
        CAPTURE(url);
        CHECK(parse_admin_url(url).has_error());
    }
}

TEST_CASE("a request says what it is and who is asked, and carries its body") {
    Scripted server{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"};
    const ApiRequest request{"POST", "/api/v1/purge", R"({"all":true})"};
    const auto reply = ask_api(server.node(), request, Milliseconds{10'000});
    REQUIRE(reply.has_value());
    CHECK(reply->status == 200);
    CHECK(reply->body == "{}");
    CHECK(server.request() ==
          fmt::format("POST /api/v1/purge HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n"
                      "Connection: close\r\nContent-Type: application/json\r\n"
                      "Content-Length: 12\r\n\r\n{{\"all\":true}}",
                      config::to_text(server.node())));
}

TEST_CASE("the key of an account goes with the request, and nowhere else") {
    Scripted server{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"};
    const ApiRequest request{"GET", "/api/v1/status", "", "outpost-secret"};
    const auto reply = ask_api(server.node(), request, Milliseconds{10'000});
    REQUIRE(reply.has_value());
    CHECK(server.request().ends_with("Connection: close\r\nAuthorization: Bearer outpost-secret\r\n\r\n"));
    CHECK(reply->is_about_key());
    const std::string said = reply->problem("http://edge-7").line();
    CHECK(said.starts_with("http://edge-7: the node takes the key of an account"));
    CHECK(said.find("--key-file") != std::string::npos);
    CHECK(said.find("secret") == std::string::npos);
}

TEST_CASE(
    "a reply ends where its length, its last chunk or its connection says, in whatever pieces it comes") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
        CAPTURE(piece);
        CHECK(answer_to("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", piece).value().body == "abcde");
        CHECK(
            answer_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                      piece)
                .value()
                .body == "abcde");
        CHECK(answer_to("HTTP/1.1 200 OK\r\n\r\nabcde", piece).value().body == "abcde");
    }
    CHECK(answer_to("HTTP/1.1 204 No Content\r\n\r\n").value().status == 204);
}

TEST_CASE("a reply that breaks off or is no HTTP is a problem that says where") {
    for (const char* answer : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                               "+PONG\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n"}) {
        CAPTURE(answer);
        const auto reply = answer_to(answer);
        REQUIRE(reply.has_error());
        CHECK(reply.error().where.starts_with("http://127.0.0.1:"));
        CHECK_FALSE(reply.error().what.empty());
    }
}

TEST_CASE("a node that isn't there, or says nothing, is a problem within the timeout") {
    config::Address gone;
    {
        const Scripted server{"HTTP/1.1 204 No Content\r\n\r\n"};
        gone = server.node();
        CHECK(ask_api(gone, ApiRequest{"GET", "/"}, Milliseconds{10'000}).has_value());
    }
    CHECK(ask_api(gone, ApiRequest{"GET", "/"}, Milliseconds{10'000}).error().line() ==
          fmt::format(
              "http://{}: can't be connected: Connection refused; does the node run, and has it its admin "
              "listener there? --admin or --config says where",
              config::to_text(gone)));

    const Fd silent{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(silent.get(), 1) == 0);
    REQUIRE(::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const config::Address node{"127.0.0.1", ntohs(address.sin_port)};
    CHECK(ask_api(node, ApiRequest{"GET", "/"}, Milliseconds{50}).error().what == "no answer in time");
}

TEST_CASE("what a node refuses is told in the words of its problem") {
    CHECK(ApiReply{400, R"({"title":"Bad Request","detail":"the member \"urls\" is unknown"})"}.complaint() ==
          R"(the member "urls" is unknown)");
    CHECK(ApiReply{404, R"({"title":"Not\u001b Found"})"}.complaint() == "Not? Found");
    CHECK(ApiReply{502, "<html>"}.complaint() == "the node answers 502");
    CHECK(ApiReply{500, "[]"}.complaint() == "the node answers 500");
}
