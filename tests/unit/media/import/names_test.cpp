#include "media/import/names.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "media/import/import_plan.hpp"

using namespace outpost;
using namespace outpost::media;

namespace {

std::string complaint(std::string_view name, std::size_t most = most_title) {
    const auto checked = check_name("--title", name, most);
    return checked ? "" : checked.error().line();
}

}  // namespace

TEST_CASE("a typed name is refused when the server would refuse it, and the line says the bound") {
    CHECK(complaint("山河 \"quoted\"").empty());
    CHECK(complaint(std::string(1024, 'a')).empty());
    const std::string bound = "; write at most 1024 bytes of UTF-8 without control characters";
    CHECK(complaint(std::string(1025, 'a')) == "--title: is 1025 bytes long" + bound);
    CHECK(complaint("\xff\xfe") == "--title: is not UTF-8" + bound);
    CHECK(complaint("a\nb") == "--title: holds control characters" + bound);
    CHECK(complaint("\x7f") == "--title: holds control characters" + bound);
    CHECK(complaint(" \t ") == "--title: holds control characters" + bound);
    CHECK(complaint("   ") == "--title: is blank" + bound);
    CHECK(complaint("123", 2) ==
          "--title: is 3 bytes long; write at most 2 bytes of UTF-8 without control characters");
}

TEST_CASE("a name that a file brings along is cleaned, whatever bytes it is made of") {
    CHECK(clean_name("bad\xff\xfe", 100) == "bad");
    CHECK(clean_name("a\nb\x01", 100) == "ab");
    CHECK(clean_name("\xe4\xb8山河\xed\xa0\x80", 100) == "山河");
    CHECK(clean_name("山河", 5) == "山");
    CHECK(clean_name("  a  ", 100) == "a");
    CHECK(clean_name(" \xff\n", 100).empty());
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; second += 5) {
            const std::string name{static_cast<char>(first), static_cast<char>(second), 'x'};
            CHECK(complaint(clean_name(name, 100)).empty());
        }
    }
}

TEST_CASE("an id is made of a file's name, and names that differ beyond ASCII get ids of their own") {
    CHECK(id_from_name("/films/My Film (2024).mp4") == "my-film-2024");
    CHECK(id_from_name("!!!.mp4") == "film");
    const std::string first = id_from_name("第1集.mp4");
    CHECK(first.size() == 10);
    CHECK(first.starts_with("1-"));
    CHECK(id_from_name("/elsewhere/第1集.mkv") == first);
    CHECK(id_from_name("课1.mp4") != first);
    CHECK(id_from_name("山河 电影.mp4").starts_with("film-"));
    CHECK(id_from_name("山河 电影.mp4") != id_from_name("山河.mp4"));
    CHECK(id_from_name("caf\xe9.mp4").starts_with("caf-"));
    for (std::string name = "a"; name.size() < 300; name.insert(0, "a")) {
        CHECK(is_asset_id(id_from_name(name)));
        CHECK(is_asset_id(id_from_name(name + " b山")));
    }
}

TEST_CASE("titles and subtitle names are checked before any work") {
    ImportOptions options;
    options.files = {"a.mp4"};
    options.library = "films";
    CHECK(check_options(options).has_value());
    options.title = std::string(1025, 'x');
    CHECK_FALSE(check_options(options).has_value());
    CHECK(parse_subtitle_option("f.vtt:en:" + std::string(200, 'x')).has_value());
    CHECK_FALSE(parse_subtitle_option("f.vtt:en:" + std::string(201, 'x')).has_value());
    const auto two_lines = parse_subtitle_option("f.vtt:en:a\nb");
    REQUIRE_FALSE(two_lines.has_value());
    CHECK(two_lines.error().line().find('\n') == std::string::npos);
}
