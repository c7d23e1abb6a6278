"""`outpost import` with a real ffmpeg on small films: what comes out, and what happens when it can't."""

import glob
import json
import os
import signal
import subprocess
import time

import pytest

OUTPOST = os.environ.get("OUTPOST_BIN", "outpost")


def run(*words, **more):
    return subprocess.run([w if isinstance(w, bytes) else str(w) for w in words], capture_output=True, text=True, timeout=300, **more)


def ffmpeg(*words):
    done = run("ffmpeg", "-v", "error", "-y", *words)
    assert done.returncode == 0, done.stderr


def imported(library, *words):
    done = run(OUTPOST, "import", "--library", library, "--preset", "ultrafast", *words)
    assert done.returncode == 0, done.stderr
    return done


def refused(library, *words, env=None):
    before = tree(library)
    done = run(OUTPOST, "import", "--library", library, "--preset", "ultrafast", *words, env=env)
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert tree(library) == before
    line = done.stderr.strip()
    assert line.startswith("outpost: ") and "\n" not in line, done.stderr
    return line


def tree(directory):
    found = {}
    for folder, _, files in os.walk(directory):
        for name in files:
            path = os.path.join(folder, name)
            found[path] = (os.path.getsize(path), os.path.getmtime(path))
    return found


def asset(library, name):
    with open(os.path.join(library, name, "asset.json"), encoding="utf-8") as file:
        return json.load(file)


