"""Chromium plays the films on Outpost's own pages (tests/players, driven by playwright)."""

import os
import subprocess
from pathlib import Path

PLAYERS = Path(__file__).resolve().parents[1] / "players"


def test_chromium_plays_hls_and_dash_on_the_pages(films):
    env = {**os.environ, "OUTPOST_URL": films.url, "OUTPOST_ASSET": "demo", "OUTPOST_HEVC_ASSET": "hevc"}
    done = subprocess.run(["npm", "test", "--silent"], cwd=PLAYERS, env=env)
    assert done.returncode == 0
