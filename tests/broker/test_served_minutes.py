"""What servers answered well: who counts, when it is told, and the same by the kernel as by Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.broker import served_minutes as module
from nxcast.broker.derivation.compiled import INSTALLED, Compiled
from nxcast.broker.derivation.derive import derive
from nxcast.broker.log.interface import Log
from nxcast.broker.log.memory_log import MemoryLog
from nxcast.broker.served_minutes import PERIOD_S, ROOM, SLICE_PAIRS, ServedMinutes
from nxcast.broker.service import Broker
from nxcast.broker.settings import Settings
from nxcast.schemas.frames import FORWARDER, FRAMES_2, encode_batch, make_frame
from nxcast.schemas.names import name_wire
from nxcast.schemas.records import RECORDS, ServerAnswers
from nxcast.schemas.topics import SERVERS
from nxcast.transport.simulated.network import Network, Sizes
from nxcast.transport.simulated.simulated_broker import SimulatedBroker
from nxcast.transport.simulated.timeline import Timeline
from testbed.simulation.processes import MachineClock, Process, take_turns
from tests.broker.derivation.test_derive import FRAMES_2 as ZONED
from tests.messages import frame, message, opt, question

NOW_NS = 1_800_000_000_000_000_000
COM, NET = name_wire("com."), name_wire("net.")
V6 = bytes.fromhex("20010db8000000000000000000000053")


def zoned(
    response: bytes, zone: bytes | None = COM, marks: int = 0, *, server: bytes | None = None, **seen: Any
) -> Any:
    made = make_frame(*frame(response, **seen), zone, marks)
    return made if server is None else (*made[:2], server, *made[3:])


def by_python(minutes: ServedMinutes, frames: Iterable[Any]) -> None:
    minutes.take(derive(list(frames), "ns1"))


def told(minutes: ServedMinutes, now_s: float = PERIOD_S) -> list[ServerAnswers]:
    found = []
    while minutes.due_in(now_s) == 0:
        records = minutes.records(NOW_NS, now_s)
        RECORDS[SERVERS].validate_python(records)
        found += records
    return found


def counts(records: Iterable[ServerAnswers]) -> list[tuple[str, str, int, int]]:
    return [(each["response_ip"], each["query_zone"], each["noerror"], each["nxdomain"]) for each in records]


def test_good_answers_are_told_by_server_and_zone_when_the_minute_ends() -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, [zoned(message(0)), zoned(message(3)), zoned(message(0), NET), zoned(message(0))])
    by_python(minutes, [zoned(message(0), server=V6)])
    assert minutes.due_in(PERIOD_S - 1) == 1
    assert minutes.records(NOW_NS, PERIOD_S - 0.001) == []
    records = told(minutes, PERIOD_S + 0.5)
    assert counts(records) == [
        ("192.33.14.30", "com.", 2, 1),
        ("192.33.14.30", "net.", 1, 0),
        ("2001:db8::53", "com.", 1, 0),
    ]
    assert {(each["time_ns"], each["span_ms"]) for each in records} == {(NOW_NS, 60_500)}
    assert minutes.due_in(PERIOD_S + 0.5) == PERIOD_S
    assert told(minutes, 2 * PERIOD_S + 0.5) == []
    assert minutes.untold == 0


def _asked_of_a_resolver() -> bytes:
    octets = bytearray(message(0))
    octets[2] |= 1
    return bytes(octets)


@pytest.mark.parametrize(
    "other",
    [
        zoned(message(2)),
        zoned(message(0, additionals=[opt(extended_rcode=1)])),
        zoned(message(0), None),
        zoned(message(0), marks=FORWARDER),
        zoned(_asked_of_a_resolver()),
        zoned(message(0, opcode=4)),
        zoned(message(0), kind=3),
        zoned(message(0, response=False)),
        zoned(message(3), NET),
    ],
    ids=[
        "SERVFAIL", "BADVERS", "no zone", "marked", "RD", "NOTIFY", "unsolicited", "a query", "mismatched",
    ],
)  # fmt: skip
def test_nothing_else_counts(other: Any) -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, [other, zoned(message(3, questions=[question("gdsrr.com.")]))])
    assert counts(told(minutes)) == [("192.33.14.30", "com.", 0, 1)]
    assert minutes.untold == 0


def test_a_sensor_that_tells_no_zones_counts_nothing() -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, [frame(message(0)), frame(message(3))])
    assert told(minutes) == []


def test_zones_are_told_in_lower_case() -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, [zoned(message(0), name_wire("eXample.COM."))])
    assert counts(told(minutes)) == [("192.33.14.30", "example.com.", 1, 0)]


@pytest.mark.parametrize("zone", [b"\x40" + bytes(64), b"\x03com", b"com.", COM + COM])
@pytest.mark.parametrize("server", [None, V6])
def test_a_zone_that_is_no_name_is_counted_and_not_told(zone: bytes, server: bytes | None) -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, [zoned(message(0), zone, server=server)] * 3)
    assert told(minutes) == []
    assert minutes.untold == 3


def _many(count: int) -> list[Any]:
    return [zoned(message(0), server=bytes([10, 0, *number.to_bytes(2)])) for number in range(count)]


def test_a_long_minute_is_told_in_slices() -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, _many(SLICE_PAIRS + 3))
    assert len(minutes.records(NOW_NS, PERIOD_S)) == SLICE_PAIRS
    assert minutes.due_in(PERIOD_S) == 0
    by_python(minutes, _many(1))
    assert len(minutes.records(NOW_NS, PERIOD_S + 1)) == 3
    assert minutes.due_in(PERIOD_S + 1) == PERIOD_S - 1
    assert len(told(minutes, 2 * PERIOD_S)) == 1


def test_a_slice_ends_though_nothing_of_it_is_told() -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, [zoned(message(0), number.to_bytes(2)) for number in range(SLICE_PAIRS + 1)])
    by_python(minutes, _many(1))
    assert minutes.records(NOW_NS, PERIOD_S) == []
    assert minutes.untold == SLICE_PAIRS
    assert minutes.due_in(PERIOD_S) == 0
    assert len(minutes.records(NOW_NS, PERIOD_S)) == 1
    assert minutes.untold == SLICE_PAIRS + 1
    assert minutes.due_in(PERIOD_S) == PERIOD_S


def test_what_waits_and_the_minute_that_was_begun_are_told_at_the_end() -> None:
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, _many(SLICE_PAIRS + 3))
    minutes.records(NOW_NS, PERIOD_S)
    by_python(minutes, _many(2))
    rest = list(minutes.rest(NOW_NS + 1, PERIOD_S + 7))
    assert [len(records) for records in rest] == [3, 2]
    assert [records[0]["span_ms"] for records in rest] == [60_000, 7_000]


def test_answers_of_pairs_beyond_the_bound_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAIRS_MAX", 3)
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, _many(5))
    by_python(minutes, [*_many(5), *_many(1)])
    assert [each[2] for each in counts(told(minutes))] == [3, 2, 2]
    assert minutes.untold == 4


def test_octets_have_a_bound_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OCTETS_MAX", 2 * (4 + len(COM)))
    minutes = ServedMinutes(None, 0.0)
    by_python(minutes, _many(3))
    assert len(told(minutes)) == 2
    assert minutes.untold == 1
    by_python(minutes, _many(2))
    assert len(told(minutes, 2 * PERIOD_S)) == 2


needs_kernel = pytest.mark.skipif(not INSTALLED, reason="no C compiler where nxcast was installed")


def kernel(room: tuple[int, int] = ROOM) -> tuple[ServedMinutes, Callable[[list[Any]], bool]]:
    """The minutes of a kernel, and what gives it a batch; whether it took it."""
    compiled = Compiled(accept_unsolicited=False, accept_forwarders=False, room=room)

    def take(frames: list[Any]) -> bool:
        header: Any = {"sensor": "ns1", "epoch": 1, "sequence": 1, "count": len(frames)}
        return compiled.take(encode_batch(header, frames, FRAMES_2), header, NOW_NS) is not None

    return ServedMinutes(compiled, 0.0), take


@needs_kernel
@given(st.lists(st.lists(ZONED, max_size=8), max_size=4), st.binary(min_size=4, max_size=4) | st.just(V6))
def test_the_kernel_tells_the_same(batches: list[list[Any]], server: bytes) -> None:
    minutes, take = kernel()
    slow = ServedMinutes(None, 0.0)
    for frames in batches:
        batch = [(*each[:2], server, *each[3:]) if each[1] == 4 else each for each in frames]
        if take(batch):
            by_python(slow, batch)
    assert told(minutes) == told(slow)
    assert minutes.untold == slow.untold


@needs_kernel
def test_a_batch_that_the_kernel_leaves_to_python_does_not_count_there() -> None:
    minutes, take = kernel()
    header: Any = {"sensor": "ns1", "epoch": 1, "sequence": 1, "count": 2}
    cut = encode_batch(header, [zoned(message(0)), zoned(message(0))], FRAMES_2)
    compiled = minutes._compiled
    assert compiled is not None
    assert compiled.take([*cut[:2], cut[2][:-1]], header, NOW_NS) is None
    assert told(minutes) == []
    assert take([zoned(message(0))])
    assert counts(told(minutes, 2 * PERIOD_S)) == [("192.33.14.30", "com.", 1, 0)]


@needs_kernel
def test_frames_that_python_sets_right_count_once() -> None:
    minutes, take = kernel()
    good = zoned(message(0))
    wrong = (*good[:3], 70_000, *good[4:])
    assert take([good, wrong, zoned(message(3)), good])
    assert counts(told(minutes)) == [("192.33.14.30", "com.", 2, 1)]


@needs_kernel
@pytest.mark.parametrize("room", [(3, 1 << 20), (100, 3 * (1 + 4 + len(COM)))])
def test_the_kernel_has_the_same_bounds(room: tuple[int, int]) -> None:
    minutes, take = kernel(room)
    assert take([*_many(5), *_many(2)])
    assert [each[2] for each in counts(told(minutes))] == [2, 2, 1]
    assert minutes.untold == 2


@needs_kernel
def test_the_kernel_grows_to_all_the_pairs_there_may_be_and_lets_go_of_them() -> None:
    minutes, take = kernel()
    for first in range(0, 70_000, 2_000):
        servers = [(10 << 24 | number).to_bytes(4) for number in range(first, first + 2_000)]
        assert take([zoned(message(0), server=server) for server in servers])
    found = counts(told(minutes))
    assert len({each[0] for each in found}) == len(found) == module.PAIRS_MAX
    assert minutes.untold == 70_000 - module.PAIRS_MAX
    assert take(_many(1))
    assert counts(told(minutes, 2 * PERIOD_S)) == [("10.0.0.0", "com.", 1, 0)]


@needs_kernel
def test_the_kernel_counts_with_its_own_what_python_took() -> None:
    minutes, take = kernel((3, 1 << 20))
    assert take(_many(2))
    by_python(minutes, [*_many(4), zoned(message(3), server=bytes([10, 0, 0, 0]))])
    assert [each[2:] for each in counts(told(minutes))] == [(2, 1), (2, 0), (1, 0)]
    assert minutes.untold == 1


def test_a_broker_rests_while_its_log_takes_nothing() -> None:
    """What servers answered well is due then, and can't be given."""
    timeline = Timeline(Random(1))
    network = Network(timeline)

    class FailedLog(MemoryLog):
        failed = "it is gone"

    def main(process: Process) -> None:
        def log(_settings: Settings, now_ns: int, _now_s: float) -> Log:
            return FailedLog(octets_max=1 << 20, age_s=10, now_ns=now_ns)

        def transport(*args: Any, **options: Any) -> SimulatedBroker:
            return SimulatedBroker(network, process, Sizes(), *args, **options)

        Broker(Settings(servers=True), transport, clock=MachineClock(timeline), log=log).run()

    process = Process(timeline, "broker", main)
    take_turns(timeline, PERIOD_S - 1)
    before = process.steps
    take_turns(timeline, PERIOD_S + 1)
    assert not process.over
    assert process.steps - before < 20
