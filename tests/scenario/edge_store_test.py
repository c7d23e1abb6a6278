"""What an edge keeps outlives it; what is damaged, at rest or under way, is noticed and fetched again."""
import os
import shutil
import sqlite3
import subprocess

import pytest

from filling import (BLOCK, FRESH, KIB, MIB, Framed, flip_bit, forget_pages, is_cut, is_hit, object_files, only_file,
                     together)
from harness import BIN, edge_toml, pattern, until
from origin import Page

SIZE = 5 * BLOCK + 321
BODY = pattern("film", SIZE)
SMALL_BODY = pattern("small", 20 * KIB)


@pytest.fixture
def disk(tmp_path):
    return tmp_path / "disk0"


def again(server, edge, origin, **options):
    """Stopped in order, and started with what is on its disk."""
    server.stop()
    return edge(origin, **options)


def filled(origin, edge, etag='"1"', **options):
    """An edge that has the film, whole and written down."""
    origin.on("/film", Page(BODY, etag=etag, **FRESH))
    server = edge(origin, **options)
    assert server.get("/film").body == BODY
    assert is_hit(until(lambda: (reply := server.get("/film")) and is_hit(reply) and reply, "it is kept"))
    return server


def asked_for(origin, path="/film"):
    return [request["Range"] for request in origin.asked(path)]


# ---- a restart


@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
@pytest.mark.parametrize("size", [0, 500, 64 * KIB, 64 * KIB + 1, BLOCK, SIZE])
def test_what_was_stored_is_a_hit_after_a_restart_and_its_age_goes_on(origin, edge, size, framing):
    body = pattern("kept", size)
    origin.on("/kept", Framed(body, framing, etag='"1"', age="100", x_other="value"))
    server = edge(origin)
    assert server.get("/kept").body == body
    server = again(server, edge, origin)
    reply = server.get("/kept")
    assert is_hit(reply) and (reply.status, reply.body) == (200, body)
    assert int(reply["Age"]) >= 100 and (reply["ETag"], reply["x-other"]) == ('"1"', "value")
    assert reply["Content-Length"] == str(size) and len(origin.asked()) == 1


@pytest.mark.parametrize("status, fields", [(404, {}), (410, {}), (301, {"location": "/else"}), (203, {})])
def test_answers_of_other_statuses_are_kept_over_a_restart_too(origin, edge, status, fields):
    origin.on("/page", Page("text", status=status, **FRESH, **fields))
    server = edge(origin)
    assert server.get("/page").status == status
    reply = again(server, edge, origin).get("/page")
    assert is_hit(reply) and (reply.status, reply.body, reply["Location"]) == (status, b"text", fields.get("location"))
    assert len(origin.asked()) == 1


def test_variants_are_told_apart_after_a_restart(origin, edge):
    origin.on("/page", lambda request, connection: connection.reply(
        200, {"Cache-Control": "max-age=60", "Vary": "Accept-Language"}, request["Accept-Language"].encode()))
    server = edge(origin)
    for language in ("en", "fr", "de"):
        server.get("/page", f"Accept-Language: {language}")
    server = again(server, edge, origin)
    replies = [server.get("/page", f"Accept-Language: {language}") for language in ("de", "en", "fr")]
    assert [reply.body for reply in replies] == [b"de", b"en", b"fr"] and all(map(is_hit, replies))
    assert server.get("/page", "Accept-Language: es").body == b"es" and len(origin.asked()) == 4


def test_parts_are_kept_over_a_restart_and_only_the_gaps_are_fetched(origin, edge):
    origin.on("/film", Page(BODY, etag='"1"', **FRESH))
    server = edge(origin)
    assert server.get("/film", f"Range: bytes={2 * BLOCK}-{2 * BLOCK + 9}").status == 206
    until(lambda: server.metrics()["outpost_edge_fills"] == 0, "the block is whole")
    server = again(server, edge, origin)
    part = server.get("/film", f"Range: bytes={2 * BLOCK + 5}-{3 * BLOCK - 1}")
    assert is_hit(part) and part.body == BODY[2 * BLOCK + 5:3 * BLOCK]
    assert server.get("/film").body == BODY
    assert origin.sent_body_bytes["/film"] == SIZE


