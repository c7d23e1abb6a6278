#include "auth/revocation.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace outpost;
using namespace outpost::auth;
using namespace std::chrono_literals;

namespace {

const WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}};

std::string wrong_in(std::string_view request) {
    const auto parsed = parse_revocation_request(request, now);
    REQUIRE_MESSAGE(parsed.has_error(), request);
    return parsed.error().what;
}
Revocation numbered(int number, std::size_t size = 8) {
    return {RevocationKind::device,
            fmt::format("{:0>{}}", number, size),
            now + 1h,
            now,
            fmt::format("id-{}", number),
            "edge \"1\""};
}

}  // namespace

TEST_CASE("a request names one thing and until when, as a time, as seconds or as a duration") {
    const auto until = parse_revocation_request(R"({"token":"abc","until":"2026-12-01T00:00:00Z"})", now);
    REQUIRE(until.has_value());
    CHECK(*until == Revocation{RevocationKind::token, "abc", now + std::chrono::days{6}, now, "", ""});
    const auto seconds = parse_revocation_request(R"({"until":1796083200,"subject":"house 7"})", now);
    REQUIRE(seconds.has_value());
    CHECK(*seconds ==
          Revocation{RevocationKind::subject, "house 7", now + std::chrono::days{6}, now, "", ""});
    const auto duration = parse_revocation_request(R"({"device":"ä","for":"7d"})", now);
    REQUIRE(duration.has_value());
    CHECK(*duration == Revocation{RevocationKind::device, "ä", now + std::chrono::days{7}, now, "", ""});
    CHECK(parse_revocation_request(R"({"key":"k-1","for":"90s"})", now)->kind == RevocationKind::key);
}

TEST_CASE("a request that is not understood whole is refused, with the member that is wrong") {
    CHECK(wrong_in("") == "this is no JSON object of plain values");
    CHECK(wrong_in("[]") == "this is no JSON object of plain values");
    CHECK(wrong_in(R"({"token":{},"for":"7d"})") == "this is no JSON object of plain values");
    CHECK(wrong_in(R"({"token":"a","token":"b","for":"7d"})") == "this is no JSON object of plain values");
    CHECK(wrong_in("{}") == "it does not say what to revoke");
    CHECK(wrong_in(R"({"for":"7d"})") == "it does not say what to revoke");
    CHECK(wrong_in(R"({"token":"a"})") == "it does not say until when");
    CHECK(wrong_in(R"({"token":"a","key":"b","for":"7d"})") == R"("token" and "key" exclude each other)");
    CHECK(wrong_in(R"({"token":"a","for":"7d","until":1796083200})") ==
          R"("until" and "for" exclude each other)");
    CHECK(wrong_in(R"({"token":"a","for":"7d","soft":true})") == R"(the member "soft" is unknown)");
    CHECK(wrong_in(R"({"token":7,"for":"7d"})") == R"("token" is not a text)");
    CHECK(wrong_in(R"({"token":"","for":"7d"})") == R"("token": it is empty)");
    CHECK(wrong_in(R"({"token":"a\u0000b","for":"7d"})") == R"("token": it has a control character)");
    CHECK(wrong_in(R"({"token":"a\nb","for":"7d"})") == R"("token": it has a control character)");
    CHECK(wrong_in(fmt::format(R"({{"token":"{:a>1025}","for":"7d"}})", "")) ==
          R"("token": it is longer than 1024 bytes)");
    CHECK(wrong_in(std::string(5000, ' ')) == "the JSON is longer than 4096 bytes");
    for (const char* duration : {R"("7")", R"("7 d")", R"("-7d")", "7", R"("")"})
        CHECK(wrong_in(fmt::format(R"({{"token":"a","for":{}}})", duration)) ==
              R"("for" is no duration like 7d or 12h)");
    CHECK(wrong_in(R"({"token":"a","for":"0s"})") == R"("for" is over already)");
    CHECK(wrong_in(R"({"token":"a","for":"3661d"})") == R"("for" is longer than ten years)");
    CHECK(wrong_in(R"({"token":"a","until":"tomorrow"})") ==
          R"("until" is no time like 2026-12-01T00:00:00Z)");
    CHECK(wrong_in(R"({"token":"a","until":"2026-11-25T00:00:00Z"})") == R"("until" is over already)");
    CHECK(wrong_in(R"({"token":"a","until":"2046-11-25T00:00:00Z"})") == "it is for longer than ten years");
    for (const char* time : {"-1", "1.5e9", "99999999999999", "18446744073709551615", "true", "null"})
        CHECK(wrong_in(fmt::format(R"({{"token":"a","until":{}}})", time)) ==
              R"("until" is neither a time nor seconds since 1970)");
}

