"""The store on disk: what was gathered is there once, merged, bounded, and can be forgotten."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys

import pytest

from nxcast.consumers.client.position import Position
from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store import database, rows
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.gathering import Gathered
from nxcast.consumers.store.rows import FailureRow, RRsetRow
from tests.consumers.store.conftest import TIME_NS, TIME_S, TXT, A, rr, wire

DAY_NS = 86_400 * 10**9
ZONE = "example.com."
HUGE = 1 << 40


@pytest.fixture
def store(tmp_path):
    with Store(str(tmp_path / "store")) as opened:
        yield opened


def gathered(*records, now_s=TIME_S):
    made = Gathered()
    made.take(records, now_s)
    return made


def address(seen, name, last=1, **more):
    return seen.answer(name, A, ZONE, answers=[rr(name, A, bytes([192, 0, 2, last]))], **more)


def missing(make, name, zone=ZONE, **more):
    return make.nxdomain(qname=name, qtype=A, soa_rrname=zone, **{"time_ns": TIME_NS, **more})


def sums(store):
    rrsets = sum(row.count for row in store.rrsets())
    failures = sum(row.count for row in store.failures()) + sum(row.count for row in store.floods())
    return rrsets, failures


def assert_balanced(store):
    told = store.account
    rrsets, failures = sums(store)
    assert rrsets + told["forgotten.rrsets"] == told["rrsets"] + told["imported.rrsets"]
    assert failures + told["forgotten.failures"] == told["failures"]
    dropped = sum(count for name, count in told.items() if name.startswith("dropped."))
    outcomes = sum(told[each] for each in ("answered", "nodata", "failed", "denial"))
    assert told["received"] == outcomes + dropped


def test_what_is_seen_again_is_one_row_with_first_last_and_count(store, seen):
    store.write(
        gathered(address(seen, "a.example.com."), address(seen, "A.example.com.", time_ns=TIME_NS + 10**9))
    )
    store.write(gathered(address(seen, "a.example.com.", time_ns=TIME_NS - 10**9)))
    (row,) = store.rrsets()
    assert row == RRsetRow(
        wire("a.example.com."), A, wire(ZONE), (bytes([192, 0, 2, 1]),), TIME_S - 1, TIME_S + 1, 3
    )
    assert_balanced(store)


def test_another_bailiwick_or_rdata_is_another_row_and_unverified_ones_are_apart(store, seen):
    name = "a.example.com."
    answers = [rr(name, A, bytes([192, 0, 2, 1]))]
    zones = [ZONE, "com.", None]
    store.write(
        gathered(address(seen, name, 9), *(seen.answer(name, A, zone, answers=answers) for zone in zones))
    )
    told = [(row.zone, row.rdata[0][3]) for row in store.rrsets()]
    assert told[-1] == (None, 1)
    assert sorted(told[:-1]) == sorted([(wire("com."), 1), (wire(ZONE), 1), (wire(ZONE), 9)])


def test_a_failure_has_its_servers_and_the_soa_told_last(store, make):
    for last, soa in ((9, "com."), (1, ZONE)):
        told = {"response_ip": f"192.0.2.{last}", "query_zone": "com.", "time_ns": TIME_NS + last * 10**9}
        store.write(gathered(missing(make, "no.example.com.", soa, **told)))
    (row,) = store.failures()
    servers = (bytes([192, 0, 2, 1]), bytes([192, 0, 2, 9]))
    assert row == FailureRow(
        wire("no.example.com."), A, 3, wire("com."), TIME_S + 1, TIME_S + 9, 2, wire("com."), servers
    )


def test_where_the_stream_goes_on_is_kept_with_the_rows(tmp_path, seen):
    position = Position(7, {"answers/A/": 3}, ("answers/",))
    with Store(str(tmp_path)) as store:
        assert store.position() is None
        store.write(gathered(address(seen, "a.example.com.")), position)
    with Store(str(tmp_path)) as store:
        assert store.position() == position
        assert (sums(store), store.account["received"]) == ((1, 0), 1)


def test_a_write_that_fails_changes_neither_rows_nor_position(store, seen, monkeypatch):
    store.write(gathered(address(seen, "a.example.com.")), Position(1, {}))

    def fail(_self, _puts, _deletes=()):
        raise CommandError("full")

    monkeypatch.setattr(database.Engine, "write", fail)
    with pytest.raises(CommandError):
        store.write(gathered(address(seen, "a.example.com.")), Position(2, {}))
    assert (sums(store), store.position()) == ((1, 0), Position(1, {}))
    assert_balanced(store)


def test_a_flood_of_random_names_becomes_one_row_of_its_zone(store, make, monkeypatch):
    monkeypatch.setattr(database, "ZONE_ROWS_MAX", 10)
    for start in (0, 500):
        names = [f"r{number}.example.com." for number in range(start, start + 500)]
        store.write(gathered(*(missing(make, name) for name in names), missing(make, "r0.example.com.")))
    store.write(gathered(missing(make, "other.example.net.", "example.net.")))
    assert len([row for row in store.failures() if row.zone == wire(ZONE)]) == 10
    (flood,) = store.floods()
    assert (flood.zone, sums(store)[1]) == (wire(ZONE), 1003)
    assert 900 <= flood.names <= 1080
    assert_balanced(store)


def test_a_name_and_all_below_it_are_forgotten_and_nothing_else(store, seen, make, monkeypatch):
    monkeypatch.setattr(database, "DELETE_ROWS", 2)
    for name in (
        "a.example.com.",
        "b.a.example.com.",
        "c.b.a.example.com.",
        "ba.example.com.",
        "example.com.",
    ):
        store.write(gathered(address(seen, name), missing(make, "no." + name)))
    assert store.delete(wire("a.example.com.")) == 6
    assert {row.owner for row in store.rrsets()} == {wire("ba.example.com."), wire(ZONE)}
    assert {row.qname for row in store.failures()} == {wire("no.ba.example.com."), wire("no.example.com.")}
    assert_balanced(store)
    assert store.delete(b"\0") > 0
    assert (sums(store), list(store.floods())) == ((0, 0), [])
    assert_balanced(store)


def test_however_large_rows_are_few_octets_are_deleted_at_once(store, seen, monkeypatch):
    monkeypatch.setattr(database, "DELETE_OCTETS", 3000)
    for number in range(12):
        texts = [b"\xff" + bytes([65 + part]) * 255 for part in range(1 + number % 4)]
        name = f"n{number}.example.com."
        answers = [rr(name, TXT, each) for each in texts]
        store.write(gathered(seen.answer(name, TXT, ZONE, answers=answers)))
    at_once = []
    forget = store._forget_some

    def told(rows):
        at_once.append(sum(len(key) + len(value) for key, value in rows[:-1]))
        forget(rows)

    monkeypatch.setattr(store, "_forget_some", told)
    assert store.delete(wire("example.com.")) == 12
    assert len(at_once) > 2
    assert max(at_once) < 3000
    assert list(store.rrsets()) == []


def test_what_is_forgotten_makes_room_for_new_failures_of_its_zone(store, make, monkeypatch):
    monkeypatch.setattr(database, "ZONE_ROWS_MAX", 2)
    store.write(gathered(*(missing(make, f"a{number}.example.com.") for number in range(3))))
    assert (len(list(store.failures())), len(list(store.floods()))) == (2, 1)
    store.delete(wire("a0.example.com."))
    store.write(gathered(missing(make, "b.example.com.")))
    assert {row.qname for row in store.failures()} == {wire("a1.example.com."), wire("b.example.com.")}
    assert_balanced(store)


def test_what_is_old_is_forgotten(store, seen, make, monkeypatch):
    monkeypatch.setattr(database, "ZONE_ROWS_MAX", 1)
    store.write(
        gathered(
            address(seen, "old.example.com."),
            missing(make, "a.example.com."),
            missing(make, "b.example.com."),
        )
    )
    store.write(
        gathered(address(seen, "new.example.com.", time_ns=TIME_NS + 9 * DAY_NS), now_s=TIME_S + 9 * 86_400)
    )
    assert store.retain(TIME_S + 10 * 86_400, days=11, octets_max=HUGE) == 0
    assert store.retain(TIME_S + 10 * 86_400, days=5, octets_max=HUGE) == 3
    assert [row.owner for row in store.rrsets()] == [wire("new.example.com.")]
    assert (list(store.failures()), list(store.floods())) == ([], [])
    assert_balanced(store)


def test_beyond_its_octets_what_was_seen_longest_ago_is_forgotten(store, seen):
    for day in range(8):
        at = {"time_ns": TIME_NS + day * DAY_NS}
        many = (address(seen, f"a{number}.d{day}.example.com.", **at) for number in range(50))
        store.write(gathered(*many, now_s=TIME_S + 9 * 86_400))
    store.compact()
    assert store.retain(TIME_S, days=999, octets_max=store.octets // 2) > 0
    kept = {row.last for row in store.rrsets()}
    assert kept
    assert min(kept) > TIME_S
    assert TIME_S + 7 * 86_400 in kept
    assert_balanced(store)


def test_one_process_has_a_store_at_a_time(tmp_path):
    with Store(str(tmp_path)), pytest.raises(CommandError, match="is in use by another process"):
        Store(str(tmp_path))


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(CommandError, match="is a folder of something else"):
        Store(str(tmp_path))
    assert [each.name for each in tmp_path.iterdir()] == ["letters.txt"]


def test_a_store_of_a_later_version_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "LAYOUT", rows.LAYOUT + 1)
    Store(str(tmp_path)).__exit__()
    monkeypatch.undo()
    with pytest.raises(CommandError, match="is of another version of nxcast"):
        Store(str(tmp_path))


def test_stores_merge_in_any_order(tmp_path, seen, make):
    """The same records in two orders and other portions give the same rows."""
    rng = random.Random(5)
    records = [
        *(address(seen, f"a{rng.randrange(20)}.example.com.", rng.randrange(3)) for _ in range(200)),
        *(missing(make, f"n{rng.randrange(20)}.example.com.") for _ in range(200)),
    ]
    kept = []
    for run, portion in enumerate((7, 400)):
        with Store(str(tmp_path / str(run))) as store:
            for start in range(0, len(records), portion):
                store.write(gathered(*records[start : start + portion]))
            kept.append(([*store.rrsets()], [*store.failures()]))
        rng.shuffle(records)
    assert kept[0] == kept[1]


# A writer for each line on stdin, forked from one that has imported all; its process and what it has written
# are on stdout, and 'over' once it has been killed.
WRITERS = """
import os, sys
from nxcast.consumers.client.position import Position
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.gathering import Gathered
from tests.consumers.store.conftest import Seen, rr, A, TIME_S
def write():
    print(os.getpid(), flush=True)
    with Store(sys.argv[1]) as store:
        position = store.position()
        at = 0 if position is None else position.epoch
        while True:
            gathered = Gathered()
            for number in range(at, at + 20):
                name = f"a{number % 97}.example.com."
                answer = Seen.answer(name, A, "example.com.", answers=[rr(name, A, bytes(4))])
                gathered.take([answer], TIME_S)
            at += 20
            store.write(gathered, Position(at, {}))
            print(at, flush=True)
for line in sys.stdin:
    writer = os.fork()
    if not writer:
        write()
    os.waitpid(writer, 0)
    print("over", flush=True)
"""


def test_after_twenty_kills_each_observation_counts_once(tmp_path):
    """A process that goes on where the store says is killed in mid-write: counts are exactly the stream's."""
    rng = random.Random(1)
    acknowledged = 0
    command = [sys.executable, "-c", WRITERS, str(tmp_path / "store")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writers:
        for _ in range(20):
            writers.stdin.write("\n")
            writers.stdin.flush()
            writer = int(writers.stdout.readline())
            for _ in range(rng.randrange(1, 12)):
                acknowledged = int(writers.stdout.readline())
            os.kill(writer, signal.SIGKILL)
            acknowledged = max([acknowledged, *map(int, iter(writers.stdout.readline, "over\n"))])
            with Store(str(tmp_path / "store")) as store:
                at = store.position().epoch
                assert at >= acknowledged
                assert sums(store) == (at, 0)
                assert store.account["rrsets"] == at
