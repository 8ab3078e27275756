"""What a store is asked: each look-up finds all that it should, and nothing else."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

import pytest

from nxcast.consumers.show.console import CommandError
from nxcast.consumers.store import database
from nxcast.consumers.store.bailiwick import RRset
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.gathering import Gathered
from nxcast.consumers.store.indexes import OWNERS, RAW_RDATA, RDATA_BELOW, RDATA_FORWARD, index_keys
from nxcast.consumers.store.lookups import Names, Reader, Side
from nxcast.consumers.store.rows import ABOUT, pack, rrset_key
from nxcast.schemas.message import name_of
from tests.consumers.store.conftest import CNAME, MX, TIME_NS, TIME_S, TXT, A, rr, soa, wire

HTTPS, SOA = 65, 6
ZONE = "example.com."
INDEXES = (OWNERS, RDATA_BELOW, RDATA_FORWARD, RAW_RDATA)


def everything(_rrtype):
    return True


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "store")


def test_what_keeps_a_store_from_being_read_is_told_with_the_mend(planted, monkeypatch):
    folder = Path(planted)
    # As where all is read-only, or the folder is another user's: root may write anywhere.
    (folder / "rocksdict-config.json").unlink(missing_ok=True)
    (folder / "rocksdict-config.json").mkdir()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    with pytest.raises(CommandError, match="able to write in its folder"):
        Reader(planted)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "nowhere"))
    with pytest.raises(CommandError, match="with a temporary folder beside it: no such file"):
        Reader(planted)


@pytest.fixture
def planted(folder, seen):
    """A store with one of each."""
    with Store(folder) as store:
        gathered = Gathered()
        gathered.take(list(records(seen)), TIME_S)
        store.write(gathered)
    return folder


def records(seen):
    def answer(name, rrtype, *rdata, zone=ZONE, last=0):
        return seen.answer(
            name, rrtype, zone, answers=[rr(name, rrtype, each) for each in rdata], time_ns=TIME_NS + last
        )

    yield answer("www.example.com.", A, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 200]))
    yield answer("www.example.com.", A, bytes([192, 0, 2, 1]), zone="com.", last=5 * 10**9)
    yield answer("www.example.com.", A, bytes([198, 51, 100, 7]), zone=None)
    yield answer("www.example.net.", CNAME, wire("www.example.com."), zone="example.net.")
    yield answer("wwwx.example.net.", A, bytes([203, 0, 113, 1]), zone="example.net.")
    yield answer(ZONE, MX, b"\0\x0a" + wire("mail.example.org."))
    yield answer(ZONE, HTTPS, b"\0\1" + wire("Front.example.org."))
    yield answer(ZONE, TXT, b"\x04text", b"\xc8" + b"a" * 200, b"\xc8" + b"a" * 199 + b"b")
    yield answer("badexample.com.", A, bytes([192, 0, 2, 1]), zone="badexample.com.")
    yield seen.answer("none.example.com.", A, ZONE, authorities=[soa(ZONE)])


def found(rows):
    return [row for row in rows if row is not None]


def owners(reader, name, side, wants=everything):
    return sorted({name_of(row.owner) for row in found(reader.rrsets(Names(wire(name), side), wants))})


@pytest.mark.parametrize(
    ("name", "side", "expected"),
    [
        ("www.example.com.", Side.NONE, ["www.example.com."]),
        ("example.com.", Side.LEFT, ["example.com.", "www.example.com."]),
        ("com.", Side.LEFT, ["badexample.com.", "example.com.", "www.example.com."]),
        ("www.", Side.RIGHT, ["www.example.com.", "www.example.net."]),
        ("www.example.", Side.RIGHT, ["www.example.com.", "www.example.net."]),
        ("none.", Side.RIGHT, []),
    ],
)
def test_owners_are_found_by_name_and_from_both_sides(planted, name, side, expected):
    with Reader(planted) as reader:
        assert owners(reader, name, side) == expected


def test_rrsets_of_no_zone_come_only_where_they_are_asked_for(planted):
    names = Names(wire("www.example.com."))
    with Reader(planted) as reader:
        assert {row.zone for row in found(reader.rrsets(names, everything))} == {wire(ZONE), wire("com.")}
        assert (
            found(reader.rdata_between(bytes([198, 51, 100, 7]), bytes([198, 51, 100, 7]), everything)) == []
        )
    with Reader(planted, unverified=True) as reader:
        assert None in {row.zone for row in found(reader.rrsets(names, everything))}
        rows = found(reader.rdata_between(bytes([198, 51, 100, 7]), bytes([198, 51, 100, 7]), everything))
        assert [(row.owner, row.count) for row in rows] == [(wire("www.example.com."), 1)]


@pytest.mark.parametrize(
    ("name", "side", "expected"),
    [
        ("www.example.com.", Side.NONE, [("www.example.net.", CNAME)]),
        ("example.org.", Side.LEFT, [(ZONE, MX), (ZONE, HTTPS)]),
        ("front.example.org.", Side.NONE, [(ZONE, HTTPS)]),
        ("mail.", Side.RIGHT, [(ZONE, MX)]),
        ("ns.example.com.", Side.NONE, [(ZONE, SOA)]),
        (ZONE, Side.LEFT, [(ZONE, SOA), ("www.example.net.", CNAME)]),  # an SOA has two names, and comes once
    ],
)
def test_rdata_is_found_by_the_names_in_it(planted, name, side, expected):
    with Reader(planted) as reader:
        rows = found(reader.rdata_names(Names(wire(name), side), everything))
    assert sorted((name_of(row.owner), row.rrtype) for row in rows) == sorted(expected)


def test_rdata_is_merged_over_the_rrsets_that_have_it(planted):
    with Reader(planted) as reader:
        rows = found(reader.rdata_between(bytes([192, 0, 2, 0]), bytes([192, 0, 2, 255]), everything))
    told = [(name_of(row.owner), row.rdata[3], row.first, row.last, row.count) for row in rows]
    assert told == [
        ("www.example.com.", 1, TIME_S, TIME_S + 5, 2),
        ("badexample.com.", 1, TIME_S, TIME_S, 1),
        ("www.example.com.", 200, TIME_S, TIME_S, 1),
    ]


@pytest.mark.parametrize(
    ("rdata", "rrtype"),
    [
        (b"\x04text", TXT),
        (b"\xc8" + b"a" * 199 + b"b", TXT),  # begins as another does, for longer than the index has
        (b"\0\x0a" + wire("mail.example.org."), MX),
        (b"\0\1" + wire("Front.example.org."), HTTPS),
        (wire("www.example.com."), CNAME),
        (bytes([203, 0, 113, 1]), A),
    ],
)
def test_rdata_is_found_by_its_octets_alone(planted, rdata, rrtype):
    with Reader(planted) as reader:
        (row,) = found(reader.rdata_raw(rdata, everything))
        assert (row.rdata, row.rrtype) == (rdata, rrtype)
        assert found(reader.rdata_raw(rdata, lambda each: each != rrtype)) == []
        assert found(reader.rdata_raw(rdata[:-1], everything)) == []


def test_failures_are_found_by_name_and_from_the_left(planted):
    with Reader(planted) as reader:
        for names in (Names(wire("none.example.com.")), Names(wire(ZONE), Side.LEFT)):
            (row,) = found(reader.failures(names, everything))
            assert (row.qname, row.rcode) == (wire("none.example.com."), 0)
        assert found(reader.failures(names, lambda each: each != A)) == []


def test_a_reader_sees_what_is_written_meanwhile_once_it_has_caught_up(planted, seen):
    name = "later.example.com."
    with Reader(planted) as reader, Store(planted) as store:
        begun = reader.rrsets(Names(wire(ZONE), Side.LEFT), everything)
        next(begun)
        gathered = Gathered()
        gathered.take([seen.answer(name, A, ZONE, answers=[rr(name, A, bytes(4))])], TIME_S)
        store.write(gathered)
        store.delete(wire("www.example.com."))
        store.compact()
        reader.catch_up()
        assert owners(reader, ZONE, Side.LEFT) == [ZONE, name]
        assert {name_of(row.owner) for row in found(begun)} >= {"www.example.com."}


def index_rows(store):
    return {key for table in INDEXES for key, _ in store._engine.scan(table, table + b"\xff" * 4)}


def test_index_rows_go_with_the_last_rrset_that_has_the_rdata(folder, seen):
    with Store(folder) as store:
        for last, days in ((1, 0), (2, 0), (1, 10)):
            zone = ZONE if days else "com."
            time_ns = TIME_NS + days * 86_400 * 10**9
            answers = [rr("www.example.com.", A, bytes([192, 0, 2, last]))]
            gathered = Gathered()
            record = seen.answer("www.example.com.", A, zone, answers=answers, time_ns=time_ns)
            gathered.take([record], time_ns / 10**9)
            store.write(gathered)
        assert len(index_rows(store)) == 3
        store.retain(TIME_S + 10 * 86_400, days=5, octets_max=1 << 40)
        assert len(index_rows(store)) == 2
        assert store.delete(wire(ZONE)) == 1
        assert index_rows(store) == set()


def test_at_random_index_rows_are_those_of_the_rows_that_are_left(folder, seen, monkeypatch):
    monkeypatch.setattr(database, "DELETE_ROWS", 3)
    chance = random.Random(7)
    with Store(folder) as store:
        for _ in range(60):
            name = f"{chance.choice('abc')}.{chance.choice('xy')}.example.com."
            rdata = chance.choice([wire(f"{chance.choice('de')}.example.com."), wire("example.org.")])
            gathered = Gathered()
            gathered.take([seen.answer(name, CNAME, ZONE, answers=[rr(name, CNAME, rdata)])], TIME_S)
            store.write(gathered)
            if chance.random() < 0.2:
                store.delete(wire(name if chance.random() < 0.5 else name[2:]))
            assert index_rows(store) == {
                key
                for row in store.rrsets()
                for key in index_keys(rrset_key(RRset(row.owner, row.rrtype, row.rdata), row.zone))
            }


def test_a_store_of_before_the_indexes_is_told_to_a_reader_and_gets_them_from_the_writer(planted):
    with Store(planted) as store:
        indexed = index_rows(store)
        store._engine.write([(ABOUT, pack({"nxcast": "store", "layout": 1}))], indexed)
    with pytest.raises(CommandError, match=r"nxcast-consume store --store .* --compact"):
        Reader(planted)
    with Store(planted) as store:
        assert index_rows(store) == indexed
    with Reader(planted) as reader:
        assert owners(reader, "www.", Side.RIGHT) == ["www.example.com.", "www.example.net."]


def test_a_folder_without_a_store_is_told(folder):
    with pytest.raises(CommandError, match="has no store"):
        Reader(folder)
