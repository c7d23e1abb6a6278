#include "client.hpp"

namespace outpost::tests {
namespace {

using cdn::origin::Attempts;
using cdn::origin::Call;
using cdn::origin::OriginOptions;
using cdn::origin::Pool;
using cdn::origin::Response;

Task<Got> ask_and_read(Pool& pool, Call call, Attempts& attempts) {
    Got got;
    auto response = co_await pool.fetch(std::move(call), attempts);
    if (!response) {
        got.error = response.error();
        co_return std::move(got);
    }
    Response& r = **response;
    got.status = r.status();
    got.origin = r.origin();
    got.fields = r.fields();
    char buffer[1000];
    while (true) {
        const auto n = co_await r.read(buffer);
        if (!n) got.error = n.error();
        if (!n || *n == 0) break;
        got.body.append(buffer, *n);
    }
    co_return std::move(got);
}

Task<bool> stop(Pool& pool) {
    co_await pool.stop();
    co_return true;
}

std::vector<OriginOptions> options_of(const std::vector<const ScriptedOrigin*>& origins) {
    std::vector<OriginOptions> all(origins.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i].url = origins[i]->url();
    return all;
}

}  // namespace

Client::Options Client::quick() {
    Options options;
    options.name = "main";
    for (Milliseconds* limit : {&options.connect_timeout, &options.first_byte_timeout, &options.idle_timeout,
                                &options.whole_timeout})
        *limit = Milliseconds{15'000};
    return options;
}

Client::Client(const std::vector<const ScriptedOrigin*>& origins, Options options)
    : Client{std::move(options), options_of(origins)} {}

Client::Client(Options options, std::vector<OriginOptions> origins) {
    auto opened = Pool::open(loop, std::move(options), std::move(origins), {64 << 10, 256});
    REQUIRE_MESSAGE(opened.has_value(), opened.error().line());
    pool = std::move(*opened);
}

Client::~Client() { run(loop, stop(*pool)); }

Call Client::call_of(std::string target) {
    Call call;
    call.target = std::move(target);
    return call;
}

Got Client::ask(Call call) {
    Attempts attempts;
    return ask(std::move(call), attempts);
}

Got Client::ask(Call call, Attempts& attempts) {
    return run(loop, ask_and_read(*pool, std::move(call), attempts));
}

Result<std::unique_ptr<Response>> Client::begin(std::string target) {
    Attempts attempts;
    return run(loop, pool->fetch(call_of(std::move(target)), attempts));
}

Result<std::size_t> Client::read(Response& response, std::span<char> into) {
    return run(loop, response.read(into));
}

std::string reply_of(int status, std::string_view body) {
    return fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
}

}  // namespace outpost::tests
