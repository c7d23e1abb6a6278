"""`outpost import` with a real ffmpeg on small films: what comes out, and what happens when it can't."""

import glob
import json
import os
import signal
import subprocess
import time

import pytest

from importing import OUTPOST, asset, ffmpeg, films, imported, library, refused, run, tracks  # noqa: F401


def packets(path, stream="v:0"):
    """(pts, duration, flags) of every packet in order of presentation, seconds."""
    done = run("ffprobe", "-v", "error", "-select_streams", stream, "-show_entries",
               "packet=pts_time,duration_time,flags", "-of", "csv=p=0", path)
    assert done.returncode == 0, done.stderr
    rows = [line.strip(",").split(",") for line in done.stdout.split() if "N/A" not in line.split(",")[0]]
    return sorted((float(r[0]), r[-1]) for r in rows)


def check_bytes(library, name):
    """The index tells where every segment is, to the byte: moofs, a key frame first, nothing left over."""
    for track in asset(library, name)["tracks"]:
        path = os.path.join(library, name, track["file"])
        with open(path, "rb") as file:
            data = file.read()
        end = track["init_size"]
        for segment in track["segments"]:
            size, offset = segment[1], segment[2]
            assert offset == end
            piece = data[offset:offset + size]
            assert piece.startswith(b"WEBVTT") if track["kind"] == "text" else piece[4:8] == b"moof"
            end = offset + size
        assert end == len(data)
        if track["kind"] == "text":
            continue
        decoded = run("ffmpeg", "-v", "error", "-i", path, "-f", "null", "-")
        assert decoded.returncode == 0 and decoded.stderr == "", decoded.stderr


def check_frames(source, library, name, frame):
    """Every rendition shows the source's pictures at the source's times, to a frame."""
    wanted = [p[0] for p in packets(source)]
    wanted = [t - wanted[0] for t in wanted]
    for track in tracks(library, name, "video"):
        got = [p[0] for p in packets(os.path.join(library, name, track["file"]))]
        assert len(got) == len(wanted)
        assert all(abs(a - got[0] - b) <= frame for a, b in zip(got, wanted))
        total = sum(s[0] for s in track["segments"]) / track["timescale"]
        assert track["start"] == 0
        assert abs(total - (wanted[-1] + frame)) <= frame


def test_a_film_becomes_tracks_with_all_that_it_holds(films, library):
    done = imported(library, films["film"], "--title", "A film", "--segment", "2s")
    assert done.stdout.startswith("film: 4 tracks")
    described = asset(library, "film")
    assert described["title"] == "A film" and described["has_poster"]
    video, = tracks(library, "film", "video")
    assert video["codecs"].startswith("avc1.") and (video["width"], video["height"]) == (320, 180)
    assert [s[0] / video["timescale"] for s in video["segments"]] == [2, 2, 2]
    assert [(a["language"], a["codecs"]) for a in tracks(library, "film", "audio")] == [("en", "mp4a.40.2"),
                                                                                       ("zh", "mp4a.40.2")]
    text, = tracks(library, "film", "text")
    assert text["language"] == "en" and len(text["segments"]) == 3
    check_bytes(library, "film")
    check_frames(films["film"], library, "film", 1 / 25)
    assert sorted(os.listdir(library)) == ["film"]
    wanted = {t["file"] for t in described["tracks"]} | {text["full_file"], "asset.json", "poster.jpg"}
    assert set(os.listdir(os.path.join(library, "film"))) == wanted


def test_subtitles_are_cut_at_the_pictures_borders(films, library, tmp_path):
    own = tmp_path / "own.vtt"
    own.write_text("WEBVTT\n\n00:01.500 --> 00:02.500\nover a border\n")
    imported(library, films["film"], "--segment", "2s", "--subtitles", f"{own}:zh:自己的")
    track = [t for t in tracks(library, "film", "text") if t["language"] == "zh"][0]
    assert track["name"] == "自己的"
    with open(os.path.join(library, "film", track["file"]), "rb") as file:
        data = file.read()
    pieces = [data[s[2]:s[2] + s[1]].decode() for s in track["segments"]]
    assert len(pieces) == 3
    assert all(p.startswith("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n") for p in pieces)
    assert ["over a border" in p for p in pieces] == [True, True, False]


