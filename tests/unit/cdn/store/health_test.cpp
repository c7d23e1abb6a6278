#include "cdn/store/health.hpp"

#include <cerrno>

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn;
using namespace std::chrono_literals;

namespace {

boost::system::error_code code(int error) { return {error, boost::system::system_category()}; }

}  // namespace

TEST_CASE("only errors that are the disk's count against it") {
    CHECK(disk_fault(code(ENOSPC)) == DiskFault::full);
    CHECK(disk_fault(code(EDQUOT)) == DiskFault::full);
    CHECK(disk_fault(make_error_code(Errc::disk_full)) == DiskFault::full);
    CHECK(disk_fault(code(EIO)) == DiskFault::failed);
    CHECK(disk_fault(code(EROFS)) == DiskFault::failed);
    CHECK(disk_fault(make_error_code(Errc::disk_failed)) == DiskFault::failed);
    CHECK(disk_fault(make_error_code(Errc::corrupt)) == DiskFault::broken_index);
    for (const int error : {EMFILE, ENOENT, EINTR, EACCES}) CHECK(disk_fault(code(error)) == DiskFault::none);
    for (const Errc error : {Errc::file_truncated, Errc::not_found, Errc::overloaded, Errc::database}) {
        CHECK(disk_fault(make_error_code(error)) == DiskFault::none);
    }
    CHECK(disk_fault({}) == DiskFault::none);
}

TEST_CASE("a full disk is probed at once and then every so often, and lasts only once a probe failed") {
    DiskHealth health{30s};
    SteadyTime now{1h};
    CHECK_FALSE(health.next_probe());
    CHECK(health.fault(DiskFault::full, "writing", now));
    CHECK_FALSE(health.fault(DiskFault::full, "writing more", now));
    CHECK(health.state() == DiskState::full);
    CHECK(health.reason() == "writing");
    CHECK_FALSE(health.lasting());
    CHECK(health.next_probe() == now);
    CHECK(health.probed(DiskFault::full, "reserving", now));
    CHECK(health.lasting());
    CHECK(health.reason() == "reserving");
    CHECK(health.next_probe() == now + 30s);
    now += 30s;
    CHECK_FALSE(health.probed(DiskFault::full, "reserving", now));
    CHECK(health.next_probe() == now + 30s);
    CHECK(health.probed(DiskFault::none, "", now));
    CHECK(health.state() == DiskState::good);
    CHECK(health.reason().empty());
    CHECK_FALSE(health.lasting());
    CHECK_FALSE(health.next_probe());
}

TEST_CASE("a disk that fails is tried again after a time, and no lesser fault makes it better") {
    DiskHealth health{30s};
    SteadyTime now{1h};
    CHECK(health.fault(DiskFault::failed, "reading", now));
    CHECK(health.lasting());
    CHECK(health.next_probe() == now + 30s);
    CHECK_FALSE(health.fault(DiskFault::failed, "again", now));
    CHECK_FALSE(health.fault(DiskFault::full, "writing", now));
    CHECK(health.state() == DiskState::failed);
    CHECK(health.reason() == "reading");
    now += 30s;
    CHECK_FALSE(health.probed(DiskFault::failed, "probe", now));
    CHECK(health.next_probe() == now + 30s);
    CHECK(health.probed(DiskFault::full, "reserving", now));
    CHECK(health.state() == DiskState::full);
    CHECK(health.probed(DiskFault::failed, "probe", now));
    CHECK(health.state() == DiskState::failed);
}

TEST_CASE("a disk that fails again soon after its return waits twice as long each time, up to a bound") {
    DiskHealth health{30s};
    SteadyTime now{1h};
    for (const auto wait : {30s, 60s, 120s, 240s, 480s, 480s}) {
        CHECK(health.fault(DiskFault::failed, "reading", now));
        CHECK(health.next_probe() == now + wait);
        now += wait;
        CHECK(health.probed(DiskFault::none, "", now));
        now += 1s;
    }
    now += 24h;
    CHECK(health.fault(DiskFault::failed, "reading", now));
    CHECK(health.next_probe() == now + 30s);
}

TEST_CASE("a broken index keeps a disk out until a restart") {
    DiskHealth health{30s};
    const SteadyTime now{1h};
    CHECK(health.fault(DiskFault::failed, "reading", now));
    CHECK(health.fault(DiskFault::broken_index, "index", now));
    CHECK(health.reason() == "index");
    CHECK_FALSE(health.next_probe());
    CHECK_FALSE(health.fault(DiskFault::broken_index, "index again", now));
    CHECK_FALSE(health.probed(DiskFault::none, "", now));
    CHECK(health.state() == DiskState::failed);
}
