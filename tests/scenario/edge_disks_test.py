"""Disks that fill up, fail or are small: playback goes on, bounds hold, and the operator is told."""
import os

import pytest

from filling import (BLOCK, FRESH, KIB, MIB, Breaking, Framed, MortalDisk, disk_toml, is_cut, is_hit, object_files,
                     small_file_system)
from harness import pattern, until
from origin import Page

GOOD, FULL, FAILED = 0, 1, 2


def state(server, directory):
    return server.metrics()[f'outpost_disk_state{{disk="{directory}"}}']


def film(number, size=MIB):
    return pattern(f"film {number}", size)


class Films:
    """Any number of films of one size, /0, /1 and so on."""

    def __init__(self, size=MIB, etag=True, framing=None):
        self.size, self.etag, self.framing = size, etag, framing

    def __call__(self, request, connection):
        body = film(request.path.strip("/"), self.size)
        if self.framing:
            Framed(body, self.framing)(request, connection)
        else:
            Page(body, **({} if self.etag else {"etag": None}), **FRESH)(request, connection)


def all_right(server, numbers, size=MIB):
    return all(server.get(f"/{number}").body == film(number, size) for number in numbers)


def outcomes(server, numbers, size=MIB):
    """How many of them were cut; none may be wrong."""
    cuts = 0
    for number in numbers:
        cut, part = is_cut(server, f"/{number}")
        assert film(number, size).startswith(part) and (cut or part == film(number, size))
        cuts += cut
    return cuts


# ---- full


def test_a_full_disk_takes_nothing_new_and_every_body_is_right_all_the_same(origin, edge, tmp_path):
    with small_file_system(tmp_path / "small", 6 * MIB) as disk:
        origin.on("*", Films())
        server = edge(origin, disk_toml(disk), disks=0)
        assert all_right(server, range(14)) and all_right(server, range(14))
        assert until(lambda: state(server, disk) == FULL, "the metrics say so")
        until(lambda: "this cache disk takes nothing new" in server.log(), "the log says so")
        assert is_hit(server.get("/0"))  # what it holds is read
        server.stop()


@pytest.mark.parametrize("films", [Films(etag=False), Films(framing="chunks")], ids=["no-tag", "chunks"])
def test_a_body_that_meets_a_full_disk_without_validator_is_cut_at_worst_and_whole_the_next_time(origin, edge, tmp_path, films):
    with small_file_system(tmp_path / "small", 6 * MIB) as disk:
        origin.on("*", films)
        server = edge(origin, disk_toml(disk), disks=0)
        assert outcomes(server, range(14)) <= 1 and all_right(server, range(14))
        server.stop()


def test_many_readers_of_a_body_that_meets_a_full_disk_get_it_whole(origin, edge, tmp_path):
    with small_file_system(tmp_path / "small", 4 * MIB) as disk:
        body = pattern("large", 12 * MIB)
        page, gate = Page(body, etag='"1"', **FRESH), origin.gate()
        origin.on("/large", lambda request, connection: gate.pass_through(connection.is_alive) and page(request, connection))
        server = edge(origin, disk_toml(disk), disks=0)
        clients = [server.client() for _ in range(6)]
        for client in clients:
            client.ask("/large")
        origin.wait_for(1)
        gate.open()
        assert all(client.reply().body == body for client in clients)
        assert server.get("/large").body == body
        server.stop()


def test_an_edge_with_a_full_disk_starts_again_and_serves(origin, edge, tmp_path):
    with small_file_system(tmp_path / "small", 6 * MIB) as disk:
        origin.on("*", Films())
        server = edge(origin, disk_toml(disk), disks=0)
        assert all_right(server, range(10))
        server.stop()
        server = edge(origin, disk_toml(disk), disks=0)
        assert all_right(server, range(10))
        server.stop()


def test_what_did_not_fit_on_a_full_disk_leaves_no_part_of_it_behind(origin, edge, tmp_path):
    with small_file_system(tmp_path / "small", 5 * MIB) as disk:
        origin.on("*", Films(4 * MIB))
        server = edge(origin, disk_toml(disk), disks=0)
        assert all_right(server, range(4), 4 * MIB)
        # What did not fit is gone, and not a part of it left behind.
        until(lambda: sum(path.stat().st_blocks for path in object_files(disk)) * 512 <= 4 * MIB + 64 * KIB, "it is gone")
        server.stop()


# ---- failed


def test_a_disk_that_dies_is_out_of_service_and_every_body_is_right_all_the_same(origin, edge, tmp_path):
    with MortalDisk(tmp_path / "disk") as disk:
        origin.on("*", Films())
        server = edge(origin, disk_toml(disk.directory), disks=0)
        assert all_right(server, range(8)) and is_hit(server.get("/3"))
        disk.die()
        assert outcomes(server, range(16)) <= 1  # the one that meets it first
        assert all_right(server, range(16)) and all_right(server, range(16))
        assert state(server, disk.directory) == FAILED
        assert "this cache disk is out of service" in server.log() and str(disk.directory) in server.log()
        server.stop()


