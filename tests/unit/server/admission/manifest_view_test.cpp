#include "server/admission/manifest_view.hpp"

#include <cstdio>

#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include "manifest/hls/writer.hpp"
#include "server/admission/header_lines.hpp"
#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::server;
using manifest::ViewOptions;
using Query = ViewOptions::Query;

namespace {

// A body that comes in pieces, each of which is waited for.
class Pieces final : public BodySource {
  public:
    Pieces(std::vector<std::string> pieces, boost::system::error_code end)
        : pieces_{std::move(pieces)}, end_{end} {}
    Result<BodyStep> poll() override {
        if (!waited_) return BodyStep{};
        waited_ = false;
        if (next_ < pieces_.size()) return BodyStep{MemoryWindow{nullptr, pieces_[next_++]}};
        if (end_) return end_;
        return BodyStep{MemoryWindow{}};
    }
    Task<void> wait() override {
        waited_ = true;
        co_return;
    }

  private:
    std::vector<std::string> pieces_;
    boost::system::error_code end_;
    std::size_t next_ = 0;
    bool waited_ = false;
};

struct Got {
    int status = 0;
    std::string lines, body;
    [[nodiscard]] std::string operator[](std::string_view name) const { return joined_lines(lines, name); }
};

struct Node {
    Loop loop;
    BlockingPool pool{1, 4};
    ManifestViews views{pool, {}, {}};
    std::vector<Field> fields;
    Method method = Method::get;
    Presence presence;

    Got show(Reply reply, ViewOptions options) {
        RequestHead head;
        head.method = method;
        head.path = "/film/index.m3u8";
        head.host = "tv.example";
        head.fields = fields;
        Request request;
        request.head = &head;
        request.path = "/film/index.m3u8";
        request.presence = &presence;
        std::optional<Reply> out;
        asio::co_spawn(loop, views.show(std::move(request), std::move(reply), std::move(options)),
                       [&](std::exception_ptr error, Reply made) {
                           REQUIRE(!error);
                           out.emplace(std::move(made));
                       });
        loop.restart();
        while (!out) REQUIRE(loop.run_one_for(std::chrono::seconds{20}) == 1);
        Got got{static_cast<int>(out->status), std::string{out->headers.text()}, {}};
        const auto step = out->body.poll();
        if (const auto* memory = std::get_if<MemoryWindow>(&**step)) got.body = memory->bytes;
        return got;
    }
};

std::string source() { return manifest::hls::multivariant_playlist(manifest::films::uhd()).text(); }

Reply answer(Body body, std::string_view more = "") {
    Reply reply;
    reply.headers.add_lines(
        "Content-Type: application/vnd.apple.mpegurl\r\nETag: \"source\"\r\n"
        "Last-Modified: Tue, 14 Nov 2023 22:13:20 GMT\r\nAge: 7\r\n"
        "Cache-Control: public, max-age=60\r\nCDN-Cache-Control: max-age=9\r\n");
    reply.headers.add_lines(more);
    reply.body = std::move(body);
    return reply;
}

ViewOptions with(Query query, std::uint32_t height = 0) {
    ViewOptions options;
    options.max_height = height;
    options.query = query;
    options.query_name = "tok";
    options.query_value = "a&b";
    return options;
}

std::string wanted(const ViewOptions& options) { return manifest::view(source(), "p", options)->text; }

}  // namespace

TEST_CASE("the resource is asked for the whole of it, as it is, and by GET") {
    RequestHead head;
    head.method = Method::head;
    head.fields = {{"Accept", "*"},
                   {"range", "bytes=0-1"},
                   {"If-None-Match", "*"},
                   {"if-match", "*"},
                   {"If-Range", "x"},
                   {"Accept-Encoding", "gzip"},
                   {"If-Modified-Since", "x"},
                   {"If-Unmodified-Since", "x"},
                   {"Origin", "o"}};
    const RequestHead whole = ManifestViews::whole(head);
    CHECK(whole.method == Method::get);
    CHECK_EQ(whole.method_text, "GET");
    REQUIRE_EQ(whole.fields.size(), 2);
    CHECK_EQ(whole.fields[0].name, "Accept");
    CHECK_EQ(whole.fields[1].name, "Origin");
}

TEST_CASE("a view has its own tag; what the source said of itself else, and of its lifetime, stays") {
    Node node;
    const Got got = node.show(answer(Body::of(source())), with(Query::define, 720));
    CHECK_EQ(got.status, 200);
    CHECK_EQ(got.body, wanted(with(Query::define, 720)));
    CHECK_EQ(got["ETag"], content_etag(got.body));
    CHECK_EQ(got["Content-Type"], "application/vnd.apple.mpegurl");
    CHECK_EQ(got["Cache-Control"], "public, max-age=60");
    CHECK_EQ(got["CDN-Cache-Control"], "max-age=9");
    CHECK_EQ(got["Age"], "7");
    CHECK_EQ(got["Vary"], "Accept-Encoding");
    CHECK_EQ(got["Last-Modified"], "");
}

TEST_CASE("a view for one client alone is private: with its token inside, or capped under everybody's URL") {
    Node node;
    const Got own = node.show(answer(Body::of(source())), with(Query::append));
    CHECK_EQ(own.body, wanted(with(Query::append)));
    CHECK_EQ(own["Cache-Control"], "private, max-age=60");
    CHECK_EQ(own["CDN-Cache-Control"], "");
    CHECK_EQ(own["ETag"], content_etag(own.body));
    const Got capped = node.show(answer(Body::of(source())), with(Query::none, 720));
    CHECK_EQ(capped["Cache-Control"], "private, max-age=60");
}

