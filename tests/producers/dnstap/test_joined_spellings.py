"""Denials and questions by how names and owners are written, and types: the compiled join against Python."""

from __future__ import annotations

from random import Random

import msgpack
import pytest

from nxcast.producers.dnstap.dnstap_intake import CLIENT, CLIENT_ONLY, Choices
from nxcast.producers.dnstap.payload_reading import INSTALLED
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.names import NAME_MAX
from nxcast.schemas.question_frame import QUESTION
from tests.messages import IN, SOA, A, message, question, record
from tests.producers.dnstap.test_payload_reading import agree, outcome

pytestmark = pytest.mark.skipif(not INSTALLED, reason="no C compiler where nxcast was installed")

TYPES = dnstap_pb2.Message
RDATA = bytes(21) + b"\x3c"
# Labels at 12, 16, 21, 29 and, the root, 33; and one that has the octets of two others in it, at 12.
NAME = b"\3wWw\4Shop\7eXample\3com\0"
TWISTED = b"\6xx\3com\3com\0"


def _payloads(
    qname: bytes, owner: bytes, zone: bytes | None, qtype: int = A, qclass: int = IN
) -> list[bytes]:
    """What a server denied, and a client then; each twice."""
    asked = [question(qname, qtype, qclass)]
    denial = message(3, questions=asked, authorities=[record(owner, SOA, RDATA, ttl=60)])
    made = []
    for number, kind in enumerate((TYPES.RESOLVER_RESPONSE, TYPES.CLIENT_RESPONSE) * 2):
        said = TYPES(
            type=kind, response_message=denial, response_address=bytes(4), query_zone=zone,
            response_time_sec=1_700_000_000, response_time_nsec=number,
        )  # fmt: skip
        around = dnstap_pb2.Dnstap(type=dnstap_pb2.Dnstap.MESSAGE, message=said)
        made.append(around.SerializeToString())
    return made


def _pointer(offset: int) -> bytes:
    return (0xC000 | offset).to_bytes(2, "big")


@pytest.mark.parametrize("questions", [CLIENT, CLIENT_ONLY])
@pytest.mark.parametrize("zone", [None, b"\3com\0", b"\7Example\3COM\0", b"\0"])
@pytest.mark.parametrize("name", [NAME, TWISTED])
def test_agrees_on_each_spelling_of_an_owner(name: bytes, zone: bytes | None, questions: str) -> None:
    owners = [
        *map(_pointer, range(len(name) + 20)),
        b"\0",
        b"\3com\0",
        b"\3COM\0",
        b"\3com" + _pointer(33),
        b"\3co",
    ]
    for owner in owners:
        agree(_payloads(name, owner, zone), Choices(questions=questions))


@pytest.mark.parametrize(("offset", "zone"), [(16, NAME[4:]), (21, NAME[9:]), (29, NAME[17:]), (33, b"\0")])
def test_an_owner_that_points_into_the_name_is_its_end(offset: int, zone: bytes) -> None:
    sent, *_ = outcome(_payloads(NAME, _pointer(offset), zone), Choices(questions=CLIENT), compiled=True)
    asked = [each for each in map(msgpack.unpackb, sent) if each[1] == QUESTION]
    assert [(each[2], each[6], each[7], each[8]) for each in asked] == [(NAME, zone, NAME, "authority")]


def test_agrees_on_names_of_each_size_and_any_octets() -> None:
    rng = Random(11)
    payloads = []
    for size in range(3, NAME_MAX + 1):
        name, left = b"", size - 1
        while left:
            length = left - 1 if left <= 64 else rng.randrange(1, 62)
            name += bytes([length, *rng.choices(b"@AZ[`az{\x00\x3f\x80\xc1\xda\xff", k=length)])
            left -= length + 1
        payloads += _payloads(name + b"\0", b"\0", b"\0")
    agree(payloads, Choices(questions=CLIENT))


def test_agrees_on_many_types_and_classes_of_one_name() -> None:
    rng = Random(12)
    kinds = [(qtype, qclass) for qtype in range(300) for qclass in (IN, 3, 255)]
    kinds += [(rng.randrange(1 << 16), rng.randrange(1 << 16)) for _ in range(300)]
    payloads = [each for kind in kinds for each in _payloads(NAME, _pointer(21), NAME[9:], *kind)]
    agree(payloads, Choices(questions=CLIENT))
    sent, *_ = outcome(payloads, Choices(questions=CLIENT), compiled=True)
    assert sum(msgpack.unpackb(each)[1] == QUESTION for each in sent) == len(set(kinds))
