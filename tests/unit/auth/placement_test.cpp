#include "auth/placement.hpp"

#include <doctest/doctest.h>

using namespace outpost;
using namespace outpost::auth;

namespace {

constexpr Formats every{true, true, true, true, true};
constexpr Formats standard{true, true, false, false, false};

// A request whose tokens have been taken out. Texts are given as they stand on the wire.
struct Request {
    Request(std::string_view path, std::string_view query, std::vector<http::Field> fields = {},
            const Formats& formats = every) {
        head.path = path;
        head.query = query;
        head.fields = std::move(fields);
        taken = take_tokens(head, formats, room);
    }
    [[nodiscard]] std::string tokens() const {
        std::string all;
        for (const Presented& each : taken.tokens) {
            if (!all.empty()) all += ' ';
            all.append(to_text(each.format))
                .append("/")
                .append(to_text(each.place))
                .append(":")
                .append(each.token);
        }
        return all;
    }
    http::RequestHead head;
    std::string room;
    Taken taken;
};

}  // namespace

TEST_CASE("a token leaves the path, wherever its segment stands") {
    struct Row {
        std::string_view path, left, token;
    };
    for (const Row& row : {
             Row{"/URISigningPackage=a.b.c/vod/film/1.m4s", "/vod/film/1.m4s", "uri-signing/path:a.b.c"},
             Row{"/vod/URISigningPackage=a.b.c/film/1.m4s", "/vod/film/1.m4s", "uri-signing/path:a.b.c"},
             Row{"/vod/film/cat=x", "/vod/film", "cat/path:x"},
             Row{"/vod;URISigningPackage=a.b.c/film/1.m4s", "/vod/film/1.m4s", "uri-signing/path:a.b.c"},
             Row{"/vod/film/1.m4s;hdnts=exp=9~hmac=00", "/vod/film/1.m4s", "edge-auth/path:exp=9~hmac=00"},
             Row{"/hdntl=exp=9~acl=%2fvod%2f*~hmac=00/vod/1.m4s", "/vod/1.m4s",
                 "edge-auth/path:exp=9~acl=%2fvod%2f*~hmac=00"},
             Row{"/cat=x", "/", "cat/path:x"},
             Row{"/a;k=v/b=c/1.m4s", "/a;k=v/b=c/1.m4s", ""},
             Row{"/vod/film", "/vod/film", ""},
             Row{"/cat/URISigningPackage/1;hdnts", "/cat/URISigningPackage/1;hdnts", ""},
             Row{"/", "/", ""},
         }) {
        CAPTURE(row.path);
        const Request request{row.path, ""};
        CHECK(request.head.path == row.left);
        CHECK(request.tokens() == row.token);
        CHECK(request.taken.any == !row.token.empty());
    }
}

TEST_CASE("the scope of a path's token ends with its segment") {
    CHECK(Request{"/URISigningPackage=a.b.c/vod/1.m4s", ""}.taken.path_scope == "/URISigningPackage=a.b.c");
    CHECK(Request{"/vod;cat=x/1.m4s", ""}.taken.path_scope == "/vod;cat=x");
    CHECK(Request{"/vod/1.m4s", "cat=x"}.taken.path_scope.empty());
}

TEST_CASE("a token leaves the query and the rest stays in its order") {
    struct Row {
        std::string_view query, left, token;
    };
    for (const Row& row : {
             Row{"URISigningPackage=a.b.c", "", "uri-signing/query:a.b.c"},
             Row{"URISigningPackage=a.b.c&x=1", "x=1", "uri-signing/query:a.b.c"},
             Row{"x=1&cat=t", "x=1", "cat/query:t"},
             Row{"x=1&cat=t&y=2", "x=1&y=2", "cat/query:t"},
             Row{"x=1&cat=t&y=2&z&cat=u", "x=1&y=2&z", "cat/query:t cat/query:u"},
             Row{"Cat=t&category=3", "Cat=t&category=3", ""},
             Row{"cat", "", ""},
             Row{"Expires=1&Signature=s&Key-Pair-Id=k&x=1", "x=1",
                 "cloudfront/query:Expires=1&Signature=s&Key-Pair-Id=k"},
             Row{"Expires=1&x=1", "Expires=1&x=1", ""},
             Row{"md5=m&x=1&expires=2", "x=1", "secure-link/query:md5=m&expires=2"},
             Row{"expires=2", "expires=2", ""},
         }) {
        CAPTURE(row.query);
        const Request request{"/", row.query};
        CHECK(request.head.query == row.left);
        CHECK(request.tokens() == row.token);
    }
}

