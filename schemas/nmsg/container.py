"""NMSG containers: the framing of passive DNS, read and written. Pure.

A container is `NMSG`, flags, version, the length of its body (all big-endian), and the body: an Nmsg of
nmsg.proto, deflated where a flag says so, or one fragment of such a body (see nmsg_fragments). What its
payloads hold is for nmsg_payloads. The format is that of Farsight's libnmsg 1.3.

Rule 1: no octets raise anything but NmsgError, whose reason is from a fixed list.
Rule 2: no size that a peer claims is believed: what is inflated is bounded before it is made.
Rule 3: a container without payloads is a container. Bad payloads spoil themselves, not their container.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from google.protobuf.message import DecodeError
from google_crc32c import value as crc32c

from nxcast.schemas.batch_decoding import MessageError
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX
from nxcast.schemas.nmsg import nmsg_pb2

__all__ = [
    "BODY_MAX",
    "CONTAINER_REASONS",
    "FLAG_FRAGMENT",
    "FLAG_ZLIB",
    "HEADER_SIZE",
    "INFLATED_MAX",
    "INFLATION_MAX",
    "MAGIC",
    "PAYLOADS_MAX",
    "PAYLOAD_OCTETS_MIN",
    "VERSION",
    "Container",
    "Fragment",
    "NmsgError",
    "decode_body",
    "decode_container",
    "encode_container",
    "parse_header",
    "payload_crc",
    "with_header",
]

MAGIC = b"NMSG"
VERSION = 2  # version 1, with a length of two octets, has not been written since 2009
FLAG_ZLIB, FLAG_FRAGMENT = 1, 2
HEADER_SIZE = 10  # octets
BODY_MAX = INGRESS_MESSAGE_MAX - HEADER_SIZE  # octets; libnmsg fills a container to 64 KiB at most
INFLATED_MAX = 8 << 20  # octets of a body once inflated, as much as the broker takes in one message
PAYLOADS_MAX = 65_536  # payloads a container, as many as frames in a native batch
# Of a stranger's container: octets inflated for each that came. 64 KiB of one answer again and again, of
# which nothing but the time changes, reach 28; answers with IDs of their own reach 5.
INFLATION_MAX = 64
# Octets that came for each payload: the same 64 KiB have 4.5, deflated. 64 KiB give 32,768 payloads at most.
PAYLOAD_OCTETS_MIN = 2
ZLIB_HEADER_SIZE = 4  # octets of inflated size before the zlib stream

CONTAINER_REASONS = {
    "container_magic": "does not begin with NMSG",
    "container_version": "of another version of the format than 2",
    "container_flags": "with a flag that is neither zlib (1) nor fragment (2)",
    "container_length": "with a body that is shorter, longer or larger than may be",
    "container_zlib": "with a zlib stream that is cut or broken",
    "container_inflated_size": "with an inflated size that is over the limit or not the true one",
    "container_inflation": "that inflates to more than 64 octets for each that came",
    "container_protobuf": "with a body that is no Nmsg protobuf",
    "container_payloads": "with more payloads than may be",
    "container_fragment": "with a fragment that is no NmsgFragment protobuf, or numbered wrong",
    "container_fragments_lost": "whose other fragments did not come in time, or were too many or too large",
}
"""Reasons of a container that can't be read; complete."""

_header = struct.Struct("!4sBBI")


class NmsgError(MessageError):
    """A container that a peer sent wrong; `reason` is one of `REASONS`, `data` the wrong octets."""

    REASONS = tuple(CONTAINER_REASONS)

    def __str__(self) -> str:
        return f"container {CONTAINER_REASONS[self.reason]}"


class Container(NamedTuple):
    """A container's payloads, each an NmsgPayload still encoded, and their CRCs as far as it has them.

    `sequence` counts the containers of the output that `sequence_id` names; None where it does not say.
    """

    payloads: Sequence[bytes]
    crcs: Sequence[int]
    sequence: int | None
    sequence_id: int | None


class Fragment(NamedTuple):
    """A part of a body; `key` is the same in all parts of one, `flags` are how to read the whole."""

    key: tuple[int, int, int, int]
    flags: int
    current: int
    last: int
    octets: bytes


def parse_header(octets: bytes) -> tuple[int, int]:
    """Flags and length of the body of a container whose first HEADER_SIZE octets these are.

    Fewer octets raise `container_magic`, or `container_length` where they begin well.
    """
    if not octets.startswith(MAGIC):
        raise NmsgError("container_magic", octets)
    if len(octets) < HEADER_SIZE:
        raise NmsgError("container_length", octets)
    _, flags, version, length = _header.unpack_from(octets)
    if version != VERSION:
        raise NmsgError("container_version", octets)
    if flags & ~(FLAG_ZLIB | FLAG_FRAGMENT):
        raise NmsgError("container_flags", octets)
    if length > BODY_MAX:
        raise NmsgError("container_length", octets)
    return flags, length


