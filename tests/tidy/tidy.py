"""The rules of the house, checked on the text of the tree: layers, clocks, libraries behind doors, sizes."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Which layers a layer may include, itself aside. Order: base, then its four users, then media and cdn, then server.
LAYERS = {
    "base": set(),
    "config": {"base"},
    "auth": {"base"},
    "manifest": {"base"},
    "cdn/policy": {"base"},
    "media": {"base", "manifest"},
    "cdn": {"base", "cdn/policy", "manifest"},
    "programme": {"base", "manifest", "media", "cdn"},
    "fleet": {"base", "manifest", "media", "cdn"},
    "server": {"base", "config", "auth", "manifest", "cdn/policy", "media", "cdn", "programme", "fleet"},
    "bench": {"base", "config", "auth", "manifest", "media"},
}

# What may appear only behind certain doors: pattern, where it may, why.
DOORS = [
    (r"#include [<\"]boost/(asio|beast)", ("base/async", "cdn/", "server/"), "Asio and Beast stay in base/async, cdn and server"),
    (r"#include <openssl/(ssl|tls)", ("server/tls/", "cdn/origin"), "OpenSSL's TLS stays in server/tls and cdn's origin client"),
    (r"(system_clock|steady_clock)::now\(\)", ("base/clock",), "only base/clock asks what time it is"),
    (r"#include <toml\+\+", ("config/",), "toml++ stays in config"),
    (r"#include <pugixml", ("manifest/dash/",), "pugixml stays in manifest/dash"),
    (r"#include <sqlite3", ("base/sqlite",), "SQLite stays in base/sqlite"),
    (r"#include <spdlog", ("base/log",), "spdlog stays in base/log"),
    (r"#include <boost/json", ("media/asset", "base/", "auth/", "cdn/purge/", "server/commands/"), "Boost.JSON stays where JSON is read"),
    (r"#include <hiredis/", ("base/redis/connection.cpp",), "hiredis stays in base/redis/connection.cpp"),
    (r"#include <re2/", ("auth/pattern.cpp",), "RE2 stays in auth/pattern.cpp"),
    (r"#include <CLI/", ("server/commands/", "server/main"), "CLI11 stays with the commands"),
    (r"#include \"config/", ("config/", "server/main", "server/node", "server/commands/"),
     "only server/main, server/node and the commands see Settings"),
]

MOST_LINES = 500
MOST_FUNCTION_LINES = 70
MOST_FILE_KB = 300
FIXTURES_KB = 1024
FORBIDDEN_WORDS = re.compile(r"\b(class|struct) \w*(Manager|Helper|Util)s?\b")
MACHINE_PATHS = re.compile(r"/(?:home|root|Users)/\w+/")


def tracked():
    # Untracked files that are not ignored count too: a rule should speak before the commit.
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(line) for line in out.stdout.splitlines() if (ROOT / line).is_file()]


def layer_of(path):
    text = str(path)
    for layer in ("cdn/policy", *LAYERS):
        if text.startswith(layer + "/"):
            return layer
    return None


def check_layers(path, lines):
    layer = layer_of(path)
    if layer is None:
        return
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include "([^"]+)"', line)
        if not match:
            continue
        other = layer_of(match.group(1))
        if other is None:
            yield number, f'"{match.group(1)}" is in no layer'
        elif other != layer and other not in LAYERS[layer]:
            yield number, f"{layer} may not include {other}"


def check_doors(path, lines):
    if path.parts[0] in ("tests", "cmake", "bench"):
        return
    for number, line in enumerate(lines, 1):
        for pattern, doors, why in DOORS:
            if re.search(pattern, line) and not str(path).startswith(doors):
                yield number, why


def check_functions(path, lines):
    """A definition begins at the left edge and ends in a brace at the left edge; types are no functions."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "}" and start is not None:
            if number - start > MOST_FUNCTION_LINES:
                yield start, f"a function of {number - start} lines; at most {MOST_FUNCTION_LINES}"
            start = None
        elif re.match(r"[A-Za-z]", line):
            start = None if re.match(r"(class|struct|enum|union|namespace|template|extern)\b", line) else number


def check_coroutines(lines):
    for number, line in enumerate(lines, 1):
        if re.search(r"(&&|\|\|)[^;]*co_await|while \(.*co_await", line):
            yield number, "g++ 12 awaits behind && and || and in loop conditions regardless: name the awaited value first"


def check_source(path):
    text = (ROOT / path).read_text()
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        yield len(lines), f"{len(lines)} lines; at most {MOST_LINES}"
    if path.suffix == ".hpp" and "#pragma once" not in text:
        yield 1, "a header begins with #pragma once"
    for number, line in enumerate(lines, 1):
        if FORBIDDEN_WORDS.search(line):
            yield number, "no Manager, Helper or Util: name what it is"
    if path.suffix in (".cpp", ".hpp"):
        yield from check_layers(path, lines)
        yield from check_doors(path, lines)
        yield from check_functions(path, lines)
        yield from check_coroutines(lines)


def main():
    problems = []
    fixtures = 0
    for path in tracked():
        if path.suffix in (".cpp", ".hpp", ".py", ".js", ".mjs") and "node_modules" not in path.parts:
            problems += [f"{path}:{line}: {what}" for line, what in check_source(path)]
        size = (ROOT / path).stat().st_size
        if size > MOST_FILE_KB * 1024:
            problems.append(f"{path}:1: {size // 1024} KiB; large files do not belong here")
        if path.suffix in (".mp4", ".m4s", ".jpg", ".png", ".webp", ".mp3", ".aac"):
            fixtures += size
        try:
            content = (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue
        if path.name != "tidy.py" and (match := MACHINE_PATHS.search(content)):
            problems.append(f"{path}:1: a path of one machine: {match.group(0)}")
    if fixtures > FIXTURES_KB * 1024:
        problems.append(f"fixtures: {fixtures // 1024} KiB of binary media; at most {FIXTURES_KB}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"house rules: {len(problems)} broken")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
