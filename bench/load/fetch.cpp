#include "bench/load/fetch.hpp"

#include <fmt/format.h>

#include "bench/load/client.hpp"

namespace outpost::bench {
namespace {

using namespace std::chrono_literals;

class Once final : public ConnectionOwner {
  public:
    explicit Once(Loop& loop) : loop_{loop} {}
    void answered(Connection&, Answer& its_answer, SteadyTime) override {
        answer = std::move(its_answer);
        loop_.stop();
    }
    Answer answer;

  private:
    Loop& loop_;
};

}  // namespace

Outcome<std::string> fetch(const Endpoint& endpoint, const std::string& ca_file, const std::string& path) {
    std::unique_ptr<TlsClient> tls;
    if (endpoint.tls) {
        auto made = TlsClient::make({ca_file, false, true});
        if (!made) return made.error();
        tls = std::move(*made);
    }
    Loop loop;
    const SteadyTime now = steady_now();
    Recording nobodys{now, 0ms};
    const auto counters = std::make_unique<Counters>();
    Surroundings around{loop, nobodys, *counters};
    Once once{loop};
    Connection connection{around, endpoint, tls.get(), nullptr, BitRate{}, once};
    connection.request() = "GET " + path + " HTTP/1.1\r\n";
    append_fields(endpoint, "Connection: close\r\n", connection.request());
    Ask ask;
    ask.keep_body = true;
    ask.total_limit = 20s;
    connection.ask(ask, now);
    loop.run();
    if (once.answer.failure == Failure::none && once.answer.status == 200) return std::move(once.answer.body);
    return Problem{endpoint.authority + path,
                   once.answer.status == 0 ? "there is no answer"
                                           : fmt::format("is answered with {}", once.answer.status),
                   ""};
}

}  // namespace outpost::bench
