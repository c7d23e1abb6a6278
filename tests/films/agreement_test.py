"""What ffmpeg decodes from HLS and from DASH is the source, and the same in both."""

import json
import re
import subprocess
import urllib.request
from fractions import Fraction

import pytest

ASSETS = ["feature", "hevc"]


def probe(source, *arguments):
    out = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *arguments, str(source)], check=True,
                         capture_output=True, text=True)
    assert not out.stderr, out.stderr
    return json.loads(out.stdout)


def picture_times(source, stream="v:0"):
    packets = probe(source, "-select_streams", stream, "-show_entries", "packet=pts_time")["packets"]
    return sorted(float(packet["pts_time"]) for packet in packets)


def sound_span(source, stream="a:0"):
    packets = probe(source, "-select_streams", stream, "-show_entries", "packet=pts_time,duration_time")["packets"]
    return float(packets[0]["pts_time"]), float(packets[-1]["pts_time"]) + float(packets[-1]["duration_time"])


def decoded(source, stream):
    """A line for each decoded frame: its time and the hash of its picture."""
    out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", str(source), "-map", f"0:{stream}", "-fps_mode",
                          "passthrough", "-f", "framemd5", "-"], check=True, capture_output=True, text=True)
    assert not out.stderr, out.stderr
    rows = [line.split(",") for line in out.stdout.splitlines() if not line.startswith("#")]
    base = next(line for line in out.stdout.splitlines() if line.startswith("#tb 0:")).split(": ")[1]
    return [(Fraction(base) * int(row[2]), row[5].strip()) for row in rows]


def dash_stream(films, asset, width):
    streams = [s for s in probe(f"{films.url}/vod/{asset}/index.mpd", "-show_streams")["streams"]
               if s["codec_type"] == "video"]
    return next(i for i, s in enumerate(streams) if s["width"] == width)


@pytest.mark.parametrize("asset", ASSETS)
def test_every_rendition_has_the_sources_pictures_at_the_sources_times(films, sources, asset):
    wanted = picture_times(sources[asset])
    renditions = films.tracks(asset, "video")
    assert len(renditions) >= (3 if asset == "feature" else 1)
    for rendition in renditions:
        frame = rendition["frame_rate"][1] / rendition["frame_rate"][0]
        got = {"HLS": picture_times(f"{films.url}/vod/{asset}/{rendition['id']}/index.m3u8"),
               "DASH": picture_times(f"{films.url}/vod/{asset}/index.mpd",
                                     f"v:{dash_stream(films, asset, rendition['width'])}")}
        for how, times in got.items():
            assert len(times) == len(wanted), (how, rendition["id"])
            worst = max(abs(a - b) for a, b in zip(times, wanted))
            assert worst < frame / 2, (how, rendition["id"], worst)


def test_sound_begins_and_ends_with_the_sources(films, sources):
    for number, track in enumerate(films.tracks("feature", "audio")):
        begin, end = sound_span(sources["feature"], f"a:{number}")
        got_begin, got_end = sound_span(f"{films.url}/vod/feature/{track['id']}/index.m3u8")
        frame = 1024 / track["sample_rate"]
        assert abs(got_begin - max(begin, 0)) <= frame and abs(got_end - end) <= 2 * frame, track["id"]


@pytest.mark.parametrize("asset", ASSETS)
def test_hls_and_dash_decode_to_the_same_pictures(films, asset):
    for rendition in films.tracks(asset, "video"):
        hls = decoded(f"{films.url}/vod/{asset}/{rendition['id']}/index.m3u8", "v:0")
        dash = decoded(f"{films.url}/vod/{asset}/index.mpd", f"v:{dash_stream(films, asset, rendition['width'])}")
        assert hls and [hash_ for _, hash_ in hls] == [hash_ for _, hash_ in dash], rendition["id"]
        assert [float(at) for at, _ in hls] == pytest.approx([float(at) for at, _ in dash], abs=0.001)


def test_the_multivariant_playlist_plays_from_its_top(films, sources):
    streams = probe(f"{films.url}/vod/feature/index.m3u8", "-show_streams")["streams"]
    assert {s["height"] for s in streams if s["codec_type"] == "video"} == {720, 540, 360}
    assert {s["codec_name"] for s in streams} == {"h264", "aac"}


def test_key_frames_are_aligned_across_renditions(films):
    starts = [[(segment[0]) for segment in track["segments"]] for track in films.tracks("feature", "video")]
    assert all(row == starts[0] for row in starts)


def fetch(url, part=None):
    request = urllib.request.Request(url, headers={"Range": f"bytes={part}"} if part else {})
    with urllib.request.urlopen(request) as reply:
        return reply.read()


def test_a_trick_play_range_decodes_alone_to_the_key_frame_of_the_film(films):
    rendition = films.tracks("feature", "video")[-1]
    base = f"{films.url}/vod/feature/{rendition['id']}"
    whole = dict(decoded(f"{base}/index.m3u8", "v:0"))
    lines = fetch(f"{base}/iframes.m3u8").decode().splitlines()
    entries = re.findall(r"#EXTINF:([\d.]+),\n#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)", "\n".join(lines))
    assert len(entries) == len(rendition["segments"])
    at, init = Fraction(0), fetch(f"{base}/init.mp4")
    for lasts, size, offset, uri in entries:
        piece = fetch(f"{base}/{uri}", f"{offset}-{int(offset) + int(size) - 1}")
        assert len(piece) == int(size)
        out = subprocess.run(["ffmpeg", "-v", "fatal", "-i", "-", "-frames:v", "1", "-f", "framemd5", "-"],
                             input=init + piece, capture_output=True)
        picture = [line.split(",")[5].strip() for line in out.stdout.decode().splitlines() if not line.startswith("#")]
        nearest = min(whole, key=lambda time: abs(time - at))
        assert picture == [whole[nearest]], uri
        at += Fraction(lasts)


def cues(text):
    """(time, words) of each cue of a WebVTT document."""
    return set(re.findall(r"(\d\S+ --> \S+)\n(.+)", text))


def test_subtitle_segments_hold_the_cues_of_their_time_and_the_whole_text_holds_all(films, sources):
    track = films.tracks("subtitled", "text")[0]
    base = f"{films.url}/vod/subtitled/{track['id']}"
    playlist = fetch(f"{base}/index.m3u8").decode()
    segments = [fetch(f"{base}/{name}").decode() for name in re.findall(r"^\d+\.vtt$", playlist, re.M)]
    wanted = cues(sources["subtitles"].read_text())
    assert len(segments) >= 2 and all(text.startswith("WEBVTT\nX-TIMESTAMP-MAP=") for text in segments)
    assert set().union(*map(cues, segments)) == wanted == cues(fetch(f"{base}/full.vtt").decode())
    crossing = next(cue for cue in wanted if "cross" in cue[1])
    assert crossing in cues(segments[0]) & cues(segments[1])


def test_a_film_plays_over_tls(films):
    url = f"{films.secure_url}/vod/hevc/index.m3u8"
    out = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-tls_verify", "0", "-i", url, "-f", "null", "-"],
                         capture_output=True, text=True)
    assert out.returncode == 0 and not out.stderr, out.stderr