def test_a_fill_that_a_stop_ended_is_completed_after_the_restart(origin, edge):
    def half(request, connection):
        if request["Range"]:
            Page(BODY, etag='"1"', **FRESH)(request, connection)
            return
        connection.head(200, {"ETag": '"1"', "Cache-Control": "max-age=60", "Content-Length": SIZE})
        connection.send(BODY[:3 * BLOCK + 100])
        connection.hold()

    origin.on("/film", half)
    server = edge(origin, pool={"idle_timeout": "20s"})
    with server.client() as client:
        client.ask("/film")
        assert client.head().status == 200 and client.take(3 * BLOCK) == BODY[:3 * BLOCK]
    server = again(server, edge, origin)
    assert server.get("/film").body == BODY
    assert origin.asked()[1]["Range"] in (f"bytes={3 * BLOCK}-{SIZE - 1}", None)


def test_what_is_stale_after_a_restart_is_validated_and_not_fetched(origin, edge):
    origin.on("/film", Page(BODY, etag='"1"', cache_control="max-age=10", age="50"))
    server = edge(origin)
    assert server.get("/film").body == BODY
    reply = again(server, edge, origin).get("/film")
    assert reply.body == BODY and origin.asked()[1]["If-None-Match"] == '"1"'
    assert origin.sent_body_bytes["/film"] == SIZE


def test_what_a_304_changed_is_kept_over_a_restart(origin, edge):
    page = Page(SMALL_BODY, etag='"1"', cache_control="max-age=10", age="50")
    origin.on("/page", page)
    server = edge(origin)
    assert server.get("/page").body == SMALL_BODY
    page.fields.update({"cache-control": "max-age=600", "x-new": "yes", "age": None})
    assert server.get("/page")["X-New"] == "yes"
    reply = again(server, edge, origin).get("/page")
    assert is_hit(reply) and reply["X-New"] == "yes" and len(origin.asked()) == 2


def test_what_was_replaced_does_not_return_after_a_restart(origin, edge, disk):
    page = Page(BODY, cache_control="max-age=10", age="50", etag='"1"')
    origin.on("/film", page)
    server = edge(origin)
    assert server.get("/film").body == BODY
    page.body, page.fields["etag"], page.fields["age"] = pattern("new", SIZE), '"2"', None
    assert server.get("/film").body == page.body
    server = again(server, edge, origin)
    reply = server.get("/film")
    assert is_hit(reply) and reply.body == page.body
    until(lambda: len(object_files(disk)) == 1, "the old one's file is gone")


def test_many_objects_are_all_there_after_a_restart(origin, edge):
    bodies = {f"/{number}": pattern(number, number * 7919 % (200 * KIB)) for number in range(120)}
    for path, body in bodies.items():
        origin.on(path, Page(body, **FRESH))
    server = edge(origin)
    assert all(server.get(path).body == body for path, body in bodies.items())
    server = again(server, edge, origin)
    replies = {path: server.get(path) for path in bodies}
    assert all(is_hit(reply) and reply.body == bodies[path] for path, reply in replies.items())
    assert len(origin.asked()) == 120


# ---- damage at rest


@pytest.mark.parametrize("block", [0, 2, 5])
def test_a_flipped_bit_is_noticed_and_its_block_alone_is_fetched_again(origin, edge, disk, block):
    server = filled(origin, edge)
    server.stop()
    flip_bit(only_file(disk), block * BLOCK + 300)
    server = edge(origin)
    assert server.get("/film").body == BODY
    assert asked_for(origin) == [None, f"bytes={block * BLOCK}-{min((block + 1) * BLOCK, SIZE) - 1}"]
    until(lambda: is_hit(server.get("/film")), "it is mended")
    assert server.get("/film").body == BODY
    assert is_hit(again(server, edge, origin).get("/film")) and len(asked_for(origin)) == 2


def test_a_flipped_bit_of_what_has_no_strong_validator_has_it_fetched_whole(origin, edge, disk):
    server = filled(origin, edge, etag=None)
    server.stop()
    flip_bit(only_file(disk), 3)
    server = edge(origin)
    assert server.get("/film").body == BODY and asked_for(origin) == [None, None]
    assert is_hit(server.get("/film"))