def test_sound_is_cut_near_the_pictures_borders_and_does_not_drift(films, library):
    imported(library, films["ntsc"], "--segment", "2s")
    video, = tracks(library, "ntsc", "video")
    audio, = tracks(library, "ntsc", "audio")
    assert {s[0] for s in video["segments"][:-1]} == {60060} and video["timescale"] == 30000
    at_picture = at_sound = 0
    for picture, sound in zip(video["segments"][:-1], audio["segments"][:-1]):
        at_picture += picture[0] / video["timescale"]
        at_sound += sound[0] / audio["timescale"]
        assert abs(at_picture - at_sound) <= 1024 / 48000
    check_bytes(library, "ntsc")
    check_frames(films["ntsc"], library, "ntsc", 1001 / 30000)


def test_sound_and_picture_stay_together(library, tmp_path):
    """A flash and a click at the same instants come out at the same instants."""
    film = str(tmp_path / "sync.mp4")
    ffmpeg("-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=8,drawbox=c=white:t=fill:enable='lt(mod(t+1,2),0.03)'",
           "-f", "lavfi", "-i", "aevalsrc='sin(2000*PI*t)*lt(mod(t+1,2),0.04)':s=48000:d=8", "-c:v", "libx264", "-c:a",
           "aac", film)
    imported(library, film)
    video, = tracks(library, "sync", "video")
    audio, = tracks(library, "sync", "audio")
    folder = os.path.join(library, "sync")
    light = run("ffprobe", "-v", "error", "-f", "lavfi", "-show_entries", "frame_tags=lavfi.signalstats.YAVG", "-of",
                "csv=p=0", f"movie={folder}/{video['file']},signalstats").stdout.split()
    flashes = [i / 25 for i, y in enumerate(light) if float(y) > 100]
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", f"{folder}/{audio['file']}", "-f", "s16le", "-ac", "1", "-"],
                         capture_output=True, check=True).stdout
    samples = memoryview(raw).cast("h")
    clicks, quiet_since = [], -48000
    for i in range(0, len(samples), 8):
        if abs(samples[i]) > 8000:
            if i - quiet_since > 24000:
                clicks.append(i / 48000)
            quiet_since = i
    assert flashes == [1, 3, 5, 7]
    assert len(clicks) == 4 and all(abs(a - b) < 0.005 for a, b in zip(flashes, clicks)), clicks


def test_a_film_of_varying_frame_rate_keeps_every_picture_and_its_time(films, library):
    imported(library, films["vfr"], "--segment", "2s")
    check_bytes(library, "vfr")
    check_frames(films["vfr"], library, "vfr", 1 / 30)


def test_sound_alone_is_an_asset(films, library):
    imported(library, films["sound"])
    audio, = asset(library, "sound")["tracks"]
    assert audio["kind"] == "audio" and len(audio["segments"]) == 3 and audio["start"] == 0
    check_bytes(library, "sound")


def test_renditions_of_a_ladder_have_the_same_borders(films, library, tmp_path):
    film = str(tmp_path / "hd.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=6", "-c:v", "libx264", "-preset", "ultrafast", film)
    imported(library, film)
    found = tracks(library, "hd", "video")
    assert [t["height"] for t in found] == [720, 540, 360]
    assert len({tuple(s[0] for s in t["segments"]) for t in found}) == 1
    check_bytes(library, "hd")
    check_frames(film, library, "hd", 1 / 25)
    for track in found:
        keys = [i for i, p in enumerate(packets(os.path.join(library, "hd", track["file"]))) if "K" in p[1]]
        assert keys == [0, 100]


