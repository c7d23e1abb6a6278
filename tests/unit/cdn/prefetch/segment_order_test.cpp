#include "cdn/prefetch/segment_order.hpp"

#include <doctest/doctest.h>

namespace outpost::cdn {
namespace {

const Uri at = parse_uri("http://edge.example/vod/film/index.mpd").value();

std::vector<std::string> targets(const SegmentList& list) {
    std::vector<std::string> all;
    for (const Uri& uri : list.segments) all.push_back(uri.target());
    return all;
}
using Targets = std::vector<std::string>;

std::string playlist(const std::string& segments, bool ended = true) {
    return "#EXTM3U\n#EXT-X-TARGETDURATION:4\n" + segments + (ended ? "#EXT-X-ENDLIST\n" : "");
}

std::string mpd(const std::string& attributes, const std::string& template_of_period) {
    return R"(<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" minBufferTime="PT1S" )" +
           attributes + R"(><Period id="p0" start="PT0S"><AdaptationSet>)" + template_of_period +
           R"(<Representation id="v1" bandwidth="1000"/><Representation id="v2" bandwidth="2000"/>)" +
           "</AdaptationSet></Period></MPD>";
}

}  // namespace

TEST_CASE("a manifest is told by its type, or by its name where the type says nothing") {
    CHECK(manifest_kind("application/vnd.apple.mpegurl", "/x") == ManifestKind::hls);
    CHECK(manifest_kind("Audio/MpegURL; charset=utf-8", "/x") == ManifestKind::hls);
    CHECK(manifest_kind("application/dash+xml", "/x") == ManifestKind::dash);
    CHECK(manifest_kind("text/plain", "/a/index.m3u8") == ManifestKind::hls);
    CHECK(manifest_kind("", "/a/index.mpd") == ManifestKind::dash);
    CHECK(manifest_kind("video/mp4", "/a/1.m4s") == ManifestKind::none);
}

TEST_CASE("a media playlist is one list, without gaps, ranges and other hosts") {
    const auto lists = segment_lists(
        ManifestKind::hls,
        playlist("#EXTINF:4,\nv1/1.m4s\n#EXTINF:4,\nhttp://elsewhere.example/2.m4s\n#EXT-X-GAP\n#EXTINF:4,\n"
                 "v1/3.m4s\n#EXTINF:4,\n#EXT-X-BYTERANGE:10@0\nv1/all.mp4\n#EXTINF:4,\n/5.m4s?a=1\n"),
        at);
    REQUIRE(lists.size() == 1);
    CHECK(targets(lists[0]) == Targets{"/vod/film/v1/1.m4s", "/5.m4s?a=1"});
}

TEST_CASE("a multivariant playlist and nonsense list nothing") {
    CHECK(segment_lists(ManifestKind::hls, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv1/index.m3u8\n", at)
              .empty());
    CHECK(segment_lists(ManifestKind::hls, "<MPD/>", at).empty());
    CHECK(segment_lists(ManifestKind::dash, "#EXTM3U\n", at).empty());
    CHECK(segment_lists(ManifestKind::none, playlist("#EXTINF:4,\n1.m4s\n"), at).empty());
}

TEST_CASE("of a playlist that grows only the end counts") {
    std::string segments;
    for (int i = 1; i <= 5; ++i) segments += "#EXTINF:4,\n" + std::to_string(i) + ".m4s\n";
    const SegmentOrderLimits limits{4, 2};
    CHECK(segment_lists(ManifestKind::hls, playlist(segments), at, limits)[0].segments.size() == 4);
    const auto lists = segment_lists(ManifestKind::hls, playlist(segments, false), at, limits);
    CHECK(targets(lists[0]) == Targets{"/vod/film/4.m4s", "/vod/film/5.m4s"});
}

TEST_CASE("an MPD has a list for each representation, by number") {
    const auto lists = segment_lists(
        ManifestKind::dash,
        mpd(R"(type="static" mediaPresentationDuration="PT7S")",
            R"(<SegmentTemplate media="$RepresentationID$/$Number$.m4s" timescale="1" duration="4"/>)"),
        at);
    REQUIRE(lists.size() == 2);
    CHECK(targets(lists[0]) == Targets{"/vod/film/v1/1.m4s", "/vod/film/v1/2.m4s"});
    CHECK(targets(lists[1]) == Targets{"/vod/film/v2/1.m4s", "/vod/film/v2/2.m4s"});
    CHECK(lists[0].name != lists[1].name);
}

TEST_CASE("an MPD has a list for each representation, by time") {
    const auto lists = segment_lists(
        ManifestKind::dash,
        mpd(R"(type="dynamic" availabilityStartTime="2024-01-01T00:00:00Z")",
            R"(<SegmentTemplate media="$RepresentationID$/$Time$.m4s" timescale="1000"><SegmentTimeline>)"
            R"(<S t="8000" d="4000" r="2"/></SegmentTimeline></SegmentTemplate>)"),
        at, {100, 2});
    REQUIRE(lists.size() == 2);
    CHECK(targets(lists[1]) == Targets{"/vod/film/v2/12000.m4s", "/vod/film/v2/16000.m4s"});
}

TEST_CASE("all lists of an MPD together are bounded") {
    const auto lists = segment_lists(
        ManifestKind::dash,
        mpd(R"(type="static" mediaPresentationDuration="PT12S")",
            R"(<SegmentTemplate media="$RepresentationID$/$Number$.m4s" timescale="1" duration="4"/>)"),
        at, {4, 4});
    REQUIRE(lists.size() == 2);
    CHECK(lists[0].segments.size() + lists[1].segments.size() == 4);
}

}  // namespace outpost::cdn
