#include "server/audit_log.hpp"

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "base/json.hpp"
#include "tests/unit/directory.hpp"

using namespace outpost;
using namespace outpost::server;
using namespace std::chrono_literals;

namespace {

AuditRecord record() {
    AuditRecord r;
    r.time = WallTime{784'111'777'123ms};
    r.account = "night-shift";
    r.role = "operator";
    r.client = "192.0.2.1";
    r.method = "POST";
    r.path = "/api/v1/purge";
    r.what = "purge all";
    r.status = 200;
    return r;
}

std::string line(const AuditRecord& r) {
    std::string out;
    append_audit(out, r);
    return out;
}

std::string content(const std::filesystem::path& path) { return read_file(path, 1_MiB).value(); }

}  // namespace

TEST_CASE("a change is one line that says when, who, from where, what and what came of it") {
    CHECK(line(record()) ==
          R"({"time":"1994-11-06T08:49:37.123Z","account":"night-shift","role":"operator",)"
          R"("client":"192.0.2.1","method":"POST","path":"/api/v1/purge","what":"purge all","status":200})"
          "\n");
    AuditRecord left = record();
    left.left_out = 7;
    CHECK(line(left).ends_with(R"("status":200,"left_out":7})"
                               "\n"));
}

TEST_CASE("whatever a request holds, its line is one of JSON and of bounded length") {
    AuditRecord r = record();
    r.what = std::string(100'000, '\x01') + "\"\n";
    r.path = "/\"\n\\\xff" + std::string(100'000, '"');
    const std::string text = line(r);
    CHECK(text.size() < 16'384);
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(parse_json(std::string_view{text}.substr(0, text.size() - 1)).has_value());
}

TEST_CASE("lines are appended, also to a log that is there already") {
    const TemporaryDirectory directory;
    REQUIRE(write_file_atomically(directory / "audit.log", "before\n").has_value());
    const auto log = AuditLog::open(directory / "audit.log").value();
    CHECK_FALSE(log->write("one\n").failed());
    CHECK_FALSE(log->write("two\n").failed());
    CHECK(content(directory / "audit.log") == "before\none\ntwo\n");
}

TEST_CASE("a log that was moved away is begun anew, and one that was removed too") {
    const TemporaryDirectory directory;
    const auto log = AuditLog::open(directory / "audit.log").value();
    CHECK_FALSE(log->write("one\n").failed());
    std::filesystem::rename(directory / "audit.log", directory / "audit.log.1");
    CHECK_FALSE(log->write("two\n").failed());
    CHECK(content(directory / "audit.log.1") == "one\n");
    CHECK(content(directory / "audit.log") == "two\n");
    std::filesystem::remove(directory / "audit.log");
    CHECK_FALSE(log->write("three\n").failed());
    CHECK(content(directory / "audit.log") == "three\n");
}

TEST_CASE("a log that can't be written says so") {
    CHECK_FALSE(AuditLog::open("/nowhere/at/all/audit.log").has_value());
    const auto full = AuditLog::open("/dev/full").value();
    CHECK(full->write("one\n") == boost::system::errc::no_space_on_device);
}

TEST_CASE("strangers get so many lines a second, and those left out are counted") {
    RefusalLines lines{3};
    const WallTime now{1'000'000s};
    for (int i = 0; i < 3; ++i) CHECK(lines.take(now + i * 100ms));
    CHECK_FALSE(lines.take(now + 400ms));
    CHECK_FALSE(lines.take(now + 999ms));
    CHECK(lines.take(now + 1s));
    CHECK(lines.left_out() == 2);
    CHECK(lines.left_out() == 0);
}
