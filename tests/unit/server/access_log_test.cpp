#include "server/access_log.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::server;
using namespace std::chrono_literals;

namespace {

AccessRecord record() {
    AccessRecord r;
    r.time = WallTime{784'111'777'123ms};
    r.client = "192.0.2.1";
    r.method = "GET";
    r.path = "/vod/film/v1/1.m4s";
    r.host = "films.example";
    r.status = 206;
    r.bytes = 100;
    r.duration = 42us;
    return r;
}

std::string line(const AccessRecord& r, AccessFormat format) {
    std::string out;
    append_record(out, r, format);
    return out;
}

}  // namespace

TEST_CASE("a record in JSON is one line with what is known") {
    AccessRecord r = record();
    CHECK(
        line(r, AccessFormat::json) ==
        R"({"time":"1994-11-06T08:49:37.123Z","client":"192.0.2.1","method":"GET","path":"/vod/film/v1/1.m4s",)"
        R"("protocol":"HTTP/1.1","tls":false,"status":206,"bytes":100,"duration_us":42,"host":"films.example"})"
        "\n");
    r.complete = false;
    r.tls = true;
    r.range = "bytes=0-99";
    CHECK(line(r, AccessFormat::json)
              .ends_with(R"("duration_us":42,"complete":false,"host":"films.example","range":"bytes=0-99"})"
                         "\n"));
}

TEST_CASE("no byte of a client breaks a line or leaves its quotes") {
    AccessRecord r = record();
    const std::string evil = "a\"b\\c\n\x01\x7f\xff";
    r.user_agent = evil;
    const std::string json = line(r, AccessFormat::json), combined = line(r, AccessFormat::combined);
    CHECK(json.find(R"("agent":"a\"b\\c\u000a\u0001)") != std::string::npos);
    CHECK(json.find('\n') == json.size() - 1);
    CHECK(combined.find(R"("a\x22b\x5cc\x0a\x01\x7f)") != std::string::npos);
    CHECK(combined.find('\n') == combined.size() - 1);
}

TEST_CASE("the combined format is that of other servers") {
    CHECK(line(record(), AccessFormat::combined) ==
          "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /vod/film/v1/1.m4s HTTP/1.1\" 206 100 \"-\" "
          "\"-\"\n");
}
