"""What `outpost import` refuses: one clear line, and the library stays as it was."""

import os
import subprocess

import pytest

from importing import OUTPOST, asset, ffmpeg, films, imported, library, refused, run, tracks  # noqa: F401


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


def test_copy_tells_which_files_key_frames_part_and_when(films, library):
    line = refused(library, "--copy", "--id", "copied", films["c360"], films["odd"])
    assert "odd.mp4: its key frames don't line up" in line and "c360.mp4: at 2.000 s" in line


def test_copy_refuses_a_film_without_key_frames(library, tmp_path):
    film = str(tmp_path / "nokeys.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=30", "-c:v", "libx264", "-preset", "ultrafast", "-g", "9999",
           "-sc_threshold", "0", film)
    assert "no key frame" in refused(library, "--copy", film)


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
    (tmp_path / "empty.vtt").write_text("")
    assert "empty.vtt:1: " in refused(library, films["ntsc"], "--subtitles", f"{tmp_path}/empty.vtt:en")
    assert "--library: is empty" in refused("", films["ntsc"])
    assert "--subtitles :en:E: names no file" in refused(library, films["ntsc"], "--subtitles", ":en:E")
    assert "empty.mp4: is empty" in refused(library, tmp_path / "empty.mp4")
    assert "gone.mp4: can't be read" in refused(library, tmp_path / "gone.mp4")
    assert f"{films['sound']}: there is already an asset of the id sound" in refused(library, films["sound"])
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


def test_options_that_contradict_each_other_are_refused(films, library):
    for words in (("--ladder", "hd"), ("--codec", "h264"), ("--preset", "fast")):
        done = run(OUTPOST, "import", "--library", library, "--copy", *words, films["c360"])
        assert done.returncode == 2 and "--copy" in done.stderr and words[0] in done.stderr
    done = run(OUTPOST, "import", "--library", library, "--demo", films["c360"])
    assert done.returncode == 2 and "--demo makes a film of its own" in done.stderr
    assert not os.path.exists(library)


def test_names_that_the_server_would_refuse_are_refused_or_cleaned(films, library, tmp_path):
    text = tmp_path / "f.vtt"
    text.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n")
    for title in (b"\xff\xfe", "x" * 1025, "a\nb", "   "):
        assert "--title: " in refused(library, films["sound"], "--title", title)
    assert "its name: holds control" in refused(library, films["sound"], "--subtitles", f'{text}:en:a\nb"c')
    # A line end in a name stays inside the one line.
    odd = os.path.join(os.fsencode(tmp_path), b"bad\xff\xfe\n.m4a")
    with open(films["sound"], "rb") as source, open(odd, "wb") as target:
        target.write(source.read())
    assert "bad" in refused(library, odd, "--id", "no id")
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


@pytest.mark.parametrize("name", ["still.png", "still.jpg", "still.gif", "still.mp4"])
def test_a_still_picture_is_not_a_film(library, tmp_path, name):
    picture = str(tmp_path / name)
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-frames:v", "1", picture)
    assert f"{name}: is a picture, not a film" in refused(library, picture)


def test_names_that_are_not_ascii_get_ids_of_their_own(films, library, tmp_path):
    ids = set()
    for name in ("第1集.m4a", "课1.m4a", "山河 电影.m4a"):
        os.link(films["sound"], tmp_path / name)
        ids.add(imported(library, tmp_path / name).stdout.split(":")[0])
    assert len(ids) == 3 and set(os.listdir(library)) == ids
    assert "第1集.m4a: there is already an asset" in refused(library, tmp_path / "第1集.m4a")