TEST_CASE("what edges tell each other comes back as it was, in as few payloads as hold it") {
    std::vector<Revocation> all;
    CHECK(to_payloads(all).empty());
    for (int i = 0; i < 600; ++i) all.push_back(numbered(i));
    all[1].value = "a \"quoted\" \\ value, ä";
    all[2].kind = RevocationKind::key;
    const auto payloads = to_payloads(all);
    CHECK(payloads.size() == 3);
    std::vector<Revocation> read;
    for (const std::string& payload : payloads) {
        const auto parsed = parse_revocations(payload);
        REQUIRE(parsed.has_value());
        CHECK(parsed->size() <= most_revocations_in_payload);
        read.insert(read.end(), parsed->begin(), parsed->end());
    }
    CHECK(read == all);
}

TEST_CASE("no payload is longer than its bound, however long the values are") {
    std::vector<Revocation> all;
    for (int i = 0; i < 300; ++i) {
        all.push_back(numbered(i, most_revocation_value));
        if (i % 2 == 0) all.back().value = std::string(most_revocation_value, '"');
    }
    std::size_t count = 0;
    for (const std::string& payload : to_payloads(all)) {
        CHECK(payload.size() <= most_revocation_payload);
        count += parse_revocations(payload).value().size();
    }
    CHECK(count == 300);
}

TEST_CASE("a payload that is not understood whole is refused") {
    const std::string good = to_payloads(std::vector{numbered(1)}).at(0);
    REQUIRE(parse_revocations(good).has_value());
    CHECK(good == R"({"version":1,"revocations":[{"kind":"device","value":"00000001","until":1795568400000,)"
                  R"("at":1795564800000,"id":"id-1","node":"edge \"1\""}]})");
    const auto with = [&](std::string_view part, std::string_view other) {
        std::string text = good;
        const auto at = text.find(part);
        REQUIRE(at != std::string::npos);
        return text.replace(at, part.size(), other);
    };
    for (const std::string& text : {std::string{},
                                    std::string{"7"},
                                    std::string{"{}"},
                                    good + " {}",
                                    good.substr(0, good.size() - 1),
                                    with(R"("version":1)", R"("version":2)"),
                                    with(R"("version":1)", R"("version":"1")"),
                                    with(R"("version":1,)", ""),
                                    with(R"("version":1)", R"("version":1,"more":0)"),
                                    with("device", "everything"),
                                    with("00000001", ""),
                                    with("00000001", "\\u0007"),
                                    with("1795568400000", "-1"),
                                    with("1795568400000", "9e99"),
                                    with("1795568400000", "null"),
                                    with(R"("id-1")", R"("")"),
                                    with(R"("id":"id-1",)", ""),
                                    with(R"("id")", R"("at")"),
                                    with(R"("id":)", R"("soft":true,"id":)"),
                                    with("{\"kind", "7,{\"kind"),
                                    std::string{R"({"version":1,"revocations":[]})"},
                                    std::string{R"({"version":1,"revocations":7})"},
                                    with("00000001", std::string(most_revocation_value + 1, 'a')),
                                    good + std::string(most_revocation_payload, ' ')}) {
        CAPTURE(text);
        CHECK(parse_revocations(text).has_error());
    }
    CHECK(parse_revocations(with(R"("version":1)", R"("version":2)")).error().what ==
          "version 2 is not known here; update this node");
}

TEST_CASE("ids differ") {
    CHECK(new_revocation_id().size() == 32);
    CHECK(new_revocation_id() != new_revocation_id());
}
