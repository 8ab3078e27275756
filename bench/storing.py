"""`nxcast-consume store` on this machine: writes against SQLite's, octets, look-ups and derivation.

The workload is made up: RRsets of which few are seen again and again (Zipf), gathered in memory as the store
does it, then written. SQLite gets the same rows at the same moments, in tables of its own best form, and as
much memory. Time is CPU time of the process, with the engine's threads, until the engine is closed, and
without what Python's collector would take to walk the workload; that of Redis, where `redis-server` and redis
of PyPI are installed, has the server's too. BENCH_RRSETS=2000000 takes as many (default: 200,000).
"""

from __future__ import annotations

import gc
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from dnslib import QTYPE, RR, A, DNSRecord

from bench import redis_peer
from nxcast.consumers.store.bailiwick import RRset
from nxcast.consumers.store.database import Store
from nxcast.consumers.store.engine import Engine
from nxcast.consumers.store.gathering import Gathered
from nxcast.consumers.store.indexes import RAW_RDATA, RDATA_BELOW, index_keys
from nxcast.consumers.store.lookups import Names, Reader, Side
from nxcast.consumers.store.rows import pack, rrset_key, rrset_row
from nxcast.schemas.codes import TYPE_A, TYPE_CNAME
from nxcast.schemas.message import name_of
from nxcast.schemas.names import name_wire

__all__ = ["NOW_S", "key_of", "lookups", "main"]

RRSETS = int(os.environ.get("BENCH_RRSETS", "200000"))
OBSERVATIONS = 5 * RRSETS
ZONE_NAMES = 10  # a zone
ALIASES = 0.2  # of the RRsets are CNAME
BATCH = 500  # observations between two looks at whether it is time to write, as the records of a message
SKEW = 1.0  # of Zipf's law
LOOKUPS = 2000
RESPONSES = 20_000
TURNS = 5
NOW_S = 1_800_000_000
REDIS_OBSERVATIONS = 20_000  # of the same; each costs the same
REDIS_TARGET = 100
SQLITE_CACHE_KIB = 128 << 10  # as RocksDB has, of rows in memory and blocks read
Marks = tuple[float, float]  # p50, p99
SQLITE_TARGET, OCTETS_TARGET, ALL_OCTETS_TARGET, LOOKUP_TARGET_MS, DERIVED_TARGET = 1.5, 45, 90, 1, 40_000


def main() -> None:
    """Measure all, print as it comes."""
    print(f"store, {RRSETS:,} RRsets, {OBSERVATIONS:,} observations (Zipf), CPU time")
    chance = Random(1)
    keys = _keys(chance)
    weights = [1 / (rank + 1) ** SKEW for rank in range(RRSETS)]
    seen = chance.choices(keys, weights, k=OBSERVATIONS)
    gc.freeze()
    with TemporaryDirectory(prefix="nxcast-bench-store-") as name:
        folder = Path(name)
        ours = OBSERVATIONS / _cpu(lambda: _to_store(folder, seen))
        with Store(str(folder / "rocks")) as store:
            store.compact()
            rows = sum(1 for _ in store.rrsets())
            octets = store.octets / rows
        theirs = OBSERVATIONS / _cpu(lambda: _to_sqlite(folder, seen))
        _row("written", f"{ours:,.0f} observations/s", "")
        _row("SQLite, the same rows", f"{theirs:,.0f} observations/s", "")
        _row("ratio", f"{ours / theirs:.1f}", f"to reach {SQLITE_TARGET}")
        _redis(folder, seen, ours)
        _row(
            "by owner and by RDATA",
            f"{_two_indexes(folder, seen):.0f} octets an RRset",
            f"to stay under {OCTETS_TARGET}",
        )
        _row("with all indexes", f"{octets:.0f} octets an RRset", f"to stay under {ALL_OCTETS_TARGET}")
        (p50, p99), _ = lookups(folder / "rocks", chance, RRSETS)
        _row("*.zone, p50, p99", f"{p50:.3f} ms, {p99:.3f} ms", f"p99 to stay under {LOOKUP_TARGET_MS} ms")
    _row("derived", f"{_derived():,.0f} responses/s", f"to reach {DERIVED_TARGET:,}")


def _keys(chance: Random) -> list[bytes]:
    """Keys of RRsets, in no order."""
    keys = [key_of(number, chance) for number in range(RRSETS)]
    chance.shuffle(keys)
    return keys


