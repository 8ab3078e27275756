"""Payloads read by the kernel against Python: the same records, and the same refusals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from types import FrameType
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.consumers.client import events
from nxcast.consumers.client import packed as module
from nxcast.consumers.client.events import Batch
from nxcast.consumers.client.packed import INSTALLED, columns_of, packed
from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.records import RECORDS, decode_records
from nxcast.schemas.topics import ANSWERS, CHANNELS, DNS_ERRORS, MALFORMED, NXDOMAIN, STATUS
from tests.schemas.examples import EXAMPLES

pytestmark = pytest.mark.skipif(not INSTALLED, reason="no C compiler where nxcast was installed")

READ = [channel for channel in CHANNELS if channel != STATUS]
EXAMPLE: dict[str, dict[str, Any]] = {
    channel: EXAMPLES[RECORDS[channel].core_schema["items_schema"]["cls"]]  # type: ignore[typeddict-item]
    for channel in READ
}
LENGTHS = (0, 1, 2, 11, 12, 39, 40, 64, 65, 1004, 1005, 4096, 4097, 65_535, 65_536)
EDGES = (0, 2, 5, 7, 15, 16, 17, 255, 4095, 65_535, 2**32, 2**63)
VALUES: list[Any] = [
    None, True, False, 1.0, -1, [], {}, b"", "é", "\x7f", "a b", "nxcast;", "cache", "proof", "caches",
    *(edge + step for edge in EDGES for step in (-1, 0, 1)),
    2**64 - 1, *("a" * length for length in LENGTHS), *(b"a" * length for length in LENGTHS),
]  # fmt: skip


def agree(channel: str, payload: bytes) -> bool:
    """Hold both against each other; whether the kernel took it."""
    found = packed(channel, payload, canaries=True)
    if found is None:
        return False
    records = decode_records(channel, payload)
    assert (found.count, found.records()) == (len(records), records)
    assert list(map(list, found.records())) == list(map(list, records))  # in the same order
    names = tuple(EXAMPLE[channel])
    assert found.columns(names) == columns_of(channel, records, names)
    return True


def changed_payload(channel: str, rng: Random) -> bytes:
    """Two records with some octets changed, now and then cut."""
    payload = bytearray(msgpack.packb([EXAMPLE[channel]] * 2))
    for _ in range(rng.randrange(4)):
        payload[rng.randrange(len(payload))] = rng.randrange(256)
    return bytes(payload[: rng.randrange(4 * len(payload))])


def valid(channel: str, payload: bytes) -> bool:
    try:
        decode_records(channel, payload)
    except ValueError:
        return False
    return True


def test_all_but_status_are_read() -> None:
    assert [channel for channel in CHANNELS if agree(channel, msgpack.packb([]))] == READ


@pytest.mark.parametrize("channel", READ)
def test_each_field_has_the_bounds_of_its_model(channel: str) -> None:
    for field, value in _fields(channel):
        payload = msgpack.packb([EXAMPLE[channel], {**EXAMPLE[channel], field: value}])
        plain = value != "é"  # for Python
        assert agree(channel, payload) == (valid(channel, payload) and plain), (field, value)


def _fields(channel: str) -> Iterator[tuple[str, Any]]:
    for field in EXAMPLE[channel]:
        for value in VALUES:
            yield field, value


@pytest.mark.parametrize("channel", READ)
def test_fields_are_left_out_as_the_model_has_it(channel: str) -> None:
    for field in EXAMPLE[channel]:
        payload = msgpack.packb([{key: value for key, value in EXAMPLE[channel].items() if key != field}])
        assert agree(channel, payload) == valid(channel, payload), field


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x90\x90",
        msgpack.packb({}),
        msgpack.packb([1]),
        msgpack.packb([dict(reversed(EXAMPLE[NXDOMAIN].items()))]),
        msgpack.packb([{**EXAMPLE[NXDOMAIN], "later": 1}]),
        b"\xdd\xff\xff\xff\xff" + msgpack.packb(EXAMPLE[NXDOMAIN]),
        b"\x91" + msgpack.packb(EXAMPLE[NXDOMAIN])[:-1],
    ],
)
def test_what_is_not_plain_is_left_to_python(payload: bytes) -> None:
    assert packed(NXDOMAIN, payload, canaries=True) is None
    shape = module._shape(NXDOMAIN)
    assert shape is not None
    assert module.kernel.records(shape.kernels, payload) is None
    assert module.kernel.columns(shape.kernels, payload, (0, 1)) is None


@given(st.sampled_from(READ), st.randoms(use_true_random=False))
def test_whatever_comes_both_agree(channel: str, rng: Random) -> None:
    agree(channel, changed_payload(channel, rng))


def test_messages_with_canaries_are_pythons_unless_they_are_wanted() -> None:
    payload = msgpack.packb([EXAMPLE[NXDOMAIN], {**EXAMPLE[NXDOMAIN], "sensor": CANARY_SENSOR}])
    assert packed(NXDOMAIN, payload, canaries=False) is None
    assert agree(NXDOMAIN, payload)


def test_a_batch_makes_its_records_once_and_columns_without_them() -> None:
    records = [EXAMPLE[DNS_ERRORS], {**EXAMPLE[DNS_ERRORS], "qname": None}]
    del records[1]["query_zone"]
    payload = msgpack.packb(records)
    made: Batch[Any] = Batch("dns-errors/SERVFAIL/", 1, 2, 3, records)
    read: Batch[Any] = Batch("dns-errors/SERVFAIL/", 1, 2, 3, packed(DNS_ERRORS, payload, canaries=False))
    for _ in range(2):
        for each in (made, read):
            assert each.count == 2
            assert each.columns("qname", "query_zone") == (
                [records[0]["qname"], None],
                [records[0]["query_zone"], None],
            )
            with pytest.raises(KeyError, match="soa_rrname"):
                each.columns("soa_rrname")
        assert read == made  # makes the records
    assert read.records is read.records


def test_a_field_may_be_asked_for_more_often_than_a_record_has_fields() -> None:
    payload = msgpack.packb([EXAMPLE[NXDOMAIN]] * 2)
    found = packed(NXDOMAIN, payload, canaries=False)
    assert found is not None
    for fields in (["qname"] * 33, ("time_ns", "qname") * 50, ()):
        assert found.columns(fields) == columns_of(NXDOMAIN, [EXAMPLE[NXDOMAIN]] * 2, fields)
    one, other = found.columns(("qname", "qname"))
    assert one is not other


def test_the_kernel_refuses_places_that_are_no_tuple_of_fields() -> None:
    shape = module._shape(NXDOMAIN)
    assert shape is not None
    payload = msgpack.packb([EXAMPLE[NXDOMAIN]])
    wrong: list[tuple[Any, type[Exception]]] = [
        ([0], TypeError), (("qname",), TypeError), ((-1,), OverflowError), ((len(shape.places),), ValueError),
    ]  # fmt: skip
    for places, error in wrong:
        with pytest.raises(error):
            module.kernel.columns(shape.kernels, payload, places)


READS: dict[str, Callable[[Batch[Any]], Any]] = {
    "count": lambda batch: batch.count,
    "records": lambda batch: batch.records,
    "columns": lambda batch: batch.columns("qname"),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_batch_may_be_read_while_another_thread_has_its_records_made(
    read: Callable[[Batch[Any]], Any],
) -> None:
    """Another thread's turn comes before each of the reader's instructions, one after the other."""
    payload = msgpack.packb([EXAMPLE[NXDOMAIN]] * 2)
    wanted = read(Batch("nxdomain/MX/", 1, 2, 3, [EXAMPLE[NXDOMAIN]] * 2))
    for turn in count(1):
        batch: Batch[Any] = Batch("nxdomain/MX/", 1, 2, 3, packed(NXDOMAIN, payload, canaries=False))
        left = turn

        def step(frame: FrameType, event: str, _: Any, batch: Batch[Any] = batch) -> Any:
            nonlocal left
            if frame.f_code.co_filename != events.__file__:
                return None
            frame.f_trace_opcodes = True
            if event == "opcode":
                left -= 1
                if not left:
                    sys.settrace(None)
                    assert batch.records == [EXAMPLE[NXDOMAIN]] * 2
            return step

        before = sys.gettrace()
        sys.settrace(step)
        try:
            found = read(batch)
        finally:
            sys.settrace(before)
        assert found == wanted, turn
        if left:
            break
    assert turn > 5


def test_without_the_kernel_all_is_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INSTALLED", False)
    module._shape.cache_clear()
    try:
        assert all(packed(channel, b"\x90", canaries=False) is None for channel in (ANSWERS, MALFORMED))
    finally:
        module._shape.cache_clear()
