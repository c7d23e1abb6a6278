#include "server/commands/status.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/text.hpp"

using namespace outpost;
using namespace outpost::server;

namespace {

std::string disk(int number, std::string_view state = "good", std::string_view why = "") {
    return fmt::format(R"({{"directory":"/srv/cache{}","state":"{}","why":"{}","size":107374182400,)"
                       R"("used":53687091200,"objects":12345}})",
                       number, state, why);
}

std::string origin(int number, std::string_view state = "up", std::string_view error = "") {
    return fmt::format(
        R"({{"name":"http://10.0.0.{}:9000","state":"{}","connections":12,"in_use":3,"requests":48211,)"
        R"("failures":2,"first_byte_p50_ms":4,"first_byte_p99_ms":87.6,"last_error":"{}"}})",
        number, state, error);
}

std::string sample(const std::string& disks, const std::string& origins, std::string_view redis) {
    return fmt::format(
        R"({{"version":"0.1.0","uptime_s":273900,)"
        R"("requests":{{"total":12345678,"hits":12000000,"hits_memory":2000000,"hits_disk":10000000,)"
        R"("misses":345678,"stale":120,"errors":7}},"bytes":{{"sent":98000000000000,"from_origins":1400000000000}},)"
        R"("rates":{{"out_bps":812400000,"in_bps":9400000}},"memory":{{"used":401604608,"size":536870912}},)"
        R"("disks":[{}],"objects":24690,"fills":{{"under_way":12,"waiting":340}},)"
        R"("pools":[{{"name":"main","origins":[{}]}}],"redis":{}}})",
        disks, origins, redis);
}

// Columns, where each code point takes one.
std::size_t width(std::string_view line) {
    std::size_t columns = 0;
    for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
    return columns;
}

}  // namespace

TEST_CASE("a node's state is one page of aligned text") {
    const std::string page =
        render_status(sample(disk(1) + "," + disk(2, "failed", "Input/output error"),
                             origin(1) + "," + origin(2, "ejected", "connection refused"),
                             R"({"state":"connected","why":"","behind":0})"),
                      Screen{})
            .value();
    CHECK(page == R"(Outpost 0.1.0, up 3 d 4 h

requests   12.3 M: 97.2 % hits (16.2 % memory, 81.0 % disk), 2.8 % misses
           120 served stale, 7 errors
bytes      89 TiB sent, 1.3 TiB from origins: 98.6 % out of the cache
now        812 Mbps out, 9.4 Mbps in; 12 fills under way, 340 requests wait
memory     383 MiB of 512 MiB used (74.8 %); 25 k responses cached
redis      connected

disk                               state        size      used           objects
/srv/cache1                        good      100 GiB    50 GiB   50.0 %     12 k
/srv/cache2                        failed    100 GiB    50 GiB   50.0 %     12 k
  Input/output error

origin                        state       in use requests failed     p50     p99
main: 10.0.0.1:9000           up            3/12     48 k      2    4 ms   88 ms
main: 10.0.0.2:9000           ejected       3/12     48 k      2    4 ms   88 ms
  connection refused
)");
}

TEST_CASE("however much there is, a page fits its screen, and what is not well is on it") {
    std::string disks = disk(0), origins = origin(0);
    for (int i = 1; i < 30; ++i) {
        disks += "," + disk(i, i == 17 ? "failed" : "good");
        origins += "," + origin(i, i == 23 ? "ejected" : "up", std::string(200, 'x'));
    }
    const std::string page =
        render_status(sample(disks, origins,
                             R"({"state":"disconnected","why":"redis://10.0.0.9:6379: can't be )"
                             R"(connected: Connection refused, and then some more","behind":null})"),
                      Screen{})
            .value();
    const auto lines = split(page, '\n');  // an empty one behind the last
    CHECK(lines.size() == 24);
    for (const std::string_view line : lines) CHECK(width(line) <= 80);
    CHECK(page.find("/srv/cache17") != std::string::npos);
    CHECK(page.find("… and 27 more disks\n") != std::string::npos);
    CHECK(page.find("main: 10.0.0.23:9000 ") != std::string::npos);
    CHECK(page.find("… and 24 more origins\n") != std::string::npos);
    CHECK(page.find("redis      disconnected: redis://10.0.0.9:6379: can't be connected: Connection …\n") !=
          std::string::npos);
}

TEST_CASE("a node without disks, origins and Redis, or of another version, is shown as far as it is known") {
    const std::string page = render_status("{}", Screen{}).value();
    CHECK(page.find("requests   0: - hits") != std::string::npos);
    CHECK(page.find("redis      not used: purges stay on this node\n") != std::string::npos);
    CHECK(page.find("no disks: large responses are kept in memory\n") != std::string::npos);
    CHECK(page.find("no origins\n") != std::string::npos);
    const std::string odd =
        render_status(
            R"({"version":7,"uptime_s":-1,"requests":[],"disks":{"a":1},"pools":[1,{"origins":[null]}],)"
            R"("memory":{"used":1e300,"size":"x"},"redis":{"state":"\u001b[2J","behind":90}})",
            Screen{})
            .value();
    CHECK(odd.find("redis      ?[2J, 1 min 30 s behind\n") != std::string::npos);
    CHECK(odd.find('\x1b') == std::string::npos);
    for (const std::string_view line : split(odd, '\n')) CHECK(width(line) <= 80);
}

TEST_CASE("what is no JSON object is no status") {
    for (const char* body : {"", "[]", "{", "<html>"})
        CHECK(render_status(body, Screen{}).error().what == "the node's answer is not understood");
}