def test_hdr_becomes_ten_bit_hevc_that_says_so(library, tmp_path):
    film = str(tmp_path / "pq.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset",
           "ultrafast", "-x265-params", "log-level=error", "-color_primaries", "bt2020", "-color_trc", "smpte2084",
           "-colorspace", "bt2020nc", film)
    assert "--codec hevc" in refused(library, film, "--codec", "h264")
    imported(library, film)
    video, = tracks(library, "pq", "video")
    assert video["codecs"].startswith("hvc1.2.4.L") and video["video_range"] == "PQ"
    facts = run("ffprobe", "-v", "error", "-show_entries", "stream=color_transfer,color_primaries,codec_tag_string,pix_fmt",
                "-of", "csv=p=0", os.path.join(library, "pq", video["file"])).stdout
    assert facts.strip() == "hvc1,yuv420p10le,smpte2084,bt2020"
    check_bytes(library, "pq")


def test_copy_takes_what_is_encoded_as_it_is(films, library):
    imported(library, "--copy", "--id", "copied", films["c360"], films["c180"])
    found = tracks(library, "copied", "video")
    assert [t["height"] for t in found] == [360, 180]
    assert [[s[0] / t["timescale"] for s in t["segments"]] for t in found] == [[4, 4, 4, 4]] * 2
    assert [len(s[3]) for s in found[0]["segments"]] == [2, 2, 2, 2]
    assert len(tracks(library, "copied", "audio")) == 1
    check_bytes(library, "copied")
    for source, track in zip((films["c360"], films["c180"]), found):
        want = run("ffmpeg", "-v", "error", "-i", source, "-map", "0:v", "-f", "md5", "-").stdout
        got = run("ffmpeg", "-v", "error", "-i", os.path.join(library, "copied", track["file"]), "-f", "md5", "-").stdout
        assert want == got


def test_copy_takes_the_sounds_that_cmaf_carries_and_names_those_it_does_not(library, tmp_path):
    def make(name, *codecs):
        path = str(tmp_path / name)
        chosen = [word for i, codec in enumerate(codecs) for word in (f"-c:a:{i}", codec)]
        ffmpeg("-f", "lavfi", "-i", "sine=440:r=48000:d=5", *["-map", "0"] * len(codecs), *chosen, path)
        return path

    imported(library, "--copy", make("many.mkv", "aac", "ac3", "eac3", "libopus", "flac"))
    found = tracks(library, "many", "audio")
    assert [t["codecs"] for t in found] == ["mp4a.40.2", "ac-3", "ec-3", "Opus", "fLaC"]
    assert all(t["channels"] == 1 for t in found)
    check_bytes(library, "many")
    assert "without --copy" in refused(library, "--copy", make("mp3.mkv", "libmp3lame"))


def test_sound_that_begins_later_than_the_picture_keeps_its_place(library, tmp_path):
    film = str(tmp_path / "late.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4", "-itsoffset", "0.5", "-f", "lavfi", "-i",
           "sine=440:d=3", "-c:v", "libx264", "-c:a", "aac", film)
    for words in ((), ("--copy",)):
        imported(library, film, "--replace", *words)
        audio, = tracks(library, "late", "audio")
        silent = run("ffmpeg", "-i", os.path.join(library, "late", audio["file"]), "-af",
                     "silencedetect=noise=0.02:d=0.005", "-f", "null", "-").stderr
        begins = float(silent.split("silence_end: ")[1].split()[0])
        if words:
            begins += audio["start"] / audio["timescale"]
        assert abs(begins - 0.5) < 0.012


