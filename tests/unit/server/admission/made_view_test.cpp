#include "server/admission/made_view.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "manifest/dash/writer.hpp"
#include "manifest/hls/writer.hpp"
#include "tests/unit/manifest/films.hpp"

using namespace outpost;
using namespace outpost::server;
using manifest::ViewOptions;

namespace {

constexpr std::string_view stand_in = "0123456789abcdef";

ViewOptions options(ViewOptions::Query query, std::string value) {
    ViewOptions out;
    out.query = query;
    out.query_name = "tok";
    out.query_value = std::move(value);
    return out;
}

std::shared_ptr<const MadeView> view_of_size(std::size_t bytes) {
    auto view = std::make_shared<MadeView>();
    view->text.assign(bytes, 'x');
    return view;
}

}  // namespace

TEST_CASE("a view with its holes filled is the view of that one token, in both kinds of manifest") {
    const auto film = manifest::films::uhd();
    const std::vector<std::string> sources{manifest::hls::multivariant_playlist(film).text(),
                                           manifest::hls::media_playlist(film, "v720-cc").text(),
                                           manifest::dash::mpd(film).text()};
    for (const std::string& source : sources) {
        const auto made = make_view(source, "p", options(ViewOptions::Query::append, "other"), stand_in);
        REQUIRE(made.has_value());
        CHECK((*made)->has_holes);
        CHECK((*made)->holes.size() > 5);
        for (const std::string value : {"", "V", "exp=1~hmac=a&b<\"$1", "0123456789abcdef"}) {
            const auto wanted = manifest::view(source, "p", options(ViewOptions::Query::append, value));
            CHECK_EQ((*made)->filled(value), wanted->text);
        }
    }
}

TEST_CASE("a view that is the same for all is a document, and one of nothing is known as such") {
    const auto film = manifest::films::uhd();
    const std::string source = manifest::hls::media_playlist(film, "v720-cc").text();
    const auto made = make_view(source, "p", options(ViewOptions::Query::define, "V"), stand_in);
    CHECK_FALSE((*made)->has_holes);
    CHECK_EQ(*(*made)->document.text,
             manifest::view(source, "p", options(ViewOptions::Query::define, "W"))->text);
    ViewOptions tight;
    tight.max_height = 1;
    const auto none = make_view(manifest::dash::mpd(film).text(), "p", tight, stand_in);
    CHECK((*none)->nothing_left);
    CHECK_FALSE(make_view("no manifest", "p", tight, stand_in).has_value());
}

TEST_CASE("a token too long for so many URIs fills nothing") {
    MadeView view;
    view.holes.assign(1000, 0);
    CHECK(view.filled(std::string(10'000, 'x')).has_value());
    CHECK_FALSE(view.filled(std::string(20'000, 'x')).has_value());
}

TEST_CASE("the views that were asked for last are remembered, up to so many bytes") {
    ViewMemory memory{10_KiB};
    for (const std::string key : {"a", "b"}) memory.keep(key, view_of_size(3000));
    const auto a = memory.find("a");
    CHECK(a != nullptr);
    memory.keep("c", view_of_size(3000));
    CHECK(memory.find("b") == nullptr);
    CHECK_EQ(memory.find("a"), a);
    CHECK(memory.find("c") != nullptr);
    CHECK(memory.footprint() <= 10'240);
}

TEST_CASE("a view larger than the memory is not kept and drives nothing out") {
    ViewMemory memory{10_KiB};
    memory.keep("a", view_of_size(3000));
    memory.keep("b", view_of_size(20'000));
    CHECK(memory.find("a") != nullptr);
    CHECK(memory.find("b") == nullptr);
}

TEST_CASE("made twice at once, a view is kept once") {
    ViewMemory memory{10_KiB};
    memory.keep("a", view_of_size(3000));
    const std::size_t once = memory.footprint();
    memory.keep("a", view_of_size(3000));
    CHECK_EQ(memory.footprint(), once);
}

TEST_CASE("small views have their cost too: the memory ends at its bound however many there are") {
    ViewMemory memory{10_KiB};
    for (int i = 0; i < 1000; ++i) memory.keep(fmt::format("{}", i), view_of_size(0));
    CHECK(memory.footprint() <= 10'240);
    CHECK(memory.find("0") == nullptr);
    CHECK(memory.find("999") != nullptr);
}
