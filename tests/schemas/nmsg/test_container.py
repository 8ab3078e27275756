"""nmsg: containers of every kind, and that what is wrong with one is a reason, within bounded memory."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.nmsg import container as nmsg
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import (
    BODY_MAX,
    CONTAINER_REASONS,
    FLAG_FRAGMENT,
    FLAG_ZLIB,
    INFLATED_MAX,
    INFLATION_MAX,
    PAYLOAD_OCTETS_MIN,
    PAYLOADS_MAX,
    Container,
    Fragment,
    NmsgError,
    decode_container,
    encode_container,
    payload_crc,
    with_header,
)
from nxcast.schemas.nmsg.payloads import make_payload

PAYLOAD = make_payload((1, 6), 1_700_000_000_123_456_789, b"a log line", 0xA1BA02CF)


def deflated(body: bytes, size: int | None = None) -> bytes:
    return struct.pack("!I", len(body) if size is None else size) + zlib.compress(body, 9)


def reason_of(octets: bytes) -> str:
    with pytest.raises(NmsgError) as caught:
        decode_container(octets)
    assert caught.value.reason in CONTAINER_REASONS
    assert str(caught.value) == f"container {CONTAINER_REASONS[caught.value.reason]}"
    return caught.value.reason


def test_reads_a_container_octet_by_octet() -> None:
    """Magic, flags, version, length; then two payloads, a CRC, a sequence and its id."""
    octets = bytes.fromhex(
        "4e4d5347 00 02 00000011"
        "0a02 0801"  # payloads: vid 1
        "0a02 0802"
        "10 e39fafd308"  # payload_crcs
        "18 07"  # sequence 7
        "20 09"  # sequence_id
    )
    octets = octets[:9] + bytes([len(octets) - 10]) + octets[10:]
    container = decode_container(octets)
    assert container == Container([b"\x08\x01", b"\x08\x02"], [0x8A6BCFE3], 7, 9)


@pytest.mark.parametrize("compress", [False, True])
def test_an_empty_container_is_one(compress: bool) -> None:
    """Zero payloads are no error."""
    assert decode_container(encode_container([], compress=compress)) == Container([], [], None, None)


WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "container_magic"),
    "other": (b"GSMN" + bytes(20), "container_magic"),
    "header cut": (b"NMSG\0\2\0\0\0", "container_length"),
    "version 1": (b"NMSG\0\1\0\0\0\0", "container_version"),
    "unknown flag": (with_header(4, b""), "container_flags"),
    "body cut": (with_header(0, b"\x0a\x00")[:-1], "container_length"),
    "body longer": (with_header(0, b"") + b"\0", "container_length"),
    "claims 4 GiB": (b"NMSG\0\2\xff\xff\xff\xff" + bytes(100), "container_length"),
    "no protobuf": (with_header(0, b"\xff\xff\xff"), "container_protobuf"),
    "payload over the end": (with_header(0, b"\x0a\x05abc"), "container_protobuf"),
    "zlib without a size": (with_header(FLAG_ZLIB, b"\0\0"), "container_zlib"),
    "zlib of nothing": (with_header(FLAG_ZLIB, b"\0\0\0\1"), "container_zlib"),
    "zlib broken": (with_header(FLAG_ZLIB, b"\0\0\0\4" + b"no zlib at all"), "container_zlib"),
    "zlib cut": (with_header(FLAG_ZLIB, deflated(bytes(1000))[:-6]), "container_zlib"),
    "zlib with a wrong checksum": (
        with_header(FLAG_ZLIB, deflated(b"\x0a\x00")[:-1] + b"!"),
        "container_zlib",
    ),
    "zlib smaller than it says": (
        with_header(FLAG_ZLIB, deflated(b"\x0a\x00", 3)),
        "container_inflated_size",
    ),
    "zlib larger than it says": (
        with_header(FLAG_ZLIB, deflated(b"\x0a\x00" * 2, 3)),
        "container_inflated_size",
    ),
    "zlib says too much": (
        with_header(FLAG_ZLIB, deflated(b"", INFLATED_MAX + 1)),
        "container_inflated_size",
    ),
    "zlib of no protobuf": (with_header(FLAG_ZLIB, deflated(b"\xff\xff\xff")), "container_protobuf"),
    "too many payloads": (
        with_header(FLAG_ZLIB, deflated(b"\x0a\x00" * (PAYLOADS_MAX + 1))),
        "container_payloads",
    ),
    "fragment of no protobuf": (with_header(FLAG_FRAGMENT, b"\xff\xff\xff"), "container_fragment"),
    "fragment without a piece": (with_header(FLAG_FRAGMENT, b""), "container_fragment"),
    "fragment after the last": (
        with_header(
            FLAG_FRAGMENT,
            nmsg_pb2.NmsgFragment(id=1, current=2, last=1, fragment=b"x").SerializeToString(),
        ),
        "container_fragment",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_names_what_is_wrong(name: str) -> None:
    """Each fault has its reason."""
    octets, reason = WRONG[name]
    assert reason_of(octets) == reason


def test_every_reason_is_shown_here() -> None:
    """All but that of fragments that never come, which is told and not raised here, and that of strangers."""
    shown = {reason for _, reason in WRONG.values()}
    assert (
        shown | {"container_fragments_lost", "container_inflation"}
        == set(CONTAINER_REASONS)
        == set(NmsgError.REASONS)
    )


def _of_stranger(octets: bytes) -> str | int:
    """The reason why it is refused, or how many payloads it has."""
    try:
        container = decode_container(octets, stranger=True)
    except NmsgError as error:
        return error.reason
    assert isinstance(container, Container)
    return len(container.payloads)


def test_a_stranger_s_container_inflates_by_what_came() -> None:
    """Of one that is believed, as in a file, only the size is bounded."""
    stream = zlib.compress(b"\x10\1" * 4000)
    size = (len(stream) + 4) * INFLATION_MAX
    for octets, reason in ((size, "container_inflated_size"), (size + 1, "container_inflation")):
        claimed = with_header(FLAG_ZLIB, octets.to_bytes(4, "big") + stream)
        assert _of_stranger(claimed) == reason
    assert reason_of(claimed) == "container_inflated_size"


def test_a_stranger_s_container_has_a_payload_for_two_octets_that_came() -> None:
    empty = b"\x0a\x00"
    assert _of_stranger(with_header(0, empty * 1000)) == 1000
    packed = deflated(empty * 200)
    assert _of_stranger(with_header(FLAG_ZLIB, packed)) == "container_payloads"
    fits = len(deflated(empty * 8)) // PAYLOAD_OCTETS_MIN
    assert _of_stranger(with_header(FLAG_ZLIB, deflated(empty * fits))) == fits
    assert len(decode_container(with_header(FLAG_ZLIB, packed)).payloads) == 200  # type: ignore[union-attr]


@pytest.mark.parametrize("count", [1, 64, 500])
def test_a_stranger_may_send_one_answer_again_and_again(count: int) -> None:
    """As libnmsg packs them, 64 KiB of one answer of which nothing but the time changes."""
    payloads = [make_payload((1, 9), 10**18 + number * 50_000, bytes(range(100))) for number in range(count)]
    assert _of_stranger(encode_container(payloads, sequence=1, sequence_id=2, compress=True)) == count


@pytest.mark.parametrize("payloads", [1, PAYLOADS_MAX])
def test_takes_what_is_at_its_limits(payloads: int) -> None:
    container = decode_container(with_header(FLAG_ZLIB, deflated(b"\x0a\x00" * payloads)))
    assert isinstance(container, Container)
    assert len(container.payloads) == payloads


# Lies about the inflated size, a true size at the limit that is nothing but payloads of no octets, and CRCs.
# What is begun can be followed by itself without its header (RFC 1950); no end is reached.
BOMBS = {
    "lies": "struct.pack('!I', 100) + begun(1 << 20) + begun(1 << 20)[2:] * 1023",
    "payloads": "struct.pack('!I', 8 << 20) + zlib.compress(b'\\x0a\\0' * (4 << 20), 9)",
    "crcs": "struct.pack('!I', 8 << 20) + zlib.compress(b'\\x10\\0' * (4 << 20), 9)",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_takes_bounded_memory(bomb: str) -> None:
    """A container of a few KiB that would be 1 GiB, or 4 million payloads, costs at most 300 MiB more."""
    make = (
        "import struct, sys, zlib\n"
        "def begun(zeros):\n"
        "    packer = zlib.compressobj(9)\n"
        "    return packer.compress(bytes(zeros)) + packer.flush(zlib.Z_FULL_FLUSH)\n"
        f"sys.stdout.buffer.write({BOMBS[bomb]})"
    )
    body = subprocess.run([sys.executable, "-c", make], capture_output=True, check=True, timeout=600).stdout
    assert len(body) < BODY_MAX
    script = (
        "import resource, sys\n"
        "from nxcast.schemas.nmsg.container import NmsgError, decode_container\n"
        "octets = sys.stdin.buffer.read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    decode_container(octets)\n"
        "except NmsgError as error:\n"
        "    print(error.reason)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    *_, grown = subprocess.run(
        [sys.executable, "-c", script],
        input=with_header(FLAG_ZLIB, body),
        capture_output=True,
        check=True,
        timeout=600,
    ).stdout.split()
    assert int(grown) < 300 << 10  # KiB


def test_crc_is_of_the_payload_and_swapped() -> None:
    """The check value of CRC-32C, E3069283, with its octets in the other order."""
    assert payload_crc(b"123456789") == 0x839206E3
    container = decode_container(encode_container([PAYLOAD]))
    assert isinstance(container, Container)
    assert container.crcs == [payload_crc(PAYLOAD.payload)]


PAYLOADS = st.builds(
    make_payload,
    st.tuples(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF)),
    st.integers(0, 1 << 63),
    st.binary(max_size=40),
    st.integers(0, 0xFFFFFFFF),
)


@given(
    st.lists(PAYLOADS, max_size=5),
    st.none() | st.integers(0, 0xFFFFFFFF),
    st.none() | st.integers(0, (1 << 64) - 1),
    st.booleans(),
)
def test_containers_round_trip(
    payloads: list[Any], sequence: int | None, sequence_id: int | None, compress: bool
) -> None:
    """What is encoded, plain or zlib, is decoded."""
    octets = encode_container(payloads, sequence=sequence, sequence_id=sequence_id, compress=compress)
    container = decode_container(octets)
    assert isinstance(container, Container)
    assert [nmsg_pb2.NmsgPayload.FromString(each) for each in container.payloads] == payloads
    assert container[2:] == (sequence, sequence_id)


def _any_of(octets: bytes) -> Container | Fragment | str:
    try:
        return decode_container(octets)
    except NmsgError as error:
        return CONTAINER_REASONS[error.reason]


@given(st.binary(max_size=60), st.sampled_from([b"", b"NMSG", b"NMSG\0\2", b"NMSG\1\2", b"NMSG\2\2"]))
def test_random_octets_raise_only_our_error(octets: bytes, start: bytes) -> None:
    _any_of(start + octets)
    _any_of(with_header(len(start) % 4, octets))


@given(st.booleans(), st.data())
def test_mutated_containers_raise_only_our_error(compress: bool, data: st.DataObject) -> None:
    octets = bytearray(encode_container([PAYLOAD, PAYLOAD], sequence=1, sequence_id=2, compress=compress))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    _any_of(bytes(octets))
    _any_of(bytes(octets[: data.draw(st.integers(0, len(octets)))]))


def test_public_names_are_all_there() -> None:
    assert all(hasattr(nmsg, name) for name in nmsg.__all__)