def test_a_disk_that_dies_under_readers_does_not_hurt_them_when_the_origin_can_go_on(origin, edge, tmp_path):
    with MortalDisk(tmp_path / "disk") as disk:
        body = pattern("large", 24 * MIB)
        origin.on("/large", Page(body, etag='"1"', **FRESH))
        server = edge(origin, disk_toml(disk.directory), disks=0)
        with server.client(receive_buffer=8192) as slow, server.client(receive_buffer=8192) as other:
            for client in (slow, other):
                client.ask("/large")
                assert client.head().status == 200 and client.take(BLOCK) == body[:BLOCK]
            disk.die()
            assert all(client.take(len(body) - BLOCK) == body[BLOCK:] for client in (slow, other))
        server.stop()


def test_when_one_of_two_disks_dies_the_other_goes_on_and_only_the_one_s_objects_are_fetched_again(origin, edge, tmp_path):
    with MortalDisk(tmp_path / "mortal") as disk:
        origin.on("*", Films(300 * KIB))
        server = edge(origin, disk_toml(disk.directory, "256MiB") + disk_toml(tmp_path / "sound", "256MiB"), disks=0)
        assert all_right(server, range(24), 300 * KIB)
        lost = len(object_files(disk.directory))
        assert 0 < lost < 24 and len(object_files(tmp_path / "sound")) == 24 - lost
        disk.die()
        assert outcomes(server, range(24), 300 * KIB) <= 1
        assert all_right(server, range(24), 300 * KIB)
        assert 24 < len(origin.asked()) <= 24 + 2 * lost
        assert (state(server, disk.directory), state(server, tmp_path / "sound")) == (FAILED, GOOD)
        # From now on all is kept on the sound one.
        assert all_right(server, range(24), 300 * KIB)
        assert all(is_hit(server.get(f"/{number}")) for number in range(24))
        assert str(tmp_path / "sound") + ": this cache disk" not in server.log()
        server.stop()


def test_an_edge_whose_only_disk_died_serves_on_and_stops_in_order(origin, edge, tmp_path):
    with MortalDisk(tmp_path / "disk") as disk:
        origin.on("*", Films(10 * KIB))
        server = edge(origin, disk_toml(disk.directory), disks=0)
        assert all_right(server, range(20), 10 * KIB)
        disk.die()
        assert all_right(server, range(40), 10 * KIB)
        server.stop()


def test_a_directory_where_no_file_can_be_made_costs_hits_and_no_reply(origin, edge, tmp_path):
    origin.on("*", Films(300 * KIB))
    server = edge(origin)
    assert all_right(server, range(3), 300 * KIB)
    for path in (tmp_path / "disk0" / "files").iterdir():
        if not any(path.iterdir()):
            path.rmdir()  # what is to be made there meets ENOENT
    assert all_right(server, range(12), 300 * KIB) and is_hit(server.get("/1"))


# ---- bounds


def used(directory):
    return sum(path.stat().st_blocks * 512 for path in object_files(directory))


def test_a_disk_holds_no_more_than_its_size_and_what_left_is_fetched_again(origin, edge, tmp_path):
    origin.on("*", Films(2 * MIB))
    server = edge(origin, disk_toml(tmp_path / "disk", "64MiB"), disks=0)
    assert all_right(server, range(60), 2 * MIB)
    until(lambda: used(tmp_path / "disk") <= 64 * MIB, "what left is removed")
    assert used(tmp_path / "disk") > 40 * MIB
    before = len(origin.asked())
    assert all_right(server, range(60), 2 * MIB)
    assert before < len(origin.asked()) <= before + 60
    until(lambda: used(tmp_path / "disk") <= 64 * MIB, "what left is removed")


def test_what_is_wanted_often_stays_while_what_was_wanted_once_passes_by(origin, edge, tmp_path):
    origin.on("*", Films(2 * MIB))
    server = edge(origin, disk_toml(tmp_path / "disk", "64MiB"), disks=0)
    assert all_right(server, [0] * 4, 2 * MIB)
    for number in range(1, 70):
        assert all_right(server, [number], 2 * MIB)
        if number % 10 == 0:
            assert is_hit(server.get("/0")), f"it has left at {number}"


def test_what_is_pinned_never_leaves(origin, edge, tmp_path):
    origin.on("*", Films(2 * MIB))
    server = edge(origin, disk_toml(tmp_path / "disk", "64MiB"), disks=0, routes=[{"prefix": "/0", "cache": "pin"}])
    assert all_right(server, range(60), 2 * MIB)
    assert is_hit(server.get("/0"))
    server.stop()
    server = edge(origin, disk_toml(tmp_path / "disk", "64MiB"), disks=0, routes=[{"prefix": "/0", "cache": "pin"}])
    assert is_hit(server.get("/0")) and all_right(server, range(60, 110), 2 * MIB) and is_hit(server.get("/0"))


