#include "cdn/policy/invalidation.hpp"

#include <doctest/doctest.h>

#include "tests/unit/cdn/policy/messages.hpp"

using namespace outpost;
using namespace outpost::cdn::policy;

namespace {

using Uris = std::vector<std::string>;

Uris after(std::string_view method, int status, const Fields& fields = {}) {
    return invalidated_uris(method, parse_uri("https://a.example/dir/x?v=1").value(), status, fields);
}

const Uris target{"https://a.example/dir/x?v=1"};

}  // namespace

TEST_CASE("an unsafe method that succeeds invalidates its target") {
    for (const std::string_view method : {"POST", "PUT", "DELETE", "PATCH", "PURGE", "get", ""}) {
        CAPTURE(method);
        CHECK(after(method, 200) == target);
    }
    for (const std::string_view method : {"GET", "HEAD", "OPTIONS", "TRACE"}) {
        CAPTURE(method);
        CHECK(after(method, 200).empty());
    }
    for (const int status : {200, 201, 204, 299, 301, 303, 399}) {
        CAPTURE(status);
        CHECK(after("PUT", status) == target);
    }
    for (const int status : {100, 199, 400, 404, 500, 599}) {
        CAPTURE(status);
        CHECK(after("PUT", status).empty());
    }
}

TEST_CASE("Location and Content-Location are invalidated at the same origin only") {
    const auto named = [](std::string_view name, std::string_view value) {
        const Uris uris = after("POST", 201, {{name, value}});
        return uris.size() == 2 ? uris[1] : std::string{"-"};
    };
    CHECK(named("Location", "https://a.example/new") == "https://a.example/new");
    CHECK(named("content-location", "/new?x") == "https://a.example/new?x");
    CHECK(named("Location", "y") == "https://a.example/dir/y");
    CHECK(named("Location", "../y#part") == "https://a.example/y");
    CHECK(named("Location", "//a.example:443/y") == "https://a.example/y");
    CHECK(named("Location", "HTTPS://A.Example/y") == "https://a.example/y");
    CHECK(named("Location", "https://b.example/y") == "-");
    CHECK(named("Location", "http://a.example/y") == "-");
    CHECK(named("Location", "https://a.example:8443/y") == "-");
    CHECK(named("Location", "https://a.example@b.example/y") == "-");
    CHECK(named("Location", "mailto:a@example") == "-");
    CHECK(named("Location", "") == "-");  // the target itself
    CHECK(named("Link", "/y") == "-");
    CHECK(after("POST", 201, {{"Location", "/y"}, {"Content-Location", "/y"}, {"Content-Location", "/z"}}) ==
          Uris{target[0], "https://a.example/y", "https://a.example/z"});
}
