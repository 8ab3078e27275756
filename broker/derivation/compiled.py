"""Derivation by the compiled kernel, where it is installed: a batch's payload in, packed records out.

The models stay the one definition: keys, topics, numbers and limits reach the kernel from here. It takes what
is clean and plainly written, octet for octet as `derive` and the outbox would have it; of a batch in which
anything is wrong or odd it takes nothing (None), and Python decodes that one. One message a topic and second
is held against its model before it goes out; a breach ends the kernel's part for good, is told, and Python
goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, get_args

import msgpack

from nxcast.broker.derivation.outbox import Packed
from nxcast.schemas.codes import UDP_UNSOLICITED_RESPONSE
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN, By, Kind, Protocol
from nxcast.schemas.frames import FORWARDER, FRAMES_1, MINIMISED, BatchHeader
from nxcast.schemas.names import LABEL_MAX, NAME_MAX
from nxcast.schemas.question_frame import QUESTION
from nxcast.schemas.records import RECORDS, DnsError, Nxdomain
from nxcast.schemas.topics import channel_of, dns_errors_topic, nxdomain_topic
from nxcast.schemas.units import SECOND_NS

try:
    from nxcast import kernel

    INSTALLED = True
except ImportError:  # no compiler where it was installed
    INSTALLED = False

__all__ = ["INSTALLED", "PAYLOAD_MAX", "Compiled", "Taken"]

# Octets of a payload, some 5,000 frames, 2 ms: others wait so long. A longer one is Python's, by the slice.
PAYLOAD_MAX = 1 << 20
CHECK_NS = SECOND_NS  # nanoseconds from one check of a topic's records to the next
RCODES, TYPES, NUMBERS = 4096, 65_536, 256  # how many there can be
# Bits of options, as the kernel has them.
_UNSOLICITED, _FORWARDERS, _ASKS, _OLDER = 1, 2, 4, 8

_log = logging.getLogger("nxcast.broker")


class Taken(NamedTuple):
    """What a batch gave: frames by where they ended, as in `Derived`, and records by topic."""

    noerror: int
    errors: int
    questions: int
    unsolicited: int
    mismatched: int
    forwarder: int
    nxdomain: int
    top_denials: int
    top_denials_cut: int
    packed: list[Packed]


class Compiled:
    """The kernel with what the models say. Only where INSTALLED."""

    def __init__(self, *, accept_unsolicited: bool, accept_forwarders: bool) -> None:
        self._derive = kernel.derive
        self._options = _UNSOLICITED * accept_unsolicited | _FORWARDERS * accept_forwarders
        topics: dict[str, int] = {}
        self._tables = kernel.tables(
            _keys(DnsError),
            _keys(Nxdomain),
            tuple(map(msgpack.packb, _literals(By))),
            bytes([topics.setdefault(dns_errors_topic(rcode), len(topics)) for rcode in range(RCODES)]),
            bytes([topics.setdefault(nxdomain_topic(qtype), len(topics)) for qtype in range(TYPES)]),
            _which(_literals(Kind)),
            _which(_literals(Protocol)),
            (
                DNS_MESSAGE_MIN, DNS_MESSAGE_MAX, NAME_MAX, LABEL_MAX,
                UDP_UNSOLICITED_RESPONSE, QUESTION, MINIMISED, FORWARDER,
            ),
        )  # fmt: skip
        self._topics = list(topics)
        self._checked_ns = dict.fromkeys(topics, -CHECK_NS)
        self._broken = False

    def take(self, parts: Sequence[bytes], header: BatchHeader, now_ns: int) -> Taken | None:
        """What the three parts of a native batch give; None where that is for Python to find out."""
        form, _, payload = parts
        if self._broken or len(payload) > PAYLOAD_MAX:
            return None
        options = self._options | _OLDER * (form == FRAMES_1) | _ASKS * header.get("questions", False)
        found = self._derive(self._tables, payload, header["count"], header["sensor"].encode(), options)
        if found is None:
            return None
        counts, topics = found
        packed = [Packed(self._topics[number], *rest) for number, rest in topics]
        return Taken(*counts, packed) if self._holds(packed, now_ns) else None

    def _holds(self, packed: Iterable[Packed], now_ns: int) -> bool:
        """Whether records are as their models have it, of the topics whose turn it is."""
        for each in packed:
            if abs(now_ns - self._checked_ns[each.topic]) < CHECK_NS:
                continue
            self._checked_ns[each.topic] = now_ns
            try:
                unpacker = msgpack.Unpacker(use_list=False, max_buffer_size=0)
                unpacker.feed(each.octets)
                records = list(unpacker)
                RECORDS[channel_of(each.topic) or ""].validate_python(records)
                if len(records) != each.records:
                    raise ValueError(f"{len(records)} records, not {each.records}")
            except ValueError as error:
                self._broken = True
                _log.error(
                    "the compiled kernel made a record of %s that breaks the schema, so Python does its work "
                    "from here on (please report this): %s", each.topic, error,
                )  # fmt: skip
                return False
        return True


def _keys(model: Any) -> tuple[bytes, ...]:
    return tuple(map(msgpack.packb, model.__annotations__))


def _literals(kind: Any) -> tuple[Any, ...]:
    return get_args(get_args(kind)[0])


def _which(numbers: Iterable[int]) -> bytes:
    chosen = set(numbers)
    return bytes([number in chosen for number in range(NUMBERS)])
