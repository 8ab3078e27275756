"""Files of NMSG: containers one after another, as a state machine that does no I/O.

Rule 1: whatever octets come, in whatever pieces, nothing raises. A breach of the framing is kept in `error`,
after all the containers before it have been handed out, and everything after it is ignored.
Rule 2: what is wrong inside a container is not looked at here, so it can't hide the containers after it.
"""

from __future__ import annotations

from nxcast.schemas.nmsg.container import BODY_MAX, HEADER_SIZE, MAGIC, VERSION, NmsgError, parse_header

__all__ = ["Reader", "ReaderError"]


class ReaderError(Exception):
    """What a file has wrong; the text is for people and tells the octet."""


class Reader:
    """Octets in, whole containers out, header included. `error` is None until the framing breaks."""

    def __init__(self) -> None:
        self.error: ReaderError | None = None
        self._pending = bytearray()
        self._needed = HEADER_SIZE  # octets of `_pending` without which nothing more can be taken
        self._offset = 0  # of the first octet of `_pending`, in the file

    def receive_data(self, data: bytes) -> list[bytes]:
        """Take octets as they came; return the containers that they complete."""
        containers: list[bytes] = []
        if self.error is None:
            self._pending += data
            if len(self._pending) >= self._needed or not MAGIC.startswith(self._pending[: len(MAGIC)]):
                self._take(containers)
        return containers

    def receive_eof(self) -> None:
        """The file has ended: sets `error` where that is in the middle of a container, or before any."""
        end = self._offset + len(self._pending)
        if self.error is not None:
            return
        if not end:
            self.error = ReaderError("not NMSG: nothing in it")
        elif self._pending:
            self.error = ReaderError(f"cut in the middle of a container at octet {end}")

    def _take(self, containers: list[bytes]) -> None:
        octets = bytes(self._pending)
        position = 0
        self._needed = HEADER_SIZE
        while position < len(octets):
            head = octets[position : position + HEADER_SIZE]
            if len(head) < HEADER_SIZE and MAGIC.startswith(head[: len(MAGIC)]):
                break
            try:
                _, length = parse_header(head)
            except NmsgError as error:
                self.error = ReaderError(self._explain(error, head, self._offset + position))
                break
            end = position + HEADER_SIZE + length
            if end > len(octets):
                self._needed = end - position
                break
            containers.append(octets[position:end])
            position = end
        self._pending = bytearray(octets[position:])
        self._offset += position

    def _explain(self, error: NmsgError, head: bytes, octet: int) -> str:
        if error.reason == "container_version":
            return f"NMSG of version {head[5]}, not {VERSION}, at octet {octet}"
        if error.reason == "container_length":
            size = int.from_bytes(head[6:HEADER_SIZE], "big")
            return f"container of {size} octets, over the limit of {BODY_MAX} octets, at octet {octet}"
        if error.reason == "container_flags":
            return f"container with unknown flags {head[4]:#04x} at octet {octet}"
        return f"no container at octet {octet}" if octet else "not NMSG: does not begin with NMSG"