def test_a_size_that_was_lowered_is_kept_after_the_restart(origin, edge, tmp_path):
    origin.on("*", Films(2 * MIB))
    server = edge(origin, disk_toml(tmp_path / "disk", "128MiB"), disks=0)
    assert all_right(server, range(50), 2 * MIB)
    server.stop()
    server = edge(origin, disk_toml(tmp_path / "disk", "64MiB"), disks=0)
    until(lambda: used(tmp_path / "disk") <= 64 * MIB, "what is too much leaves")
    assert all_right(server, range(50), 2 * MIB)


def test_an_object_that_leaves_under_its_reader_is_read_to_its_end(origin, edge, tmp_path):
    origin.on("*", Films(16 * MIB))
    server = edge(origin, disk_toml(tmp_path / "disk", "64MiB"), disks=0)
    with server.client(receive_buffer=8192) as slow:
        slow.ask("/0")
        assert slow.head().status == 200
        assert all_right(server, range(1, 9), 16 * MIB)
        assert slow.take(16 * MIB) == film(0, 16 * MIB)


def test_an_object_that_leaves_while_it_is_filled_is_read_to_its_end(origin, edge, tmp_path):
    steps = origin.gate()

    def slow(request, connection):
        connection.head(200, {"Content-Length": 8 * MIB, "Cache-Control": "max-age=600"})
        connection.send(film("slow", 8 * MIB)[:5 * MIB])
        steps.pass_through(connection.is_alive)
        connection.send(film("slow", 8 * MIB)[5 * MIB:])

    origin.on("*", Films(16 * MIB)).on("/slow", slow)
    server = edge(origin, disk_toml(tmp_path / "disk", "64MiB"), disks=0, pool={"idle_timeout": "20s"})
    with server.client() as client:
        client.ask("/slow")
        assert client.head().status == 200
        assert all_right(server, range(1, 9), 16 * MIB)
        steps.open()
        assert client.take(8 * MIB) == film("slow", 8 * MIB)
    assert state(server, tmp_path / "disk") == GOOD


def test_memory_files_hold_no_more_than_the_memory_told(origin, edge):
    origin.on("*", Films(MIB))
    server = edge(origin, '[cache]\nmemory = "8MiB"\n', disks=0)
    assert all_right(server, range(30))
    assert server.metrics()["outpost_edge_memory_bytes"] <= 8 * MIB
    assert is_hit(server.get("/29"))
    before = len(origin.asked())
    assert all_right(server, range(30)) and len(origin.asked()) >= before + 20


def test_small_bodies_beyond_the_memory_are_found_on_the_disk(origin, edge):
    origin.on("*", Films(40 * KIB))
    server = edge(origin, '[cache]\nmemory = "1MiB"\n')
    assert all_right(server, range(100), 40 * KIB)
    assert server.metrics()["outpost_edge_memory_bytes"] <= MIB
    assert all_right(server, range(100), 40 * KIB) and len(origin.asked()) == 100


def test_no_more_files_are_kept_open_than_told_and_the_others_are_hits_too(origin, edge):
    origin.on("*", Films(70 * KIB))
    server = edge(origin, "[cache]\nopen_objects = 64\n")
    assert all_right(server, range(200), 70 * KIB)
    opened = [os.readlink(f"/proc/{server.pid}/fd/{each}") for each in os.listdir(f"/proc/{server.pid}/fd")
              if os.path.exists(f"/proc/{server.pid}/fd/{each}")]
    assert sum("/files/" in each for each in opened) <= 70
    assert server.metrics()["outpost_edge_entries"] <= 64
    assert all_right(server, range(200), 70 * KIB) and len(origin.asked()) == 200


def test_a_disk_that_is_taken_away_takes_only_its_share_with_it(origin, edge, tmp_path):
    origin.on("*", Films(300 * KIB))
    one, two = disk_toml(tmp_path / "one", "256MiB"), disk_toml(tmp_path / "two", "256MiB")
    server = edge(origin, one + two, disks=0)
    assert all_right(server, range(24), 300 * KIB)
    server.stop()
    left = len(object_files(tmp_path / "one"))
    assert 0 < left < 24
    server = edge(origin, one, disks=0)
    assert all_right(server, range(24), 300 * KIB) and len(origin.asked()) == 24 + (24 - left)
    server.stop()
    server = edge(origin, one + two, disks=0)  # both hold some of them now
    assert all_right(server, range(24), 300 * KIB) and len(origin.asked()) == 48 - left


def test_an_edge_without_a_disk_serves_ranges_resumes_and_shares_as_one_with(origin, edge):
    body = pattern("film", 9 * BLOCK + 5)
    origin.on("/film", Breaking(body, 5 * BLOCK + 9, etag='"1"'))
    server = edge(origin, disks=0, pool={"eject_after": 1000})
    assert server.get("/film", "Range: bytes=300000-300009").body == body[300000:300010]
    assert server.get("/film").body == body and is_hit(server.get("/film"))
    part = server.get("/film", "Range: bytes=-9")
    assert is_hit(part) and part.body == body[-9:]
