"""dnstap recordings: made by a program that is not ours, and read by code that nxcast does not share.

Rules of this module:
- The receiver is fstrm_capture. It listens on a unix socket, and resolvers connect to it.
- Read is what Frame Streams and dnstap.proto say (https://dnstap.info), and of a message only what the tests
  compare. Files are our own, so a broken one is an error and not passed over.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

from testbed.servers import START_SECONDS, LabError, Server

__all__ = ["CLIENT_RESPONSE", "RESOLVER_RESPONSE", "Message", "Recorder", "read"]

RESOLVER_RESPONSE, CLIENT_RESPONSE = 4, 6  # dnstap.proto, Message.Type

CONTENT_TYPE = "protobuf:dnstap.Dnstap"


class Recorder:
    """fstrm_capture, from the socket into the file, until it is closed. Use as a context manager."""

    def __init__(self, listen: Path, file: Path, directory: Path) -> None:
        command = ["fstrm_capture", "-t", CONTENT_TYPE, "-u", str(listen), "-w", str(file)]
        self._server = Server(f"capture-{file.stem}", directory, command)
        deadline = time.monotonic() + START_SECONDS
        while not listen.exists():
            if self._server.process.poll() is not None or time.monotonic() > deadline:
                self._server.stop()
                raise LabError(f"fstrm_capture does not listen on {listen}")
            time.sleep(0.01)

    def close(self) -> None:
        """Stop it; the file is then whole."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Message:
    """One dnstap message. Times are nanoseconds since the epoch, 0 if absent."""

    type: int  # Message.Type
    response_address: str | None
    query_ns: int
    response_ns: int
    zone: bytes | None  # query_zone, wire form
    wire: bytes  # the response, DNS wire form


def read(path: Path) -> Iterator[Message]:
    """The messages of a Frame Streams file, in its order."""
    data = path.read_bytes()
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("!I", data, at)
        at += 4
        if length == 0:  # a control frame: its own length follows
            (length,) = struct.unpack_from("!I", data, at)
            at += 4 + length
            continue
        yield _message(data[at : at + length])
        at += length


def _message(dnstap: bytes) -> Message:
    fields = dict(_fields(_bytes(dict(_fields(dnstap))[14])))  # Dnstap.message
    server = fields.get(5)
    return Message(
        _int(fields[1]),
        None if server is None else str(ip_address(_bytes(server))),
        _int(fields.get(8, 0)) * 1_000_000_000 + _int(fields.get(9, 0)),
        _int(fields.get(12, 0)) * 1_000_000_000 + _int(fields.get(13, 0)),
        _bytes(fields[11]) if 11 in fields else None,
        _bytes(fields.get(14, b"")),
    )


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Numbers and values of a protobuf message's fields."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield number, value
        elif kind == 2:
            length, at = _varint(data, at)
            yield number, data[at : at + length]
            at += length
        elif kind == 5:
            yield number, int.from_bytes(data[at : at + 4], "little")
            at += 4
        else:
            raise ValueError(f"dnstap has no fields of wire type {kind}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = data[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
        shift += 7


def _int(value: int | bytes) -> int:
    assert isinstance(value, int)
    return value


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value
