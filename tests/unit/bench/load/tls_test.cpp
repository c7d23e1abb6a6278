#include <csignal>

#include "bench/load/load.hpp"
#include "tests/unit/bench/load/scripted_server.hpp"
#include "tests/unit/cdn/origin/certificates.hpp"

using namespace std::chrono_literals;

namespace outpost::bench {
namespace {

using End = ScriptedServer::Reply::End;

Scenario connecting(bool resume) {
    Crowd crowd;
    crowd.name = "callers";
    crowd.activity = Activity::connect;
    crowd.arrival = Arrival::at_once;
    crowd.rate = 50;
    crowd.connections = 1;
    crowd.paths = {"/a"};
    crowd.tls_resume = resume;
    Scenario scenario;
    scenario.lasts = 400ms;
    scenario.crowds = {crowd};
    return scenario;
}

Recording::Totals totals_of(const Scenario& scenario, const std::string& names, const std::string& ca_file,
                            const tests::Authority& authority) {
    std::signal(SIGPIPE, SIG_IGN);  // the test's server writes with OpenSSL
    const auto context = authority.issue(names);
    ScriptedServer server{
        [](const std::string&) {
            return ScriptedServer::Reply{ok(std::string(40'000, 'x'), "Connection: close\r\n"), End::close};
        },
        context.get()};
    const Cancellation never;
    LoadOptions options;
    options.target = server.url();
    options.ca_file = ca_file;
    const auto recording = run_load(scenario, options, {}, never);
    REQUIRE(recording.has_value());
    return recording->totals();
}

}  // namespace

TEST_SUITE_BEGIN("bench/load");

TEST_CASE("with TLS a crowd resumes what its first connection began, unless it is told not to") {
    const tests::Authority authority;
    const auto resumed = totals_of(connecting(true), "IP:127.0.0.1", authority.file(), authority);
    CHECK(resumed.failed() == 0);
    CHECK(resumed.requests >= 5);
    CHECK(resumed.bytes == resumed.requests * 40'000);
    CHECK(resumed.tls_full == 1);
    CHECK(resumed.tls_resumed >= resumed.requests - 1);
    const auto full = totals_of(connecting(false), "IP:127.0.0.1", "", authority);
    CHECK(full.failed() == 0);
    CHECK(full.tls_resumed == 0);
    CHECK(full.tls_full >= full.requests);
}

TEST_CASE("a certificate for somebody else, or of nobody that is trusted, is a failure of TLS") {
    const tests::Authority authority, other;
    for (const auto& [names, trusted] :
         {std::pair{"IP:127.0.0.2", &authority}, std::pair{"IP:127.0.0.1", &other}}) {
        const auto totals = totals_of(connecting(true), names, trusted->file(), authority);
        CHECK(totals.requests >= 1);
        CHECK(totals.failures[static_cast<std::size_t>(Failure::tls)] == totals.requests);
    }
}

TEST_SUITE_END();

}  // namespace outpost::bench