def decode_container(octets: bytes, *, stranger: bool = False) -> Container | Fragment:
    """The one container that the octets are, such as a ZeroMQ message or a piece of a file.

    `stranger`: whoever sent it pays for it with octets of its own, by INFLATION_MAX and PAYLOAD_OCTETS_MIN.
    """
    flags, length = parse_header(octets)
    if length != len(octets) - HEADER_SIZE:
        raise NmsgError("container_length", octets)
    body = octets[HEADER_SIZE:]
    return _fragment(flags, body) if flags & FLAG_FRAGMENT else decode_body(flags, body, stranger=stranger)


def decode_body(flags: int, body: bytes, *, stranger: bool = False) -> Container:
    """The container of a whole body, also one put together from fragments: the fragment flag is ignored."""
    inflated_max, payloads_max = INFLATED_MAX, PAYLOADS_MAX
    if stranger:
        inflated_max, payloads_max = (
            len(body) * INFLATION_MAX,
            min(payloads_max, len(body) // PAYLOAD_OCTETS_MIN),
        )
    inflated = _inflate(body, inflated_max) if flags & FLAG_ZLIB else body
    if len(inflated) > INFLATED_MAX:
        raise NmsgError("container_inflated_size", body)
    try:
        nmsg = nmsg_pb2.Nmsg.FromString(inflated)
    except DecodeError:
        raise NmsgError("container_protobuf", inflated) from None
    if len(nmsg.payloads) > payloads_max:
        raise NmsgError("container_payloads", inflated)
    return Container(
        list(nmsg.payloads),
        nmsg.payload_crcs[:PAYLOADS_MAX],
        nmsg.sequence if nmsg.HasField("sequence") else None,
        nmsg.sequence_id if nmsg.HasField("sequence_id") else None,
    )


def encode_container(
    payloads: Sequence[nmsg_pb2.NmsgPayload],
    *,
    sequence: int | None = None,
    sequence_id: int | None = None,
    compress: bool = False,
) -> bytes:
    """A container with the CRCs of its payloads. `nmsg_fragments.split` cuts one that is too large."""
    body = nmsg_pb2.Nmsg(
        payloads=[payload.SerializeToString() for payload in payloads],
        payload_crcs=[payload_crc(payload.payload) for payload in payloads],
        sequence=sequence,
        sequence_id=sequence_id,
    ).SerializeToString()
    if compress:
        body = len(body).to_bytes(ZLIB_HEADER_SIZE, "big") + zlib.compress(body)
    return with_header(FLAG_ZLIB if compress else 0, body)


def with_header(flags: int, body: bytes) -> bytes:
    """The container of a body that is encoded already."""
    return _header.pack(MAGIC, flags, VERSION, len(body)) + body


def payload_crc(octets: bytes) -> int:
    """CRC32C (RFC 3720 section 12.1) of a payload as containers hold it: with its four octets swapped."""
    return int.from_bytes(crc32c(octets).to_bytes(4, "little"), "big")


def _inflate(body: bytes, size_max: int) -> bytes:
    size = int.from_bytes(body[:ZLIB_HEADER_SIZE], "big")
    if size > INFLATED_MAX:
        raise NmsgError("container_inflated_size", body)
    if size > size_max:
        raise NmsgError("container_inflation", body)
    stream = zlib.decompressobj()
    try:
        # One octet more than claimed, so that a stream that goes on beyond it shows, and costs no more.
        inflated = stream.decompress(memoryview(body)[ZLIB_HEADER_SIZE:], size + 1)
    except zlib.error:
        raise NmsgError("container_zlib", body) from None
    if len(inflated) > size or (stream.eof and len(inflated) < size):
        raise NmsgError("container_inflated_size", body)
    if not stream.eof:
        raise NmsgError("container_zlib", body)
    return inflated


def _fragment(flags: int, body: bytes) -> Fragment:
    try:
        part = nmsg_pb2.NmsgFragment.FromString(body)
    except DecodeError:
        raise NmsgError("container_fragment", body) from None
    if not part.HasField("fragment") or part.current > part.last:
        raise NmsgError("container_fragment", body)
    flags &= ~FLAG_FRAGMENT
    return Fragment((part.id, part.crc, part.last, flags), flags, part.current, part.last, part.fragment)