def test_the_film_may_be_named_behind_the_subtitles(films, library, tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n")
    imported(library, "--subtitles", f"{tmp_path}/one.vtt:en:E", "--subtitles", f"{tmp_path}/two.vtt:zh", films["sound"])
    assert [t["name"] for t in tracks(library, "sound", "text")] == ["E", "中文"]


def start(library, *words):
    return subprocess.Popen([OUTPOST, "import", "--library", library, "--preset", "medium", *words],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(pattern, process):
    """Until a file is there; the process must still be running then."""
    deadline = time.monotonic() + 120
    while not glob.glob(pattern, recursive=True):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children_of(pid):
    return [int(p) for p in run("pgrep", "-P", pid).stdout.split()]


@pytest.mark.parametrize("number,status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_import_goes_on_where_it_was(films, library, number, status):
    process = start(library, films["large"])
    wait_for(f"{library}/.importing/large/v720.done", process)
    wait_for(f"{library}/.importing/large/v540.part", process)
    encoders = children_of(process.pid)
    process.send_signal(number)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == status
    assert "interrupted" in complaint
    assert not any(os.path.exists(f"/proc/{pid}") for pid in encoders)
    assert os.listdir(library) == [".importing"]
    first, = glob.glob(f"{library}/.importing/large/v720-*.mp4")
    assert not glob.glob(f"{library}/.importing/large/*.part")
    made = os.stat(first)
    run(OUTPOST, "import", "--library", library, "--preset", "medium", films["large"])
    again = os.stat(os.path.join(library, "large", os.path.basename(first)))
    assert (again.st_ino, again.st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    assert os.listdir(library) == ["large"]
    check_bytes(library, "large")


def test_a_killed_import_changes_nothing_and_a_rerun_works(films, library):
    process = start(library, films["large"])
    wait_for(f"{library}/.importing/large/v720.part", process)
    process.kill()
    process.communicate()
    assert os.listdir(library) == [".importing"]
    imported(library, films["large"])
    assert os.listdir(library) == ["large"]
    check_bytes(library, "large")


def test_progress_is_told_to_the_library_page(films, library):
    process = start(library, films["large"], "--title", "Long")
    wait_for(f"{library}/.importing/large/progress.json", process)
    with open(f"{library}/.importing/large/progress.json", encoding="utf-8") as file:
        told = json.load(file)
    assert told["id"] == "large" and told["title"] == "Long" and told["pid"] == process.pid
    assert 0 <= told["percent"] <= 100
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_one_id_is_imported_once_at_a_time(films, library):
    process = start(library, films["large"])
    wait_for(f"{library}/.importing/large/source.key", process)
    second = run(OUTPOST, "import", "--library", library, films["large"])
    assert second.returncode == 1 and "another process is importing" in second.stderr
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130


def test_replace_swaps_the_asset_whole(films, library):
    imported(library, films["sound"], "--id", "x")
    assert "already an asset" in refused(library, films["ntsc"], "--id", "x")
    imported(library, films["ntsc"], "--id", "x", "--replace")
    assert {t["kind"] for t in asset(library, "x")["tracks"]} == {"video", "audio"}
    assert os.listdir(library) == ["x"]
    check_bytes(library, "x")


def test_a_full_disk_is_told_and_nothing_is_published(films, tmp_path):
    library = str(tmp_path / "small")
    os.mkdir(library)
    mounted = run("mount", "-t", "tmpfs", "-o", "size=1m", "none", library)
    if mounted.returncode != 0:
        pytest.skip("mounting is not permitted here")
    try:
        done = run(OUTPOST, "import", "--library", library, "--preset", "ultrafast", films["large"])
        assert done.returncode == 1
        assert "No space left" in done.stderr and "make room" in done.stderr
        assert [n for n in os.listdir(library) if n != ".importing"] == []
        assert not glob.glob(f"{library}/.importing/**/*.part", recursive=True)
    finally:
        run("umount", library)


def test_a_film_with_calm_and_wild_scenes_keeps_its_peaks_in_bounds(library, tmp_path):
    film = str(tmp_path / "wild.mp4")
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=320x180:r=25:d=20", "-f", "lavfi", "-i",
           "nullsrc=s=320x180:r=25:d=4,geq=random(1)*255:128:128", "-filter_complex", "[0][1]concat=n=2:v=1", "-c:v",
           "libx264", "-preset", "ultrafast", film)
    done = imported(library, film, "--segment", "2s")
    video, = tracks(library, "wild", "video")
    rates = [s[1] / s[0] for s in video["segments"]]
    average = sum(s[1] for s in video["segments"]) / sum(s[0] for s in video["segments"])
    assert max(rates) <= 2 * average or "above 200 %" in done.stderr
