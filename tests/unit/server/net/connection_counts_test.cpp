#include "server/net/connection_counts.hpp"

#include <doctest/doctest.h>

using namespace outpost::server;
using Verdict = ConnectionCounts::Verdict;

namespace {
ConnectionCounts::Key key(const char* address) {
    return ConnectionCounts::key_of(boost::asio::ip::make_address(address));
}
}  // namespace

TEST_CASE("an IPv6 client counts by its /64 and a mapped IPv4 one as itself") {
    CHECK(key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::9"));
    CHECK(key("2001:db8:1:2::1") != key("2001:db8:1:3::1"));
    CHECK(key("::ffff:192.0.2.1") == key("192.0.2.1"));
    CHECK(key("192.0.2.1") != key("192.0.2.2"));
}

TEST_CASE("what is refused is not counted, and what leaves makes room") {
    ConnectionCounts counts;
    CHECK(counts.enter(1, 3, 2) == Verdict::welcome);
    CHECK(counts.enter(1, 3, 2) == Verdict::welcome);
    CHECK(counts.enter(1, 3, 2) == Verdict::too_many_of_address);
    CHECK(counts.enter(2, 3, 2) == Verdict::welcome);
    CHECK(counts.enter(3, 3, 2) == Verdict::too_many);
    counts.leave(1);
    CHECK(counts.enter(3, 3, 2) == Verdict::welcome);
    CHECK(counts.enter(1, 3, 2) == Verdict::too_many);
}
