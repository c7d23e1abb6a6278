#include "client.hpp"

using namespace outpost;
using namespace outpost::tests;

namespace {

std::string redirect(int status, const std::string& to) {
    return fmt::format("HTTP/1.1 {} X\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", status, to);
}

// Answers by the request's target; "?" stands for what is not in the table.
ScriptedOrigin::Script by_target(std::map<std::string, std::string> replies) {
    return [replies = std::move(replies)](Peer& peer, int) {
        for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
            const auto begin = request.find(' ') + 1;
            const auto found = replies.find(request.substr(begin, request.find(' ', begin) - begin));
            peer.send(found == replies.end() ? reply_of(404, "") : found->second);
        }
    };
}

Client::Options following() {
    auto options = Client::quick();
    options.redirects = cdn::origin::Redirects::follow;
    return options;
}

}  // namespace

TEST_CASE(
    "a redirect within the pool's origins is followed, absolute or relative, behind the origin's path") {
    const ScriptedOrigin other{by_target({{"/elsewhere/b?x", reply_of(200, "there")}})};
    const ScriptedOrigin origin{by_target({{"/films/a", redirect(302, other.url() + "/elsewhere/b?x")},
                                           {"/films/d/r", redirect(307, "../s")},
                                           {"/films/s", reply_of(200, "relative")},
                                           {"/films/p", redirect(301, "/top")},
                                           {"/top", reply_of(200, "absolute path")}})};
    cdn::origin::OriginOptions first, backup;
    first.url = origin.url() + "/films";
    backup.url = other.url();
    backup.backup = true;
    Client client{following(), {first, backup}};
    CHECK(client.get("/a").body == "there");
    CHECK(client.get("/d/r").body == "relative");
    CHECK(client.get("/p").body == "absolute path");
}

TEST_CASE("a redirect is passed on: to strangers, of other methods, without an address, when told so") {
    const ScriptedOrigin origin{by_target({{"/stranger", redirect(302, "http://stranger.example/")},
                                           {"/port", redirect(302, "http://127.0.0.1:1/")},
                                           {"/odd", redirect(302, "gopher://x")},
                                           {"/a", redirect(302, "/b")},
                                           {"/b", reply_of(200, "b")}})};
    Client client{{&origin}, following()};
    for (const char* target : {"/stranger", "/port", "/odd"}) {
        const Got got = client.get(target);
        CHECK(got.status == 302);
        CHECK(got.fields.has("Location"));
    }
    CHECK(client.get("/a").body == "b");
    auto call = Client::call_of("/a");
    call.method = "POST";
    CHECK(client.ask(std::move(call)).status == 302);
    Client passing{{&origin}};
    CHECK(passing.get("/a").status == 302);
}

TEST_CASE("redirects are followed five times and no more") {
    const ScriptedOrigin origin{by_target({{"/0", redirect(302, "/1")},
                                           {"/1", redirect(302, "/2")},
                                           {"/2", redirect(302, "/3")},
                                           {"/3", redirect(302, "/4")},
                                           {"/4", redirect(302, "/5")},
                                           {"/5", reply_of(200, "end")},
                                           {"/x", redirect(302, "/0")},
                                           {"/loop", redirect(302, "/loop")}})};
    Client client{{&origin}, following()};
    CHECK(client.get("/0").body == "end");
    CHECK(client.get("/x").status == 302);
    CHECK(client.get("/loop").status == 302);
}
