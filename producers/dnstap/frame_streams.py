"""Frame Streams, the framing of dnstap, as a state machine that does no I/O.

A stream is a run of frames: a length of four octets (big-endian) and so many octets of payload. Length 0
escapes to a control frame: a second length, then a type and fields. The peer picks the mode by its first
control frame. START opens a one-way stream (a file, a pipe): START, data frames, STOP. READY opens a
two-way one: READY, our ACCEPT, START, data frames, STOP, our FINISH.

Rule 1: whatever octets come, in whatever pieces, nothing raises; a breach of the format is kept in `error`,
after all the payloads before it have been handed out, and everything after it is ignored.
Rule 2: each octet is copied a bounded number of times, however small the pieces.

The format is that of the reference implementation, fstrm 0.6, whose control.h is its description.
"""

from __future__ import annotations

import struct
from enum import Enum, IntEnum

from nxcast.producers.dnstap import payload_reading

__all__ = ["CONTENT_TYPE", "CONTROL_FRAME_MAX", "DATA_FRAME_MAX", "Control", "FrameStreamsError", "Reader"]
__all__ += ["control_frame", "cut_payloads"]

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
CONTROL_FRAME_MAX = 512  # octets, FSTRM_CONTROL_FRAME_LENGTH_MAX of fstrm
# Octets; a Dnstap holds two DNS messages of at most 65,535 octets, so twice what can be right.
DATA_FRAME_MAX = 256 << 10
CONTENT_TYPE_FIELD = 1  # the only type of control field that there is

_length_at = struct.Struct("!I").unpack_from
_field_at = struct.Struct("!II").unpack_from


class Control(IntEnum):
    """Types of control frames; the list is complete."""

    ACCEPT = 1  # reader to writer: send this content type
    START = 2  # writer: data frames follow
    STOP = 3  # writer: that was all
    READY = 4  # writer to reader: these content types are on offer
    FINISH = 5  # reader to writer: the STOP has been read


class _State(Enum):
    OPENING = "no START frame yet"
    ACCEPTED = "READY was read and ACCEPT given"
    STREAMING = "data frames follow"
    FINISHED = "STOP was read"


class FrameStreamsError(Exception):
    """What a peer or a file has wrong; `octet` is the offset in the stream at which it shows."""

    def __init__(self, text: str, octet: int) -> None:
        super().__init__(text)
        self.octet = octet


