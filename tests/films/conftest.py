"""Real films through the real program: made by ffmpeg once, imported once, kept in the build folder."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenario"))

from harness import BIN, Server  # noqa: E402

CACHE = ROOT / "build/films"

SUBTITLES = """WEBVTT

00:00:01.000 --> 00:00:02.500
First words

00:00:03.500 --> 00:00:06.000
These cross the end of a segment

00:00:09.000 --> 00:00:10.000
Last words
"""


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)


def made(path, make):
    """The file, made by make(temporary path) the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name("new-" + path.name)
        make(temporary)
        temporary.rename(path)
    return path


def make_feature(path):
    """12 s at 30000/1001 frames a second with a running picture, two languages and B-frames."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30000/1001:duration=12",
           "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=12",
           "-f", "lavfi", "-i", "sine=frequency=880:sample_rate=44100:duration=12",
           "-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac",
           "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=zho", "-f", "mp4", path)


def make_hevc(path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=10",
           "-f", "lavfi", "-i", "sine=frequency=440:duration=10",
           "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "mp4", path)


def revision():
    """Changes with what decides an import's bytes, so that a library is made anew when its maker changed."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "media").rglob("*.?pp"), ROOT / "base/process.cpp", Path(__file__)]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def import_film(library, *arguments):
    subprocess.run([BIN, "import", *map(str, arguments), "--library", str(library)], check=True)


@pytest.fixture(scope="session")
def sources():
    subtitles = CACHE / "words.vtt"
    CACHE.mkdir(parents=True, exist_ok=True)
    subtitles.write_text(SUBTITLES)
    return {"feature": made(CACHE / "feature.mp4", make_feature), "hevc": made(CACHE / "hevc.mp4", make_hevc),
            "subtitles": subtitles}


@pytest.fixture(scope="session")
def library(sources):
    """feature (H.264, two languages), hevc, subtitled, and the demo film in 2160p."""
    directory = CACHE / f"library-{revision()}"
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / "feature").exists():
        import_film(directory, sources["feature"], "--id", "feature", "--title", "A feature", "--preset", "veryfast")
    if not (directory / "subtitled").exists():
        import_film(directory, sources["hevc"], "--id", "subtitled", "--ladder", "sd", "--preset", "ultrafast",
                    "--subtitles", f"{sources['subtitles']}:en:English")
    if not (directory / "hevc").exists():
        import_film(directory, sources["hevc"], "--id", "hevc", "--title", "In HEVC", "--codec", "hevc",
                    "--preset", "ultrafast")
    if not (directory / "demo").exists():
        import_film(directory, "--demo")
    return directory


class Films:
    """The running server and what it serves."""

    def __init__(self, server, library):
        self.server, self.library = server, library
        self.url = f"http://127.0.0.1:{server.port}"
        self.secure_url = f"https://127.0.0.1:{server.ports[1]}"

    def tracks(self, asset, kind):
        described = json.loads((self.library / asset / "asset.json").read_text())
        return [track for track in described["tracks"] if track["kind"] == kind]


@pytest.fixture(scope="session")
def films(library, tmp_path_factory):
    from harness import certificate_toml, make_certificate
    folder = tmp_path_factory.mktemp("server")
    make_certificate(folder, "localhost")
    server = Server(folder, config=f"""
[[listen]]
address = "127.0.0.1:0"
[[listen]]
address = "127.0.0.1:0"
tls = true
[admin]
address = "127.0.0.1:0"
[library]
directory = "{library}"
""" + certificate_toml("localhost"))
    yield Films(server, library)
    server.stop()
