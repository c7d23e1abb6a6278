"""Running `outpost import` on small films: what its tests share."""

import json
import os
import subprocess

import pytest

OUTPOST = os.environ.get("OUTPOST_BIN", "outpost")


def run(*words, **more):
    return subprocess.run([w if isinstance(w, bytes) else str(w) for w in words], capture_output=True, text=True, errors="replace", timeout=300, **more)


def ffmpeg(*words):
    done = run("ffmpeg", "-v", "error", "-y", *words)
    assert done.returncode == 0, done.stderr


def quickly(words):
    """--copy encodes nothing and takes no preset."""
    return words if "--copy" in words else ("--preset", "ultrafast", *words)


def imported(library, *words):
    done = run(OUTPOST, "import", "--library", library, *quickly(words))
    assert done.returncode == 0, done.stderr
    return done


def refused(library, *words, env=None):
    before, was_there = tree(library), os.path.exists(library)
    done = run(OUTPOST, "import", "--library", library, *quickly(words), env=env)
    assert done.returncode == 1, (done.returncode, done.stderr)
    assert tree(library) == before and os.path.exists(library) == was_there
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