TEST_CASE("what is remembered for one token serves the next with that one's own value") {
    Node node;
    ViewOptions options = with(Query::append);
    CHECK_EQ(node.show(answer(Body::of(source())), options).body, wanted(options));
    options.query_value = "other";
    CHECK_EQ(node.show(answer(Body::of(source())), options).body, wanted(options));
    options.max_height = 360;
    CHECK_EQ(node.show(answer(Body::of(source())), options).body, wanted(options));
}

TEST_CASE("conditions, ranges, HEAD and gzip are the client's, of the view") {
    Node node;
    const std::string text = wanted(with(Query::define));
    const std::string etag = content_etag(text);
    const auto ask = [&](std::vector<Field> fields, Method method = Method::get) {
        node.fields = std::move(fields);
        node.method = method;
        return node.show(answer(Body::of(source())), with(Query::define));
    };
    const Got known = ask({{"If-None-Match", etag}});
    CHECK_EQ(known.status, 304);
    CHECK_EQ(known["ETag"], etag);
    CHECK_EQ(known["Age"], "7");
    CHECK_EQ(ask({{"If-None-Match", "\"source\""}}).status, 200);
    CHECK_EQ(ask({{"If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT"}}).status, 200);
    CHECK_EQ(ask({{"Range", "bytes=0-6"}}).body, "#EXTM3U");
    const Got failed = ask({{"If-Match", "\"source\""}});
    CHECK_EQ(failed.status, 412);
    CHECK_EQ(failed["Age"], "");
    CHECK_EQ(ask({}, Method::head).body, "");
    const Got packed = ask({{"Accept-Encoding", "gzip"}});
    CHECK_EQ(packed["Content-Encoding"], "gzip");
    CHECK_EQ(gzip_expanded(packed.body, 1 << 20), text);
    node.fields = {{"Accept-Encoding", "gzip"}};
    const Got own = node.show(answer(Body::of(source())), with(Query::append));
    CHECK_EQ(gzip_expanded(own.body, 1 << 20), wanted(with(Query::append)));
}

TEST_CASE("a body is read wherever it is: in pieces that are waited for, in a file, compressed") {
    Node node;
    const std::string text = source();
    const std::string view = wanted(with(Query::define));
    const auto pieces = [&](boost::system::error_code end) {
        return Body::of(std::make_unique<Pieces>(
                            std::vector{text.substr(0, 100), text.substr(100, 1), text.substr(101)}, end),
                        std::nullopt);
    };
    CHECK_EQ(node.show(answer(pieces({})), with(Query::define)).body, view);
    CHECK_EQ(node.show(answer(pieces(Errc::origin_truncated)), with(Query::define)).status, 502);
    CHECK_EQ(node.show(answer(pieces(Errc::corrupt)), with(Query::define)).status, 500);

    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    std::fputs(("before" + text).c_str(), file);
    std::fflush(file);
    const auto shared = std::make_shared<const Fd>(::dup(::fileno(file)));
    std::fclose(file);
    CHECK_EQ(node.show(answer(Body::of(shared, {6, text.size()})), with(Query::define)).body, view);
    CHECK_EQ(node.show(answer(Body::of(shared, {7, text.size()})), with(Query::define)).status, 500);

    const std::string_view gzip = "Content-Encoding: gzip\r\n";
    const Got expanded = node.show(answer(Body::of(gzip_compressed(text)), gzip), with(Query::define));
    CHECK_EQ(expanded.body, view);
    CHECK_EQ(expanded["Content-Encoding"], "");
    CHECK_EQ(node.show(answer(Body::of(text), gzip), with(Query::define)).status, 502);
    CHECK_EQ(node.show(answer(Body::of(text), "Content-Encoding: br\r\n"), with(Query::define)).status, 502);
}

TEST_CASE("what is no manifest of ours to show is refused, and no refusal is for keeps") {
    Node node;
    const Got nothing = node.show(answer(Body::of(source())), with(Query::define, 1));
    CHECK_EQ(nothing.status, 403);
    CHECK_EQ(nothing["Cache-Control"], "no-store");
    CHECK_EQ(node.show(answer(Body::of(source())), with(Query::define, 1)).status, 403);
    CHECK_EQ(node.show(answer(Body::of(std::string{"<html/>"})), with(Query::define)).status, 502);
    CHECK_EQ(node.show(answer(Body::of(std::string(5 << 20, '#'))), with(Query::define)).status, 502);
    ViewOptions endless = with(Query::append);
    endless.query_value.assign(2 << 20, 'x');
    CHECK_EQ(node.show(answer(Body::of(source())), endless).status, 414);
}

TEST_CASE("an answer other than 200 passes as it is") {
    Node node;
    Reply reply = answer(Body::of(std::string{"gone"}));
    reply.status = Status::not_found;
    const Got got = node.show(std::move(reply), with(Query::define, 1));
    CHECK_EQ(got.status, 404);
    CHECK_EQ(got.body, "gone");
    CHECK_EQ(got["ETag"], "\"source\"");
}

TEST_CASE("who has left is not waited for") {
    Node node;
    node.presence.leave();
    const Got got = node.show(
        answer(Body::of(std::make_unique<Pieces>(std::vector<std::string>{"a"}, boost::system::error_code{}),
                        std::nullopt)),
        with(Query::define));
    CHECK_EQ(got.status, 503);
}
