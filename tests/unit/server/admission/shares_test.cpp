#include "server/admission/shares.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "server/admission/revocation_hello.hpp"

using namespace outpost;
using namespace outpost::server;
using namespace std::chrono_literals;

namespace {

constexpr auto most_64 = std::numeric_limits<std::uint64_t>::max();
constexpr auto most_32 = std::numeric_limits<std::uint32_t>::max();
const WallTime now{1'795'564'800'000ms};

std::string with(std::string text, std::string_view part, std::string_view other) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), other);
}

}  // namespace

TEST_CASE("what edges share comes back as it was, numbers of all 64 bits too") {
    const Shares shares{"0123",
                        now,
                        {{most_64, most_32, most_32, most_32}, {1, 2, 3, 4}},
                        {{most_64, 7, now - 1h, now - 250ms, 24h}, {0, 0, WallTime{}, now, 0ms}}};
    const auto payloads = to_payloads(shares);
    REQUIRE(payloads.size() == 1);
    CHECK(payloads[0] == R"({"version":1,"from":"0123","at":1795564800000,"counts":[)"
                         R"([18446744073709551615,4294967295,4294967295,4294967295],[1,2,3,4]],"leases":[)"
                         R"([18446744073709551615,7,1795561200000,250,86400000],[0,0,0,0,0]]})");
    CHECK(parse_shares(payloads[0]).value() == shares);
    CHECK(to_payloads({"0123", now, {}, {}}).empty());
}

TEST_CASE("however much is shared, each payload is within its bound, and together they hold all") {
    Shares shares{std::string(32, 'f'), WallTime{253'402'300'799'999ms}, {}, {}};
    for (std::uint32_t i = 0; i < 4000; ++i) {
        shares.counts.push_back({most_64 - i, most_32, most_32, most_32});
        shares.leases.push_back({most_64, most_64 - i, shares.at, shares.at - 24h, 24h});
    }
    Shares read{shares.from, shares.at, {}, {}};
    for (const std::string& payload : to_payloads(shares)) {
        CHECK(payload.size() <= most_shares_payload);
        const auto part = parse_shares(payload);
        REQUIRE(part.has_value());
        read.counts.insert(read.counts.end(), part->counts.begin(), part->counts.end());
        read.leases.insert(read.leases.end(), part->leases.begin(), part->leases.end());
    }
    CHECK(read == shares);
}

TEST_CASE("a payload of shares that is not understood whole is refused") {
    const std::string good = to_payloads({"a", now, {{1, 2, 3, 4}}, {{5, 6, now, now, 30s}}}).at(0);
    REQUIRE(parse_shares(good).has_value());
    for (const std::string& text : {std::string{},
                                    std::string{"[]"},
                                    good + "x",
                                    with(good, R"("version":1)", R"("version":2)"),
                                    with(good, R"("version":1,)", ""),
                                    with(good, R"("from":"a")", R"("from":7)"),
                                    with(good, R"("at":1)", R"("at":-1)"),
                                    with(good, R"("at":1)", R"("at":999999999)"),
                                    with(good, "[1,2,3,4]", "[1,2,3]"),
                                    with(good, "[1,2,3,4]", "[1,2,3,4,5]"),
                                    with(good, "[1,2,3,4]", "[1,2,3,4294967296]"),
                                    with(good, "[1,2,3,4]", "[-1,2,3,4]"),
                                    with(good, "[1,2,3,4]", "[1.0,2,3,4]"),
                                    with(good, "[1,2,3,4]", "[18446744073709551616,2,3,4]"),
                                    with(good, "[1,2,3,4]", "7"),
                                    with(good, ",30000]", ",86400001]"),
                                    with(good, ",30000]", "]"),
                                    with(good, R"("leases")", R"("others")"),
                                    with(good, R"("at")", R"("more":0,"at")"),
                                    with(good, R"("from":"a")", "\"from\":\"" + std::string(65, 'a') + "\""),
                                    good + std::string(most_shares_payload, ' ')}) {
        CAPTURE(text);
        CHECK(parse_shares(text).has_error());
    }
}

TEST_CASE("a hello comes back as it was, and nothing else is taken for one") {
    const RevocationHello hello{"00112233445566778899aabbccddeeff", true, {7, most_64}};
    const std::string good = to_payload(hello);
    CHECK(good == R"({"version":1,"hello":"00112233445566778899aabbccddeeff","asks":true,"count":7,)"
                  R"("digest":"ffffffffffffffff"})");
    CHECK(parse_revocation_hello(good) == hello);
    for (const std::string& text :
         {std::string{}, std::string{"{}"}, good + "x", with(good, R"("version":1)", R"("version":2)"),
          with(good, "00112233", "0011223"), with(good, "00112233", "0011223G"), with(good, "true", "1"),
          with(good, ":7,", ":-7,"), with(good, ":7,", ":7.5,"), with(good, "ffffffffffffffff", "ff"),
          with(good, R"("count":7,)", ""), with(good, R"("asks")", R"("more":1,"asks")"),
          good + std::string(512, ' ')}) {
        CAPTURE(text);
        CHECK_FALSE(parse_revocation_hello(text));
    }
}
