"""NMSG on the ingress: containers in, frames by sensor out. Pure; the time is an argument.

A container is a stranger's: what it takes to read it is bounded by the octets that came.
A payload's sensor is named after its source, since that is all that NMSG says of it. Only messages of types
that carry a response give frames. The resolver's address, which libnmsg sends, is withheld here: the producer
can't be asked to. Fragments wait for one another, bounded as `schemas.nmsg.reassembly` says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nxcast.schemas.batch_decoding import validate_frames
from nxcast.schemas.frames import Frame
from nxcast.schemas.nmsg.container import MAGIC, Fragment, decode_container
from nxcast.schemas.nmsg.payloads import Reading, read_container, sensor_of
from nxcast.schemas.nmsg.reassembly import Lost, Reassembly

__all__ = ["LOST_FRAGMENTS", "BadFrame", "ContainerIntake", "Taken", "is_container"]

LOST_FRAGMENTS = "container_fragments_lost"  # reason, one of schemas.nmsg.CONTAINER_REASONS


class BadFrame(NamedTuple):
    """A payload that gave no frame and should have."""

    sensor: str
    reason: str
    data: bytes


class Taken(NamedTuple):
    """What one container gave.

    `frames` by sensor, the container's own first, which is that of its first payload; `place` is its
    sequence_id and sequence, None where it has none; `skipped` counts payloads without a response, by name.
    """

    frames: dict[str, list[Frame]]
    bad: list[BadFrame]
    skipped: Counter[str]
    place: tuple[int, int] | None


def is_container(parts: Sequence[bytes | memoryview]) -> bool:
    """Whether an ingress message is of this kind."""
    return len(parts) == 1 and parts[0][: len(MAGIC)] == MAGIC


class ContainerIntake:
    """Takes containers as they come; of one cut into fragments, the last to come gives the frames."""

    def __init__(self) -> None:
        self._reassembly = Reassembly(strangers=True)

    def take(
        self,
        octets: bytes,
        now_ns: int,
        sender: str = "",
        check: Callable[[set[str]], None] = lambda _: None,
    ) -> Taken | None:
        """What a message gives, None for a fragment that waits for its sender's others; raises NmsgError.

        `check` gets the sensors of the payloads before anything of those is read, and may raise.
        """
        decoded = decode_container(octets, stranger=True)
        if isinstance(decoded, Fragment):
            container = self._reassembly.add(decoded, now_ns, sender)
        else:
            container = decoded
        if container is None:
            return None
        reading = read_container(
            container, check=lambda sources: check({sensor_of(source) for source in sources})
        )
        validate_frames(reading.frames)
        frames = _by_sensor(reading)
        bad = [BadFrame(sensor_of(source), reason, octets) for source, reason, octets in reading.bad]
        place = None
        if container.sequence_id is not None and container.sequence is not None:
            place = (container.sequence_id, container.sequence)
        return Taken(frames, bad, reading.skipped, place)

    def lost(self, now_ns: int | None) -> list[Lost]:
        """The fragments given up since the last call; None gives up all that wait."""
        self._reassembly.expire(now_ns)
        lost, self._reassembly.lost = self._reassembly.lost, []
        return lost


def _by_sensor(reading: Reading) -> dict[str, list[Frame]]:
    if set(reading.sources) <= {reading.source}:
        return {sensor_of(reading.source): reading.frames}
    by_source: dict[int, list[Frame]] = {reading.source: []}
    for source, frame in zip(reading.sources, reading.frames, strict=True):
        by_source.setdefault(source, []).append(frame)
    return {sensor_of(source): these for source, these in by_source.items()}