def test_a_flipped_bit_behind_the_first_block_without_validator_cuts_and_then_is_fetched(origin, edge, disk):
    server = filled(origin, edge, etag=None)
    server.stop()
    flip_bit(only_file(disk), 5 * BLOCK + 3)
    server = edge(origin)
    cut, part = is_cut(server, "/film")
    assert BODY.startswith(part) and (cut or part == BODY)
    assert server.get("/film").body == BODY and server.get("/film").body == BODY


def truncate(path):
    os.truncate(path, 2 * BLOCK + 10)


def replace(path):
    path.unlink()
    path.write_bytes(pattern("another", SIZE))
    forget_pages(path)


def make_link(path):
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_bytes(pattern("secret", SIZE))
    path.unlink()
    path.symlink_to(elsewhere)


def make_directory(path):
    path.unlink()
    path.mkdir()


DAMAGES = [os.unlink, truncate, lambda path: os.truncate(path, 0), replace, make_link, make_directory]
NAMES = ["gone", "short", "empty", "another", "link", "directory"]


@pytest.mark.parametrize("etag", ['"1"', None])
@pytest.mark.parametrize("damage", DAMAGES, ids=NAMES)
def test_a_file_that_was_damaged_at_rest_is_never_sent(origin, edge, disk, damage, etag):
    server = filled(origin, edge, etag=etag)
    server.stop()
    damage(only_file(disk))
    server = edge(origin)
    cut, part = is_cut(server, "/film")
    assert BODY.startswith(part) and (cut or part == BODY) and not (cut and etag)
    assert server.get("/film").body == BODY
    assert until(lambda: is_hit(server.get("/film")), "it is whole again") and server.get("/film").body == BODY
    assert "out of service" not in server.log()


def test_a_small_body_that_was_damaged_in_the_database_is_fetched_again(origin, edge, disk):
    origin.on("/small", Page(SMALL_BODY, **FRESH)).on("/other", Page("other", **FRESH))
    server = edge(origin)
    assert server.get("/small").body == SMALL_BODY and server.get("/other").body == b"other"
    server.stop()
    with sqlite3.connect(disk / "index.db") as database:
        database.execute("UPDATE body SET bytes = ? WHERE length(bytes) > 100", (bytes(len(SMALL_BODY)),))
    database.close()
    server = edge(origin)
    assert server.get("/small").body == SMALL_BODY and is_hit(server.get("/small"))
    assert is_hit(server.get("/other")) and len(origin.asked("/small")) == 2


def drop_database(disk):
    for path in disk.glob("index.db*"):
        path.unlink()


def scribble(disk):
    (disk / "index.db").write_bytes(pattern("scribble", 100 * KIB))


def scribble_within(disk):
    path = disk / "index.db"
    data = bytearray(path.read_bytes())
    data[4096:] = pattern("pages", len(data) - 4096)
    path.write_bytes(data)


