#include <doctest/doctest.h>

#include "media/import/align.hpp"
#include "media/import/import_plan.hpp"
#include "media/import/ladder.hpp"
#include "media/import/language.hpp"
#include "media/import/meter.hpp"

using namespace outpost;
using namespace outpost::media;

namespace {

std::string names(const std::vector<Rendition>& ladder) {
    std::string all;
    for (const Rendition& rung : ladder) all += fmt::format("{}:{}x{} ", rung.name, rung.width, rung.height);
    return all;
}
LadderSource source(std::uint32_t width, std::uint32_t height) { return {width, height, {25, 1}, {}}; }

KeyFrameTimes keys(const std::string& name, std::vector<std::int64_t> times, std::int64_t length) {
    KeyFrameTimes result{name, {}, Milliseconds{40}, Milliseconds{length}};
    for (const std::int64_t time : times) result.keys.emplace_back(time);
    return result;
}

}  // namespace

TEST_CASE("a ladder goes up to the source's size and never above") {
    const auto hd = names(plan_ladder(source(1920, 1080), VideoCodec::h264, LadderTop::uhd));
    CHECK(hd == "1080p:1920x1080 720p:1280x720 540p:960x540 360p:640x360 ");
    CHECK(names(plan_ladder(source(320, 180), VideoCodec::h264, LadderTop::uhd)) == "180p:320x180 ");
    CHECK(plan_ladder(source(3840, 2160), VideoCodec::hevc, LadderTop::uhd).size() == 6);
    CHECK(plan_ladder(source(3840, 2160), VideoCodec::hevc, LadderTop::sd).front().name == "540p");
}

TEST_CASE("a wide film keeps its shape and gets the rung that its width fills") {
    CHECK(names(plan_ladder(source(3840, 1600), VideoCodec::h264, LadderTop::hd)) ==
          "1080p:1920x800 720p:1280x534 540p:960x400 360p:640x266 ");
}

TEST_CASE("every rendition has even sides and rates that fall with its size") {
    for (const auto& [width, height] : {std::pair{1919U, 1079U}, {853U, 481U}, {1080U, 1920U}, {17U, 3U}}) {
        const auto ladder = plan_ladder(source(width, height), VideoCodec::h264, LadderTop::uhd);
        REQUIRE_FALSE(ladder.empty());
        for (std::size_t i = 0; i < ladder.size(); ++i) {
            CHECK(ladder[i].width % 2 == 0);
            CHECK(ladder[i].height % 2 == 0);
            CHECK(ladder[i].width <= width + 1);
            CHECK(ladder[i].peak > ladder[i].average);
            if (i > 0) CHECK(ladder[i].average < ladder[i - 1].average);
        }
    }
}

TEST_CASE("H.264 gets 1.6 to 1.8 times the bits of HEVC") {
    const auto hevc = plan_ladder(source(3840, 2160), VideoCodec::hevc, LadderTop::uhd);
    const auto h264 = plan_ladder(source(3840, 2160), VideoCodec::h264, LadderTop::uhd);
    CHECK(hevc.front().average == 11600_kbps);
    for (std::size_t i = 0; i < hevc.size(); ++i) {
        const double factor = static_cast<double>(h264[i].average.bits_per_second()) /
                              static_cast<double>(hevc[i].average.bits_per_second());
        CHECK(factor == doctest::Approx(1.7).epsilon(0.05));
    }
}

TEST_CASE("a segment is the whole number of frames nearest to the wanted length") {
    CHECK(frames_of_segment(Milliseconds{4000}, {25, 1}) == 100);
    CHECK(frames_of_segment(Milliseconds{4000}, {30000, 1001}) == 120);
    CHECK(frames_of_segment(Milliseconds{4000}, {24000, 1001}) == 96);
    CHECK(frames_of_segment(Milliseconds{1}, {25, 1}) == 1);
}

TEST_CASE("renditions are cut at the key frames that all have") {
    const auto cuts =
        common_cuts({keys("a", {0, 2000, 4000, 6000, 8000}, 10000), keys("b", {0, 4010, 8000}, 10000)},
                    Milliseconds{4000});
    REQUIRE(cuts.has_value());
    CHECK(*cuts == std::vector<Ticks>{{4, 1}, {8, 1}});
}

