"""What a subscriber does next: what happened goes in, commands come out. Pure.

Times are seconds of a clock that only goes forward. The caller reads a message where nothing is asked for,
else an answer, tells what came (or that nothing did), and does what the commands say, in their order. Batches
are no commands: they stand in `ready` until they are taken, so none is lost where telling an event fails, and
a message costs no more than it must.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from nxcast.consumers.client.events import Batch, Event
from nxcast.consumers.client.repair import MUTE_S
from nxcast.consumers.client.session import Intake
from nxcast.schemas.curve import ClientKey
from nxcast.transport.endpoints import own_egress, replay_endpoint

__all__ = ["RENEW_S", "CloseRequests", "Command", "Reception", "Renew", "Send", "Tell"]

# Seconds of silence until the connection is made anew, and again: libzmq gives up for good on a peer that
# breaks its rules, such as MAXMSGSIZE, or refuses. More than CONNECT_TIMEOUT_MS, so that each has its chance.
RENEW_S = 10.0


@dataclass(slots=True)
class Tell:
    """Tell the subscriber's user what happened."""

    event: Event


@dataclass(slots=True)
class Send:
    """Send a request; where that can't be done at all, say so by `unsendable`."""

    endpoint: str
    request: bytes


@dataclass(slots=True)
class CloseRequests:
    """End the connection that requests go over: nobody answers there."""


@dataclass(slots=True)
class Renew:
    """Connect anew: to where the broker is, or to our own egress."""

    own_egress: str | None = None


Command: TypeAlias = Tell | Send | CloseRequests | Renew


class Reception:
    """One subscriber's. `wake` is when something is to be done though nothing comes; now, if at once.

    `replay` is the endpoint for requests, None where the status says, False for never.
    """

    def __init__(
        self,
        intake: Intake,
        broker: str,
        *,
        replay: str | Literal[False] | None,
        key: ClientKey | None,
        now: float,
    ) -> None:
        self.wake = now
        self.ready: deque[Batch[Any]] = deque()
        self._intake = intake
        self._repairs = intake.repairs
        self._broker = broker
        self._replay = replay
        self._key = key
        self._renew_at = now + RENEW_S
        self._requests_at = ""
        self._unaddressed = False  # a request is due, and no status has said where to
        self._status_by = now + MUTE_S  # infinite while the broker is away
        self._moved = False  # it is our own egress that we are connected to
        self._turned_away = False  # we were refused there, and nothing has come from there since
        self._away = False  # the connection ended, and no other was made yet

    @property
    def asking(self) -> bool:
        """Whether no message is to be read: something waits for an answer, or to be given.

        Not while it waits for the status that says where to ask: that is a message.
        """
        return bool(self._repairs) and not self._unaddressed

    @property
    def awaiting(self) -> bool:
        """Whether an answer is to be read."""
        return self._repairs.awaiting

    def accepted(self, now: float) -> list[Command]:
        """The broker let us in."""
        self._away = False
        self._status_by = now + MUTE_S
        self._intake.accepted(now)
        self._repairs.back(now)
        return []

    def ended(self) -> list[Command]:
        """The connection ended: the broker is gone, and is waited for."""
        self._away = True
        self._status_by = math.inf
        self._intake.ended()
        return []

    def refused(self, now: float, *, unknown_key: bool) -> list[Command]:
        """It did not: it does not know our key, or for another reason."""
        self._renew_at = now + RENEW_S
        if self._moved and not self._turned_away:  # our rights, or its ports, are others by now
            self._moved, self._turned_away = False, True
            return [Renew()]
        return _told(self._intake.refused(self._reason(unknown_key=unknown_key)))

    def message(self, parts: Sequence[bytes] | None, now: float) -> list[Command]:
        """A message came; None: there is none."""
        if parts is not None:
            self.wake = now
            self._turned_away &= not self._moved
            commands = self._give(*self._intake.take(parts, now))
        else:
            self.wake = self._intake.silent_at
            commands = self._quiet(now)
        if self._unaddressed:
            self._await_status(now)
        return commands

    def answer(self, parts: Sequence[bytes] | None, now: float) -> list[Command]:
        """An answer came; None: there is none, or none is awaited."""
        self.wake = now
        if parts is not None:
            self._repairs.answer(parts)
        found = self._intake.repaired(now)
        if found is not None:
            return [*self._give(*found), *self._move(now)]
        if self._repairs.overdue(now, self._requests_at, away=self._away):
            close = [] if self._repairs.paused else [CloseRequests()]  # else it may come after all
            return [*close, *(self._quiet(now) if self._away else [])]
        if (request := self._repairs.ask(now)) is not None:
            return self._send(request, now)
        if self._repairs.awaiting:
            self.wake = self._repairs.wake
        return []

    def unsendable(self, why: str) -> None:
        """A request could not be sent."""
        self._repairs.refuse(why)

    def _quiet(self, now: float) -> list[Command]:
        """Nothing comes."""
        commands = _told(self._intake.idle(now))
        if self._intake.silent and now >= self._renew_at:
            commands.append(Renew())
            self._moved = False
            self._renew_at = now + RENEW_S
        return commands

    def _give(self, events: list[Event], batch: Batch[Any] | None) -> list[Command]:
        if batch is not None:
            self.ready.append(batch)
        return _told(events) if events else []

    def _move(self, now: float) -> list[Command]:
        """Go to where our own egress is, once that is known."""
        place, self._intake.own_egress = self._intake.own_egress, None
        endpoint = None if place is None else own_egress(self._broker, place)
        if endpoint is None:
            return []
        self._moved = True
        self._renew_at = now + RENEW_S
        return [Renew(endpoint)]

    def _await_status(self, now: float) -> None:
        """Ask once a status says where to, or not at all."""
        if self._intake.replay_port is not False:
            self._unaddressed = False
            self._repairs.back(now)
            self.wake = now
        elif now >= self._status_by or self._repairs.overfull:
            self._unaddressed = False
            self._repairs.refuse("the broker sends no status, which says where to ask")
            self.wake = now
        else:
            self.wake = min(self.wake, self._status_by)

    def _send(self, request: bytes, now: float) -> list[Command]:
        endpoint = self._replay or None
        if endpoint is None and (self._replay is None or self._repairs.asks_rights):
            if self._intake.replay_port is False:
                self._unaddressed = True
                self._await_status(now)
                return []
            endpoint = replay_endpoint(self._broker, self._intake.replay_port)
        if endpoint is None:
            self._repairs.refuse("the broker has no endpoint for requests")
            return []
        self._requests_at = endpoint
        return [Send(endpoint, request)]

    def _reason(self, *, unknown_key: bool) -> str:
        broker = self._broker
        if unknown_key:
            return (
                f"the broker at {broker} does not know this key, or no longer, or it may not subscribe "
                "(nxcast-broker keys list tells)"
            )
        if self._key is None:
            return f"{broker} lets in keys only (--key), or is no broker"
        return (
            f"{broker} lets in without keys only, has another key than the file of ours says, or is no broker"
        )


def _told(events: Sequence[Event]) -> list[Command]:
    return [Tell(event) for event in events]
