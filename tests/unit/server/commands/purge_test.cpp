#include "server/commands/purge.hpp"

#include <doctest/doctest.h>

#include "cdn/purge/order.hpp"

using namespace outpost;
using namespace outpost::server;

namespace {

std::string told(const PurgeAsked& asked, bool soft, int status, std::string body) {
    const auto result = purge_result(asked, soft, ApiReply{status, std::move(body)});
    return result ? *result : "! " + result.error().line();
}

}  // namespace

TEST_CASE("what purge sends is what a node takes") {
    PurgeWords words;
    words.urls = {"https://cdn.example/a?b=\"c", "-"};
    words.soft = true;
    const auto urls =
        purges_in(words, {"https://cdn.example/1\r", "", "  ", "https://cdn.example/2 "}).value();
    REQUIRE(urls.size() == 3);
    CHECK(urls[0].name == "url https://cdn.example/a?b=\"c");
    const std::vector<std::string> values{"https://cdn.example/a?b=\"c", "https://cdn.example/1",
                                          "https://cdn.example/2"};
    for (std::size_t i = 0; i < urls.size(); ++i) {
        const auto order = cdn::parse_purge_request(urls[i].json);
        REQUIRE(order.has_value());
        CHECK(order->kind == cdn::PurgeKind::url);
        CHECK(order->value == values[i]);
        CHECK(order->soft);
    }
    PurgeWords prefix, tag, all;
    prefix.prefix = "https://cdn.example/vod/";
    tag.tag = "film-1";
    all.all = true;
    CHECK(cdn::parse_purge_request(purges_in(prefix, {}).value().at(0).json)->kind == cdn::PurgeKind::prefix);
    CHECK(cdn::parse_purge_request(purges_in(tag, {}).value().at(0).json)->value == "film-1");
    CHECK(cdn::parse_purge_request(purges_in(all, {}).value().at(0).json)->kind == cdn::PurgeKind::all);
    all.soft = true;
    CHECK(cdn::parse_purge_request(purges_in(all, {}).value().at(0).json)->soft);
}

TEST_CASE("purge wants exactly one kind of thing") {
    PurgeWords words;
    CHECK(purges_in(words, {}).error().what == "nothing is named");
    words.all = true;
    words.tag = "film-1";
    CHECK(purges_in(words, {}).error().what == "more than one kind is named");
}

TEST_CASE("each order's line says what was purged and how far it went") {
    const PurgeAsked asked{"tag film-1", ""};
    CHECK(told(asked, false, 200, R"({"purged":12,"id":"x","spread":true})") ==
          "tag film-1: purged 12 responses, other nodes are told");
    CHECK(told(asked, true, 200, R"({"purged":1,"id":"x","spread":false})") ==
          "tag film-1: made stale 1 response, on this node only");
    CHECK(told(asked, false, 200, R"({"purged":null,"id":"x","spread":true})") ==
          "tag film-1: purged, other nodes are told");
    CHECK(told(asked, false, 400, R"({"detail":"a tag has no comma"})") ==
          "! tag film-1: a tag has no comma");
    for (const char* body :
         {"", "[]", R"({"purged":1})", R"({"purged":"1","spread":true})", R"({"spread":true})"})
        CHECK(told(asked, false, 200, body) ==
              "! tag film-1: the node's answer is not understood; is it of the same version?");
}
