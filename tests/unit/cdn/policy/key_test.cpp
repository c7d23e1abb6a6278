#include "cdn/policy/key.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

struct Row {
    std::string_view query, wanted;
};

void check(const KeyRules& rules, const std::vector<Row>& table) {
    for (const Row& row : table) {
        CAPTURE(row.query);
        CHECK(upstream_query(row.query, rules) == row.wanted);
        const std::string in_key = row.wanted.empty() ? "" : "?" + std::string{row.wanted};
        CHECK(cache_key("https", "a", "/p", row.query, rules) == "https://a/p" + in_key);
    }
}

std::string key(std::string_view scheme, std::string_view host, std::string_view path) {
    return cache_key(scheme, host, path, "", {});
}

}  // namespace

TEST_CASE("a key has one form of scheme, host and path") {
    CHECK(key("http", "Example.COM", "/a") == "http://example.com/a");
    CHECK(key("HTTP", "a:80", "/") == "http://a/");
    CHECK(key("https", "a:443", "/") == "https://a/");
    CHECK(key("https", "a:80", "/") == "https://a:80/");
    CHECK(key("http", "a:8080", "/") == "http://a:8080/");
    CHECK(key("http", "a", "") == "http://a/");
    CHECK(key("http", "a", "/%7euser/%c3%bc%2F") == "http://a/~user/%C3%BC%2F");
    CHECK(key("http", "a", "/100%") == "http://a/100%");
    CHECK(key("http", "a", "/A") != key("http", "a", "/a"));
    CHECK(key("http", "a", "/") != key("https", "a", "/"));
}

TEST_CASE("a route with many names has one host in its keys") {
    const KeyRules rules{.host = "films.example"};
    CHECK(cache_key("http", "a", "/x", "", rules) == "http://films.example/x");
    CHECK(cache_key("http", "b", "/x", "", rules) == "http://films.example/x");
}

TEST_CASE("parameters are sorted by name, and namesakes keep their order") {
    check({}, {
                  {"", ""},
                  {"b=2&a=1", "a=1&b=2"},
                  {"a=2&a=1", "a=2&a=1"},
                  {"b&a=", "a=&b"},
                  {"&&a=1&", "a=1"},
                  {"%61=1", "a=1"},
                  {"a=%2f%7E", "a=%2F~"},
                  {"a=1=2", "a=1=2"},
                  {"a+b=c+d", "a+b=c+d"},
              });
}

TEST_CASE("namesakes keep their order, however many") {
    std::string query;
    for (int i = 40; i > 0; --i) query += (query.empty() ? "a=" : "&a=") + std::to_string(i);
    CHECK(upstream_query(query, {}) == query);
}

TEST_CASE("what says who asks is in no key and goes to no origin") {
    check({}, {
                  {"CMCD=br%3D1&a=1", "a=1"},
                  {"%43MCD=x", ""},
                  {"CMCD", ""},
                  {"%63at=%zz&b=%zz%41", "b=%zz%41"},
                  {"cmcd=x", "cmcd=x"},
                  {"URISigningPackage=x&v=1", "v=1"},
                  {"cat=x", ""},
                  {"catalogue=x", "catalogue=x"},
                  {"hdnts=x&hdntl=x&hdnea=x", ""},
                  {"Policy=x&Signature=x&Key-Pair-Id=x&a", "a"},
                  {"Expires=1&Signature=x&Key-Pair-Id=x", ""},
                  {"Expires=1", "Expires=1"},
                  {"md5=x&expires=1", ""},
                  {"expires=1", "expires=1"},
                  {"expires=1&Signature=x", "expires=1"},
              });
    check({.query = KeyRules::Query::listed, .query_allow = {"cat", "a"}}, {{"cat=x&a=1", "a=1"}});
}

TEST_CASE("a route may list the parameters that count, or none") {
    check({.query = KeyRules::Query::listed, .query_allow = {"v", "lang"}},
          {
              {"x=1&v=2&lang=de", "lang=de&v=2"},
              {"x=1", ""},
              {"V=2", ""},
              {"%76=2", "v=2"},
          });
    check({.query = KeyRules::Query::none}, {{"a=1&b=2", ""}, {"a=1&_HLS_msn=5", "_HLS_msn=5"}});
}

TEST_CASE("delivery directives have one form, and garbage of them is dropped") {
    const std::vector<Row> table{
        {"_HLS_msn=5", "_HLS_msn=5"},
        {"_HLS_msn=005", "_HLS_msn=5"},
        {"_HLS_part=1&_HLS_msn=5", "_HLS_msn=5&_HLS_part=1"},
        {"_HLS_skip=YES&_HLS_part=0&_HLS_msn=5", "_HLS_msn=5&_HLS_part=0&_HLS_skip=YES"},
        {"_HLS_skip=v2", "_HLS_skip=v2"},
        {"_HLS_skip=yes", ""},
        {"_HLS_skip=NO", ""},
        {"_HLS_skip", ""},
        {"_HLS_msn=x", ""},
        {"_HLS_msn=-1", ""},
        {"_HLS_msn=", ""},
        {"_HLS_msn", ""},
        {"_HLS_msn=99999999999999999999", ""},
        {"_HLS_msn=5&_HLS_msn=6", "_HLS_msn=5"},
        {"_HLS_msn=x&_HLS_msn=6", "_HLS_msn=6"},
        {"_HLS_report=x", ""},
    };
    check({}, table);
    check({.query = KeyRules::Query::none}, table);
    check({.query = KeyRules::Query::listed}, table);
    check({.query = KeyRules::Query::none, .hls_directives = false}, {{"_HLS_msn=5", ""}});
    check({.query = KeyRules::Query::listed, .query_allow = {"_HLS_pathway"}},
          {{"_HLS_pathway=a&_HLS_throughput=5", "_HLS_pathway=a"}});
}