def cut_database(disk):
    os.truncate(disk / "index.db", (disk / "index.db").stat().st_size // 2)


@pytest.mark.parametrize("damage", [drop_database, scribble, scribble_within, cut_database])
def test_a_database_that_is_gone_or_broken_means_an_empty_disk_and_no_wrong_byte(origin, edge, disk, damage):
    origin.on("/small", Page(SMALL_BODY, **FRESH))
    server = filled(origin, edge)
    assert server.get("/small").body == SMALL_BODY
    server.stop()
    old = only_file(disk)
    damage(disk)
    server = edge(origin)
    assert server.get("/film").body == BODY and server.get("/small").body == SMALL_BODY
    if damage is not drop_database and not is_hit(server.get("/film")):
        # Found broken only as it was used: the next start begins empty.
        server = again(server, edge, origin)
        assert server.get("/film").body == BODY and server.get("/small").body == SMALL_BODY
    assert is_hit(server.get("/film")) and is_hit(server.get("/small"))
    until(lambda: not old.exists() and len(object_files(disk)) == 1, "the files that nobody knows are swept")
    server = again(server, edge, origin)
    assert is_hit(server.get("/film")) and server.get("/film").body == BODY


def test_all_that_is_not_the_lock_may_be_taken_away_between_runs(origin, edge, disk):
    server = filled(origin, edge)
    server.stop()
    shutil.rmtree(disk)
    disk.mkdir()
    server = edge(origin)
    assert server.get("/film").body == BODY and is_hit(server.get("/film"))


def test_files_that_nobody_knows_are_swept_and_strangers_are_left(origin, edge, disk):
    server = filled(origin, edge)
    server.stop()
    known = only_file(disk)
    orphan = disk / "files" / "07" / "0000000100000007"
    stranger = disk / "files" / "07" / "README"
    orphan.write_bytes(b"x" * 1000)
    stranger.write_bytes(b"mine")
    server = edge(origin)
    until(lambda: not orphan.exists(), "it is swept")
    assert known.exists() and stranger.exists() and is_hit(server.get("/film"))


# ---- damage under way


@pytest.mark.parametrize("block", [0, 3, 5])
def test_a_bit_that_flips_under_a_running_edge_is_noticed_once_it_is_read_anew(origin, edge, disk, block):
    server = filled(origin, edge)
    flip_bit(only_file(disk), block * BLOCK + 77)
    replies = together([lambda: server.get("/film").body] * 5)
    assert replies == 5 * [BODY]
    assert asked_for(origin)[1:] == [f"bytes={block * BLOCK}-{min((block + 1) * BLOCK, SIZE) - 1}"]
    assert "not what was stored" in server.log()
    assert is_hit(server.get("/film"))


def test_a_sound_part_of_a_damaged_file_is_a_hit(origin, edge, disk):
    server = filled(origin, edge)
    flip_bit(only_file(disk), 4 * BLOCK + 5)
    part = server.get("/film", "Range: bytes=100-299")
    assert is_hit(part) and part.body == BODY[100:300] and len(asked_for(origin)) == 1


@pytest.mark.parametrize("etag", ['"1"', None])
def test_a_file_cut_short_under_a_running_edge_is_never_sent_short(origin, edge, disk, etag):
    server = filled(origin, edge, etag=etag)
    path = only_file(disk)
    os.truncate(path, BLOCK + 5)
    forget_pages(path)
    cut, part = is_cut(server, "/film")
    assert BODY.startswith(part) and (cut or part == BODY) and not (cut and etag)
    assert server.get("/film").body == BODY and server.get("/film").body == BODY


def test_a_file_removed_under_a_running_edge_is_served_or_fetched_again(origin, edge, disk):
    server = filled(origin, edge)
    only_file(disk).unlink()
    assert server.get("/film").body == BODY
    server = again(server, edge, origin)
    assert server.get("/film").body == BODY and is_hit(server.get("/film"))


def test_the_background_check_finds_what_nobody_reads(origin, edge, disk):
    server = filled(origin, edge)
    server.stop()
    flip_bit(only_file(disk), 2 * BLOCK)
    with sqlite3.connect(disk / "index.db") as database:  # as if the last check had begun long ago
        database.execute("UPDATE meta SET value = '0' WHERE name = 'scrub.begun'")
    database.close()
    server = edge(origin, '[cache]\nscrub_rate = "1000000Mbps"\n')
    name = f'outpost_disk_scrub_bad_total{{disk="{disk}"}}'
    until(lambda: server.metrics().get(name) == 1, "the check has found it")
    assert server.get("/film").body == BODY and asked_for(origin) == [None, None]


# ---- one server a directory


def test_a_second_server_on_the_same_directory_is_refused_and_says_why(origin, edge, tmp_path, disk):
    server = filled(origin, edge)
    other = tmp_path / "other.toml"
    other.write_text(edge_toml(tmp_path, origin))
    done = subprocess.run([BIN, "serve", "--config", other], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and "another server uses this cache directory" in done.stderr and str(disk) in done.stderr
    assert is_hit(server.get("/film"))


def test_a_directory_that_is_missing_is_refused_with_what_to_do(origin, tmp_path):
    text = edge_toml(tmp_path, origin).replace(str(tmp_path / "disk0"), str(tmp_path / "none" / "disk"))
    (tmp_path / "bad.toml").write_text(text)
    done = subprocess.run([BIN, "serve", "--config", tmp_path / "bad.toml"], capture_output=True, text=True, timeout=30)
    assert done.returncode != 0 and str(tmp_path / "none" / "disk") in done.stderr
