#include "cdn/policy/status_fields.hpp"

#include <doctest/doctest.h>

#include "cdn/policy/structured.hpp"
#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

struct CacheRow {
    CacheStatus status;
    std::string_view wanted;
};

struct ProxyRow {
    ProxyStatus status;
    std::string_view wanted;
};

}  // namespace

TEST_CASE("Cache-Status says what RFC 9211 lets it say, and it parses") {
    const std::vector<CacheRow> table{
        {{.cache = "edge1", .hit = true}, "edge1; hit"},
        {{.cache = "edge1", .hit = true, .ttl = 30s}, "edge1; hit; ttl=30"},
        {{.cache = "edge1", .hit = true, .ttl = -412s}, "edge1; hit; ttl=-412"},
        {{.cache = "Edge 1", .hit = true}, "\"Edge 1\"; hit"},
        {{.cache = "1st"}, "\"1st\""},
        {{.cache = ""}, "\"\""},
        {{.cache = "a\"\\\xC3\n"}, R"("a\"\\??")"},
        {{.cache = "e", .forward = Forward::miss, .forward_status = 200, .stored = true},
         "e; fwd=miss; fwd-status=200; stored"},
        {{.cache = "e", .forward = Forward::uri_miss, .collapsed = true}, "e; fwd=uri-miss; collapsed"},
        {{.cache = "e", .forward = Forward::vary_miss}, "e; fwd=vary-miss"},
        {{.cache = "e", .forward = Forward::stale, .forward_status = 304}, "e; fwd=stale; fwd-status=304"},
        {{.cache = "e", .forward = Forward::partial}, "e; fwd=partial"},
        {{.cache = "e", .forward = Forward::request}, "e; fwd=request"},
        {{.cache = "e", .forward = Forward::method}, "e; fwd=method"},
        {{.cache = "e", .forward = Forward::bypass, .detail = "no-store"}, "e; fwd=bypass; detail=no-store"},
        {{.cache = "e", .detail = "two words"}, "e; detail=\"two words\""},
        {{.cache = "e", .hit = true, .key = "http://a/"}, "e; hit; key=\"http://a/\""},
        {{.cache = "e", .hit = true, .forward = Forward::miss, .stored = true, .collapsed = true}, "e; hit"},
        {{.cache = "e", .stored = true, .collapsed = true}, "e"},
    };
    for (const CacheRow& row : table) {
        const std::string text = cache_status(row.status);
        CHECK(text == row.wanted);
        CHECK(structured::parse_list(text));
    }
}

TEST_CASE("Proxy-Status says what RFC 9209 lets it say, and it parses") {
    const std::vector<ProxyRow> table{
        {{.proxy = "edge1"}, "edge1"},
        {{.proxy = "edge1", .error = ProxyError::connection_timeout, .next_hop = "origin.example"},
         "edge1; error=connection_timeout; next-hop=origin.example"},
        {{.proxy = "e", .next_hop = "10.0.0.1:8080"}, "e; next-hop=\"10.0.0.1:8080\""},
        {{.proxy = "e", .next_hop = "o:80"}, "e; next-hop=o:80"},
        {{.proxy = "e", .next_protocol = "h2", .received_status = 503},
         "e; next-protocol=h2; received-status=503"},
        {{.proxy = "e", .next_protocol = "http/1.1"}, "e; next-protocol=http/1.1"},
        {{.proxy = "e", .next_protocol = "2a"}, "e; next-protocol=:MmE=:"},
        {{.proxy = "e", .error = ProxyError::dns_error, .details = "no \"A\""},
         "e; error=dns_error; details=\"no \\\"A\\\"\""},
    };
    for (const ProxyRow& row : table) {
        const std::string text = proxy_status(row.status);
        CHECK(text == row.wanted);
        CHECK(structured::parse_list(text));
    }
}

TEST_CASE("each error of RFC 9209 has its name and its status") {
    CHECK(to_text(ProxyError::dns_timeout) == "dns_timeout");
    CHECK(recommended_status(ProxyError::dns_timeout) == 504);
    CHECK(to_text(ProxyError::connection_limit_reached) == "connection_limit_reached");
    CHECK(recommended_status(ProxyError::connection_limit_reached) == 503);
    CHECK(to_text(ProxyError::http_request_denied) == "http_request_denied");
    CHECK(recommended_status(ProxyError::http_request_denied) == 403);
    CHECK(to_text(ProxyError::http_response_incomplete) == "http_response_incomplete");
    CHECK(recommended_status(ProxyError::http_response_incomplete) == 502);
    CHECK(to_text(ProxyError::http_response_timeout) == "http_response_timeout");
    CHECK(recommended_status(ProxyError::http_response_timeout) == 504);
    CHECK(recommended_status(ProxyError::proxy_internal_response) == 0);
    CHECK(to_text(ProxyError::proxy_loop_detected) == "proxy_loop_detected");
    CHECK(recommended_status(ProxyError::proxy_loop_detected) == 502);
}

TEST_CASE("Via names the version received and a pseudonym") {
    CHECK(via("1.1", "edge1") == "1.1 edge1");
    CHECK(via("2", "edge1:8080") == "2 edge1:8080");
    CHECK(via("1.0", "edge, one") == "1.0 edge--one");
    CHECK(via("1.1", "") == "1.1 outpost");
}

TEST_CASE("CDN-Loop counts our id among all members of all lines") {
    const auto count = [](const Fields& fields) { return parse_cdn_loop(fields, "edge.example"); };
    CHECK(count({}).hops == 0);
    CHECK(count({{"CDN-Loop", "other"}}).ours == 0);
    CHECK(count({{"CDN-Loop", "edge.example"}}).ours == 1);
    CHECK(count({{"CDN-Loop", "Edge.Example"}}).ours == 1);
    CHECK(count({{"CDN-Loop", "edge.example; a=\"b, c\" ;d=e, other"}}).ours == 1);
    CHECK(count({{"CDN-Loop", "edge.example; a=\"b, c\" ;d=e, other"}}).hops == 2);
    CHECK(count({{"CDN-Loop", "other; id=edge.example"}}).ours == 0);
    CHECK(count({{"CDN-Loop", "edge.example.org, my-edge.example"}}).ours == 0);
    CHECK(count({{"CDN-Loop", "a, b"}, {"cdn-loop", "edge.example, c"}, {"Via", "x"}}).hops == 4);
    CHECK(count({{"CDN-Loop", "a, , edge.example,edge.example"}}).ours == 2);
    CHECK(count({{"CDN-Loop", "edge.example:80"}}).ours == 0);
    CHECK(parse_cdn_loop(Fields{{"CDN-Loop", cdn_loop("Edge, 1")}}, "Edge, 1").ours == 1);
    CHECK(cdn_loop("edge.example:8080") == "edge.example:8080");
}