def tracks(library, name, kind):
    return [t for t in asset(library, name)["tracks"] if t["kind"] == kind]


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


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    picture = "testsrc2=s=320x180:r={}:d={}"

    def make(name, *words):
        path = str(folder / name)
        ffmpeg(*words, path)
        return path

    subtitles = folder / "film.srt"
    subtitles.write_text("1\n00:00:01,000 --> 00:00:03,000\nHello\n\n2\n00:00:05,000 --> 00:00:06,000\nthere\n")
    sound = ["-f", "lavfi", "-i", "sine=440:d=6:r=44100", "-f", "lavfi", "-i", "sine=880:d=6:r=48000"]
    made = {
        "film": make("film.mkv", "-f", "lavfi", "-i", picture.format(25, 6), *sound, "-i", subtitles, "-map", "0",
                     "-map", "1", "-map", "2", "-map", "3", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1",
                     "language=chi", "-metadata:s:s:0", "language=eng", "-c:v", "libx264", "-preset", "veryfast",
                     "-c:a", "aac", "-c:s", "srt"),
        "ntsc": make("ntsc.mp4", "-f", "lavfi", "-i", picture.format("30000/1001", 6), "-f", "lavfi", "-i",
                     "sine=440:d=6", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac"),
        "vfr": make("vfr.mp4", "-f", "lavfi", "-i", picture.format(30, 8), "-vf",
                    "select='not(mod(n,3))+gt(mod(n,50),30)'", "-fps_mode", "vfr", "-c:v", "libx264", "-preset",
                    "veryfast"),
        "sound": make("sound.m4a", "-f", "lavfi", "-i", "sine=440:d=9", "-c:a", "aac"),
        "large": make("large.mp4", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=30", "-c:v", "libx264", "-preset",
                      "ultrafast"),
    }
    x264 = ["-c:v", "libx264", "-preset", "veryfast", "-sc_threshold", "0", "-c:a", "aac"]
    for name, size, distance in (("c360", "640x360", 50), ("c180", "320x180", 50), ("odd", "320x180", 70)):
        made[name] = make(name + ".mp4", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=16", "-f", "lavfi", "-i",
                          "sine=440:d=16", *x264, "-g", distance)
    return made


@pytest.fixture
def library(tmp_path):
    return str(tmp_path / "library")


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


def test_copy_tells_which_files_key_frames_part_and_when(films, library):
    line = refused(library, "--copy", "--id", "copied", films["c360"], films["odd"])
    assert "odd.mp4: its key frames don't line up" in line and "c360.mp4: at 2.000 s" in line


def test_copy_refuses_files_that_are_not_one_film(films, library, tmp_path):
    tall, short, slow = (str(tmp_path / name) for name in ("tall.mp4", "short.mp4", "slow.mp4"))
    for path, size, rate, length in ((tall, "180x320", 25, 16), (short, "320x180", 25, 8), (slow, "320x180", 12, 16)):
        ffmpeg("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={length}", "-c:v", "libx264", "-preset", "ultrafast",
               "-g", str(2 * rate), path)
    for other, why in ((tall, "not of one shape"), (short, "lasts 8.000 s, the other 16.000 s"), (slow, "frames a second")):
        line = refused(library, "--copy", "--id", "copied", films["c360"], other)
        assert other in line and films["c360"] in line and why in line
    assert "is named twice" in refused(library, "--copy", films["c360"], os.path.join(os.path.dirname(films["c360"]), ".", "c360.mp4"))
    assert "not 1s: the key frames" in imported(library, "--copy", "--segment", "1s", films["c360"]).stderr


def test_copy_refuses_a_film_without_key_frames(library, tmp_path):
    film = str(tmp_path / "nokeys.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=30", "-c:v", "libx264", "-preset", "ultrafast", "-g", "9999",
           "-sc_threshold", "0", film)
    assert "no key frame" in refused(library, "--copy", film)


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


def test_copy_refuses_a_codec_by_name(library, tmp_path):
    film = str(tmp_path / "old.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2", "-c:v", "mpeg4", film)
    assert "without --copy" in refused(library, "--copy", film)


def test_bad_input_is_one_clear_line_and_changes_nothing(films, library, tmp_path):
    imported(library, films["sound"])
    (tmp_path / "text.mp4").write_text("not a film at all\n" * 100)
    (tmp_path / "empty.mp4").write_text("")
    (tmp_path / "bad.vtt").write_text("WEBVTT\n\n1\n00:00:01,000 --> 00:00:02,000\nSubRip\n")
    assert "text.mp4: is not a film" in refused(library, tmp_path / "text.mp4")
    assert "empty.mp4: is empty" in refused(library, tmp_path / "empty.mp4")
    assert "gone.mp4: can't be read" in refused(library, tmp_path / "gone.mp4")
    assert "already an asset" in refused(library, films["sound"])
    assert "--id" in refused(library, films["sound"], "--id", "../evil")
    assert "bad.vtt:4" in refused(library, films["ntsc"], "--subtitles", f"{tmp_path}/bad.vtt:en")
    assert "--codec" in refused(library, films["ntsc"], "--codec", "av7")
    nowhere = dict(os.environ, PATH=str(tmp_path))
    line = refused_by(library, films["ntsc"], nowhere)
    assert "not installed" in line and "ffmpeg" in line


def refused_by(library, film, env):
    binary = run("which", OUTPOST).stdout.strip() or OUTPOST
    done = subprocess.run([binary, "import", "--library", library, film], capture_output=True, text=True, env=env,
                          timeout=60)
    assert done.returncode == 1
    return done.stderr


def test_names_that_the_server_would_refuse_are_refused_or_cleaned(films, library, tmp_path):
    text = tmp_path / "f.vtt"
    text.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n")
    for title in (b"\xff\xfe", "x" * 1025, "a\nb", "   "):
        assert "--title: " in refused(library, films["sound"], "--title", title)
    assert "its name: holds control" in refused(library, films["sound"], "--subtitles", f'{text}:en:a\nb"c')
    odd = os.path.join(os.fsencode(tmp_path), b"bad\xff\xfe\n.m4a")
    with open(films["sound"], "rb") as source, open(odd, "wb") as target:
        target.write(source.read())
    imported(library, odd, "--id", "odd", "--subtitles", f'{text}:en:"b" <c>')
    assert asset(library, "odd")["title"] == "bad"
    assert tracks(library, "odd", "text")[0]["name"] == '"b" <c>'


@pytest.mark.parametrize("name", ["film", "large", "ntsc"])
def test_a_film_cut_short_is_told_and_not_published(films, library, tmp_path, name):
    source = films[name]
    whole = str(tmp_path / ("front" + os.path.splitext(source)[1]))
    ffmpeg("-i", source, "-map", "0", "-c", "copy", *(["-movflags", "faststart"] if whole.endswith("mp4") else []), whole)
    with open(whole, "rb") as file:
        data = file.read()
    for share in (0.3, 0.7):
        cut = str(tmp_path / ("cut" + os.path.splitext(source)[1]))
        with open(cut, "wb") as file:
            file.write(data[:int(len(data) * share)])
        assert "cut short" in refused(library, cut)


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