TEST_CASE("key frames that don't line up are told by file and time") {
    const auto cuts = common_cuts({keys("a.mp4", {0, 4000, 8000, 12000, 16000, 20000}, 24000),
                                   keys("b.mp4", {0, 4000, 8100, 12100, 16100, 20100}, 24000)},
                                  Milliseconds{4000});
    REQUIRE_FALSE(cuts.has_value());
    CHECK(cuts.error().where == "b.mp4");
    CHECK(cuts.error().what.find("a.mp4") != std::string::npos);
    CHECK(cuts.error().what.find("8.000 s") != std::string::npos);
}

TEST_CASE("a film without key frames after the first can't be cut") {
    const auto cuts = common_cuts({keys("a.mp4", {0}, 60000)}, Milliseconds{4000});
    REQUIRE_FALSE(cuts.has_value());
    CHECK(cuts.error().what.find("no key frame") != std::string::npos);
}

TEST_CASE("the longest segment may be any, the last too") {
    CHECK(longest_part({{2000, 1000}, {8000, 1000}}, Milliseconds{9000}) == Milliseconds{6000});
    CHECK(longest_part({{2000, 1000}}, Milliseconds{9000}) == Milliseconds{7000});
    CHECK(longest_part({}, Milliseconds{9000}) == Milliseconds{9000});
}

TEST_CASE("a short film of one group of pictures is one segment") {
    CHECK(common_cuts({keys("a.mp4", {0}, 3000)}, Milliseconds{4000}).value().empty());
}

TEST_CASE("a frame rate is constant when every picture is on its grid and none is missing") {
    SourceStream stream;
    stream.timescale = 1000;  // Matroska's milliseconds
    std::vector<std::int64_t> frames;
    for (std::int64_t i = 0; i < 1000; ++i) frames.push_back((i * 1001 + 15) / 30);
    CHECK(constant_rate(frames, stream) == Ratio{30000, 1001});
    frames.erase(frames.begin() + 500);
    CHECK_FALSE(constant_rate(frames, stream));
}

TEST_CASE("HDR is not squeezed into H.264") {
    SourceStream hdr;
    hdr.transfer = "smpte2084";
    ImportOptions options;
    CHECK(choose_codec(options, hdr).value() == VideoCodec::hevc);
    options.codec = VideoCodec::h264;
    CHECK_FALSE(choose_codec(options, hdr).has_value());
    CHECK(choose_codec({}, {}).value() == VideoCodec::h264);
}

TEST_CASE("--subtitles names file, language and name, even when the path holds colons") {
    const auto full = parse_subtitle_option("a:b.vtt:zho:中文").value();
    CHECK(full.path == "a:b.vtt");
    CHECK(full.language == "zh");
    CHECK(full.name == "中文");
    const auto plain = parse_subtitle_option("film.vtt:en").value();
    CHECK(plain.path == "film.vtt");
    CHECK(plain.name == "English");
    CHECK_FALSE(parse_subtitle_option("film.vtt").has_value());
    CHECK(parse_subtitle_option(":en:E").error().what == "names no file");
    CHECK(parse_subtitle_option(":en").error().what == "names no file");
}

TEST_CASE("languages of media files become BCP 47") {
    CHECK(to_bcp47("eng") == "en");
    CHECK(to_bcp47("chi") == "zh");
    CHECK(to_bcp47("zh-Hans") == "zh-Hans");
    CHECK(to_bcp47("\"><script>") == "und");
    CHECK(language_name("en-GB") == "English");
}

TEST_CASE("options that make no sense are refused before any work") {
    ImportOptions options;
    CHECK_FALSE(check_options(options).has_value());
    options.files = {"a.mp4"};
    CHECK(check_options(options).error().where == "--library");
    options.library = "films";
    CHECK(check_options(options).has_value());
    options.files = {"a.mp4", "b.mp4"};
    CHECK_FALSE(check_options(options).has_value());
    options.copy = true;
    CHECK(check_options(options).has_value());
    options.files = {"a.mp4", "b.mp4", "a.mp4"};
    CHECK_FALSE(check_options(options).has_value());
    options.files = {"a.mp4"};
    options.segment = Milliseconds{100};
    CHECK_FALSE(check_options(options).has_value());
    options.segment = Milliseconds{4000};
    options.preset = "placebo; rm -rf";
    CHECK_FALSE(check_options(options).has_value());
}

TEST_CASE("the time left follows the speed so far") {
    using std::chrono::duration;
    CHECK(time_left(25, 100, duration<double>{10}) == Seconds{30});
    CHECK_FALSE(time_left(0, 100, duration<double>{10}));
    CHECK_FALSE(time_left(1e-9, 100, duration<double>{10}));
    CHECK(clock_text(Seconds{3723}) == "1:02:03");
    CHECK(clock_text(Seconds{65}) == "1:05");
}