TEST_CASE("cookies that hold tokens leave, the others stay") {
    const Request request{"/", "", {{"Host", "a"}, {"cookie", "a=1; URISigningPackage=t.t.t; b=2"}}};
    CHECK(request.tokens() == "uri-signing/cookie:t.t.t");
    REQUIRE(request.head.fields.size() == 2);
    CHECK(request.head.fields[1].value == "a=1; b=2");

    const Request only{"/", "", {{"Cookie", "CTA-Common-Access-Token=t"}}};
    CHECK(only.tokens() == "cat/cookie:t");
    CHECK(only.head.fields.empty());

    const Request cloudfront{
        "/", "", {{"Cookie", "CloudFront-Policy=p; x=1; CloudFront-Signature=s; CloudFront-Key-Pair-Id=k"}}};
    CHECK(cloudfront.tokens() == "cloudfront/cookie:Policy=p&Signature=s&Key-Pair-Id=k");
    CHECK(cloudfront.head.fields[0].value == "x=1");
}

TEST_CASE("fields that hold tokens leave") {
    const Request bearer{"/", "", {{"Authorization", "Bearer a.b.c"}, {"Accept", "*/*"}}};
    CHECK(bearer.tokens() == "uri-signing/authorization:a.b.c");
    CHECK(bearer.head.fields.size() == 2);  // whose it is, the rule says
    http::RequestHead head = bearer.head;
    drop_bearer(head);
    REQUIRE(head.fields.size() == 1);
    CHECK(head.fields[0].name == "Accept");
    CHECK(Request{"/", "", {{"authorization", "bearer  AbC"}}}.tokens() == "cat/authorization:AbC");
    CHECK(Request{"/", "", {{"CTA-Common-Access-Token", "t"}}}.tokens() == "cat/header:t");

    const Request basic{"/", "", {{"Authorization", "Basic YTpi"}}};
    CHECK(basic.tokens().empty());
    CHECK(basic.head.fields.size() == 1);
}

TEST_CASE("what was renewed is tried before what the URL says") {
    const Request request{"/cat=path/vod", "cat=query", {{"Cookie", "CTA-Common-Access-Token=cookie"}}};
    CHECK(request.tokens() == "cat/cookie:cookie cat/query:query cat/path:path");
}

TEST_CASE("formats that nobody asks for stay where they are") {
    const Request request{"/hdnts=exp=1~hmac=00/vod", "hdnts=x&md5=m&expires=1&Signature=s", {}, standard};
    CHECK(request.head.path == "/hdnts=exp=1~hmac=00/vod");
    CHECK(request.head.query == "hdnts=x&md5=m&expires=1&Signature=s");
    CHECK(request.tokens().empty());
}

TEST_CASE("many tokens are all taken out and few are looked at") {
    std::string query = "cat=0";
    for (int i = 1; i < 200; ++i) query += "&cat=" + std::to_string(i);
    const Request request{"/", query};
    CHECK(request.head.query.empty());
    CHECK(request.taken.tokens.size() == 4);
}

TEST_CASE("what was put together stays where it is, however much of the head leaves") {
    const std::string signature(200, 's'), policy(200, 'p');
    const std::string query =
        "x=1&Policy=" + policy + "&y=2&Signature=" + signature + "&Key-Pair-Id=k&md5=m&z=3&expires=4";
    const std::string cookies =
        "a=1; CloudFront-Policy=" + policy + "; b=2; CloudFront-Signature=" + signature;
    const Request all{"/vod/cat=t/film;hdnts=x/1.m4s", query, {{"Cookie", cookies}}};
    CHECK(all.head.query == "x=1&y=2&z=3");
    CHECK(all.head.path == "/vod/film/1.m4s");
    CHECK(all.taken.tokens[0].token == "Policy=" + policy + "&Signature=" + signature);
    CHECK(all.taken.tokens[1].token == "Policy=" + policy + "&Signature=" + signature + "&Key-Pair-Id=k");
    CHECK(all.taken.tokens[2].token == "md5=m&expires=4");

    const std::string short_rest = "x=1&Policy=" + policy + "&Signature=" + signature + "&md5=m&expires=4";
    const Request few{"/vod/cat=t/film/1.m4s", short_rest};
    CHECK(few.head.query == "x=1");
    CHECK(few.head.path == "/vod/film/1.m4s");
    CHECK(few.taken.tokens[0].token == "Policy=" + policy + "&Signature=" + signature);
    CHECK(few.taken.tokens[1].token == "md5=m&expires=4");
}