def key_of(number: int, chance: Random) -> bytes:
    """The key of the RRset of this number."""
    zone = name_wire(_zone(number // ZONE_NAMES))
    owner = name_wire(f"host{number % ZONE_NAMES}.{_zone(number // ZONE_NAMES)}")
    if chance.random() < ALIASES:
        rrset = RRset(owner, TYPE_CNAME, (name_wire(f"edge{chance.randrange(1000)}.cdn.net."),))
    else:
        rrset = RRset(owner, TYPE_A, (chance.randbytes(4),))
    return rrset_key(rrset, zone)


def _zone(number: int) -> str:
    return f"zone{number}.{('com', 'net', 'org', 'de')[number % 4]}."


def _write(seen: list[bytes], write: Callable[[Gathered], None]) -> None:
    gathered = Gathered()
    for number in range(0, len(seen), BATCH):
        time_s = NOW_S + number // 1000
        for key in seen[number : number + BATCH]:
            gathered.add_rrset(key, (time_s, time_s, 1))
        if gathered.full:
            write(gathered)
            gathered = Gathered()
    write(gathered)


def _to_store(folder: Path, seen: list[bytes]) -> None:
    with Store(str(folder / "rocks")) as store:
        _write(seen, store.write)


def _to_sqlite(folder: Path, seen: list[bytes]) -> None:
    with closing(sqlite3.connect(folder / "lite.db")) as lite:
        lite.execute("pragma journal_mode = wal")
        lite.execute("pragma synchronous = normal")
        lite.execute(f"pragma cache_size = {-SQLITE_CACHE_KIB}")
        lite.execute("create table r (key blob primary key, first int, last int, count int) without rowid")
        lite.execute("create table i (key blob primary key) without rowid")
        _write(seen, lambda gathered: _upsert(lite, gathered))


def _upsert(lite: sqlite3.Connection, gathered: Gathered) -> None:
    """What `Store.write` does: rows merged, and index rows of those that are new."""
    keys = sorted(gathered.rrsets)
    rows = [(key, *gathered.rrsets[key]) for key in keys]
    there = "select 1 from r where key = ?"
    new = [key for key in keys if lite.execute(there, (key,)).fetchone() is None]
    lite.executemany(
        "insert into r values (?, ?, ?, ?) on conflict (key) do update set "
        "first = min(first, excluded.first), last = max(last, excluded.last), count = count + excluded.count",
        rows,
    )
    leads = sorted(lead for key in new for lead in index_keys(key))
    lite.executemany("insert or ignore into i values (?)", ((each,) for each in leads))
    lite.commit()


def _redis(folder: Path, seen: list[bytes], ours: float) -> None:
    if lacking := redis_peer.missing():
        _row("Redis as D4 uses it", f"{lacking} is not here", "left out")
        return
    rows = (rrset_row(key, pack([0, 0, 0])) for key in seen[:REDIS_OBSERVATIONS])
    told = (
        (name_of(row.owner), row.rrtype, row.rdata[0].hex(), NOW_S + number // 1000)
        for number, row in enumerate(rows)
    )
    theirs = redis_peer.observations_per_second(folder, told)
    _row("Redis as D4 uses it", f"{theirs:,.0f} observations/s", "")
    _row("ratio", f"{ours / theirs:.0f}", f"to reach {REDIS_TARGET}")


def _two_indexes(folder: Path, seen: list[bytes]) -> float:
    """Octets an RRset with one way in by its owner and one by its RDATA."""
    path = folder / "two"
    path.mkdir()
    two = Engine(path)
    there = sorted(set(seen))
    two.write((key, pack([NOW_S, NOW_S + 1000, 7])) for key in there)
    two.write(
        (each, b"") for key in there for each in index_keys(key) if each[:1] in (RAW_RDATA, RDATA_BELOW)
    )
    two.compact()
    two.close()
    return sum(file.stat().st_size for file in path.iterdir()) / len(there)


def lookups(folder: Path, chance: Random, rows: int) -> tuple[Marks, Marks]:
    """Milliseconds to read all RRsets of a zone: by CPU time, and by the clock."""
    spent, took = [], []
    with Reader(str(folder)) as reader:
        for _ in range(LOOKUPS):
            name = name_wire(_zone(chance.randrange(rows // ZONE_NAMES)))
            begun, begun_at = time.process_time(), time.perf_counter()
            for _row_read in reader.rrsets(Names(name, Side.LEFT), _any_type):
                pass
            spent.append((time.process_time() - begun) * 1000)
            took.append((time.perf_counter() - begun_at) * 1000)
    return _marks(spent), _marks(took)


def _marks(values: list[float]) -> Marks:
    marks = statistics.quantiles(values, n=100)
    return marks[49], marks[98]


def _any_type(_: int) -> bool:
    return True


def _derived() -> float:
    """Responses a second of CPU time, in the median turn; each has its own names, and the first warms up."""
    turns = []
    for turn in range(1 + TURNS):
        records = list(_records(turn))
        gc.freeze()
        turns.append(_cpu(partial(Gathered().take, records, NOW_S)))
    return RESPONSES / statistics.median(turns[1:])


def _records(turn: int) -> Iterator[dict[str, object]]:
    """Of answers/, each a response with one to three addresses; of 7,000 names in 1,000 zones."""
    for number in range(RESPONSES):
        zone = _zone(1000 * turn + number % 1000)
        name = f"host{number % 7}.{zone}"
        made = DNSRecord.question(name).reply()
        for last in range(1 + number % 3):
            made.add_answer(RR(name, QTYPE.A, ttl=60, rdata=A(f"192.0.2.{last}")))
        yield {
            "time_ns": NOW_S * 10**9,
            "response_ip": "192.0.2.53",
            "qname": name,
            "qclass": 1,
            "qtype": TYPE_A,
            "response": bytes(made.pack()),
            "query_zone": zone,
        }


def _cpu(work: Callable[[], None]) -> float:
    """Seconds of CPU time that work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _row(what: str, figure: str, target: str) -> None:
    print(f"  {what:<28}{figure:>24}   {target}", flush=True)


if __name__ == "__main__":
    main()
