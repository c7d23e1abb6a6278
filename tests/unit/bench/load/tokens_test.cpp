#include "bench/load/tokens.hpp"

#include "auth/formats/format.hpp"
#include "auth/keys/jwk.hpp"
#include "auth/placement.hpp"
#include "base/file.hpp"
#include "tests/unit/directory.hpp"

using namespace std::chrono_literals;

namespace outpost::bench {
namespace {

struct Minted {
    TemporaryDirectory folder;
    std::shared_ptr<const auth::Key> key;
    Crowd crowd;
    Tokens tokens;

    Minted(auth::Algorithm algorithm, TokenPlace place) {
        auto generated = auth::Key::generate({"key-1", algorithm, "", {}, {}, ""});
        key = std::make_shared<const auth::Key>(std::move(*generated));
        crowd.name = "boxes";
        crowd.token = place;
        crowd.tokens = 3;
        crowd.token_key = folder / "key.jwk";
        REQUIRE(
            write_file_atomically(crowd.token_key, auth::write_jwk(*key, auth::KeyPart::whole)).has_value());
        auto made = Tokens::mint(crowd, *parse_uri("http://127.0.0.1:8080"), wall_now());
        REQUIRE_MESSAGE(made.has_value(), made.error().line());
        tokens = std::move(*made);
    }

    // Whether a server with the key lets in who asks so.
    [[nodiscard]] bool lets_in(const std::string& request, auth::Format format, std::string& path) const {
        const std::string text = request + "Host: 127.0.0.1:8080\r\n\r\n";
        http::RequestHead head;
        std::size_t searched = 0;
        REQUIRE(http::parse_head(text, {}, searched, head).state == http::ParsedHead::State::complete);
        std::string room;
        auth::Formats formats{};
        formats[static_cast<std::size_t>(format)] = true;
        const auth::Taken taken = auth::take_tokens(head, formats, room);
        REQUIRE(taken.tokens.size() == 1);
        path = head.path;
        auth::RequestFacts facts;
        facts.method = "GET";
        facts.scheme = "http";
        facts.host = "127.0.0.1:8080";
        facts.raw_path = facts.path = path;
        facts.query = head.query;
        facts.client = "127.0.0.1";
        facts.protocol = "http/1.1";
        facts.now = wall_now();
        const auth::KeyRing ring{{key}};
        const auto claims = auth::verify(format, taken.tokens[0].token, {ring, facts, {}, 4096});
        return claims && !auth::check(*claims, facts, 0s);
    }
};

}  // namespace

TEST_SUITE_BEGIN("bench/load");

TEST_CASE("a minted token lets its client in, in whatever place it is") {
    for (const auto place : {TokenPlace::path, TokenPlace::query, TokenPlace::cookie}) {
        const Minted minted{auth::Algorithm::es256, place};
        std::string request, path;
        minted.tokens.append_request("/film/a.m3u8?x=1", 1, request);
        CHECK(minted.lets_in(request, auth::Format::uri_signing, path));
        CHECK(path == "/film/a.m3u8");
    }
    const Minted minted{auth::Algorithm::edge_auth, TokenPlace::query};
    std::string request, path;
    minted.tokens.append_request("/film/a.m3u8", 0, request);
    CHECK(minted.lets_in(request, auth::Format::edge_auth, path));
}

TEST_CASE("a crowd has as many tokens as it says, and each client keeps its own") {
    const Minted minted{auth::Algorithm::hs256, TokenPlace::query};
    std::array<std::string, 5> requests;
    for (std::size_t i = 0; i < requests.size(); ++i) minted.tokens.append_request("/a", i, requests[i]);
    CHECK(requests[0] != requests[1]);
    CHECK(requests[1] != requests[2]);
    CHECK(requests[0] != requests[2]);
    CHECK(requests[3] == requests[0]);
    CHECK(requests[4] == requests[1]);
}

TEST_CASE("a URL that came with a token gets no second one") {
    const Minted minted{auth::Algorithm::hs256, TokenPlace::path};
    std::string request;
    minted.tokens.append_request("/URISigningPackage=abc/film/1.m4s", 0, request);
    CHECK(request == "GET /URISigningPackage=abc/film/1.m4s HTTP/1.1\r\n");
}

TEST_CASE("without a token a request is as it was asked for") {
    std::string request;
    Tokens{}.append_request("/a?b", 7, request);
    CHECK(request == "GET /a?b HTTP/1.1\r\n");
}

TEST_CASE("a key that can't sign, or makes no single parameter, is refused before the load") {
    TemporaryDirectory folder;
    Crowd crowd;
    crowd.token = TokenPlace::path;
    crowd.token_key = folder / "none";
    const Uri target = *parse_uri("http://a");
    CHECK_FALSE(Tokens::mint(crowd, target, wall_now()).has_value());
    const auto key = auth::Key::generate({"k", auth::Algorithm::es256, "", {}, {}, ""});
    crowd.token_key = folder / "public";
    REQUIRE(write_file_atomically(crowd.token_key, auth::write_jwk(*key, auth::KeyPart::only_public))
                .has_value());
    CHECK_FALSE(Tokens::mint(crowd, target, wall_now()).has_value());
    const auto front = auth::Key::generate({"k", auth::Algorithm::cloudfront, "", {}, {}, ""});
    crowd.token_key = folder / "cloudfront";
    REQUIRE(
        write_file_atomically(crowd.token_key, auth::write_jwk(*front, auth::KeyPart::whole)).has_value());
    CHECK_FALSE(Tokens::mint(crowd, target, wall_now()).has_value());
}

TEST_SUITE_END();

}  // namespace outpost::bench