class Reader:
    """The reading end of one stream.

    `error` is None until the peer breaks the format. `finished` is true once its STOP has been read.
    `several`: another stream may follow the STOP, as where files are joined.
    """

    def __init__(self, *, several: bool = False) -> None:
        self.error: FrameStreamsError | None = None
        self._several = several
        self._state = _State.OPENING
        self._two_way = False
        self._outgoing = b""
        self._pending = bytearray()  # octets received and not yet taken apart
        self._needed = 4  # octets of `_pending` without which nothing more can be taken
        self._offset = 0  # of the first octet of `_pending`, in the stream

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its proper end."""
        return self._state is _State.FINISHED and self.error is None

    @property
    def started(self) -> bool:
        """Whether START has been read, so that data may come."""
        return self._state in (_State.STREAMING, _State.FINISHED)

    @property
    def unfinished(self) -> int:
        """Octets held of a frame that is not whole."""
        return len(self._pending)

    def receive_data(self, data: bytes) -> list[bytes]:
        """Take octets as they came; return the payloads of the data frames that they complete."""
        payloads: list[bytes] = []
        if self.error is None:
            self._pending += data
            if len(self._pending) >= self._needed:
                octets = bytes(self._pending)
                self._pending.clear()
                try:
                    self._take(octets, payloads)
                except FrameStreamsError as error:
                    self.error = error
        return payloads

    def receive_eof(self) -> None:
        """The peer has closed, or the file has ended: sets `error` unless the stream was finished."""
        end = self._offset + len(self._pending)
        if self.error is not None:
            return
        if self._state is _State.FINISHED:
            if self._pending:
                self.error = _more_data(self._offset)
        elif self._state is not _State.STREAMING:
            self.error = FrameStreamsError("not Frame Streams: no START frame", end)
        elif self._pending:
            self.error = FrameStreamsError(f"cut in the middle of a frame at octet {end}", end)
        else:
            self.error = FrameStreamsError(f"ends without a STOP frame at octet {end}", end)

    def data_to_send(self) -> bytes:
        """What to send to the peer now: ACCEPT, FINISH, mostly nothing. A file's reader ignores it."""
        data, self._outgoing = self._outgoing, b""
        return data

    def _take(self, octets: bytes, payloads: list[bytes]) -> None:
        """Take off the frames that are whole; the rest waits in `_pending` for `_needed` octets."""
        size = len(octets)
        streaming = self._state is _State.STREAMING
        position, end = 0, 4
        while position + 4 <= size:
            if streaming:
                found, position = _cut(octets, position, DATA_FRAME_MAX)
                payloads += found
                end = position + 4
                if end > size:
                    break
            (length,) = _length_at(octets, position)
            if length and streaming:
                if length > DATA_FRAME_MAX:
                    raise self._error(
                        f"frame of {length} octets, over the limit of {DATA_FRAME_MAX} octets,", position
                    )
                end += length  # not all there, or it would have been cut out
                break
            end = self._control_end(octets, position, length)
            if end > size:
                break
            self._control(octets[position + 8 : end], position)
            streaming = self._state is _State.STREAMING
            position, end = end, end + 4
        self._pending += octets[position:]
        self._needed = end - position
        self._offset += position

    def _control_end(self, octets: bytes, position: int, length: int) -> int:
        """End of the control frame at `position`, or of its lengths while they are not all there."""
        if self._state is _State.FINISHED:
            if not self._several:
                raise _more_data(self._offset + position)
            self._state, self._two_way = _State.OPENING, False
        if length:  # data, and the stream has not started
            raise self._error("no START frame", position)
        if position + 8 > len(octets):
            return position + 8
        (length,) = _length_at(octets, position + 4)
        if length > CONTROL_FRAME_MAX:
            raise self._error(
                f"control frame of {length} octets, over the limit of {CONTROL_FRAME_MAX} octets,", position
            )
        if length < 4:
            raise self._error("control frame without a type", position)
        return position + 8 + int(length)

    def _control(self, body: bytes, position: int) -> None:
        """One control frame: check that it may come now, and move on to the next state."""
        (kind,) = _length_at(body)
        after = _MOVES.get((self._state, kind))
        if after is None:
            raise self._error(f"control frame {_NAMES.get(kind, kind)} out of place", position)
        offered = self._content_types(body, position)
        if kind != Control.STOP and offered and CONTENT_TYPE not in offered:
            names = ", ".join(map(_printable, offered))
            raise FrameStreamsError(f"content type {names} is not {CONTENT_TYPE.decode()}", self._offset)
        if kind == Control.READY:
            self._two_way = True
            self._outgoing += _ACCEPT
        elif kind == Control.STOP and self._two_way:
            self._outgoing += _FINISH
        self._state = after

    def _content_types(self, body: bytes, position: int) -> list[bytes]:
        """The content types that a control frame names; none stands for any."""
        names = []
        at = 4
        while at < len(body):
            kind, length = _field_at(body, at) if at + 8 <= len(body) else (0, 0)
            if kind != CONTENT_TYPE_FIELD or at + 8 + length > len(body):
                raise self._error("control frame with a bad field", position)
            names.append(body[at + 8 : at + 8 + length])
            at += 8 + length
        return names

    def _error(self, text: str, position: int) -> FrameStreamsError:
        octet = self._offset + position
        if self._state is _State.OPENING:
            return FrameStreamsError("not Frame Streams: no START frame", octet)
        return FrameStreamsError(f"{text} at octet {octet}", octet)


def cut_payloads(octets: bytes, position: int, longest: int) -> tuple[list[bytes], int]:
    """The payloads of the data frames from a place on, and the place of what is none that is whole.

    `longest` is the most octets of one.
    """
    payloads = []
    while position + 4 <= len(octets):
        (length,) = _length_at(octets, position)
        end = position + 4 + length
        if not length or length > longest or end > len(octets):
            break
        payloads.append(octets[position + 4 : end])
        position = end
    return payloads, position


_cut = payload_reading.cut_payloads if payload_reading.INSTALLED else cut_payloads


def _more_data(octet: int) -> FrameStreamsError:
    return FrameStreamsError(f"more data after the STOP frame at octet {octet}", octet)


def _printable(name: bytes) -> str:
    """ASCII, with the rest escaped: what a peer sent may stand in a terminal or a log."""
    return "".join(chr(octet) if 0x20 <= octet <= 0x7E else f"\\x{octet:02x}" for octet in name)


def control_frame(kind: Control, content_type: bytes | None = None) -> bytes:
    """A control frame as it goes over the wire, with its escape and length."""
    body = struct.pack("!I", kind)
    if content_type is not None:
        body += struct.pack("!II", CONTENT_TYPE_FIELD, len(content_type)) + content_type
    return struct.pack("!II", 0, len(body)) + body


_NAMES = {int(kind): kind.name for kind in Control}
_ACCEPT = control_frame(Control.ACCEPT, CONTENT_TYPE)
_FINISH = control_frame(Control.FINISH)
_MOVES = {
    (_State.OPENING, Control.START): _State.STREAMING,
    (_State.OPENING, Control.READY): _State.ACCEPTED,
    (_State.ACCEPTED, Control.START): _State.STREAMING,
    (_State.STREAMING, Control.STOP): _State.FINISHED,
}
