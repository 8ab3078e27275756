"""dnstap payloads in, frames to the pusher, the rest to the tally.

With pushers by sensor each frame goes to that of its sender's identity.

Where clients' questions are wanted they are joined to what authorities denied (`question_join`), and wait a
moment for it: files go by the messages' own time alone, a live stream that falls quiet by the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from operator import length_hint
from typing import NamedTuple

from nxcast.producers.dnstap.minimised import is_ns_question
from nxcast.producers.dnstap.mute_source import NO_CLIENTS, MuteWatch
from nxcast.producers.dnstap.payload_reading import INSTALLED, CompiledJoin, read_payloads
from nxcast.producers.dnstap.question_join import LOCALLY_SERVED, TIME_MAX_NS, Question, QuestionJoin
from nxcast.producers.pusher import Pusher
from nxcast.producers.sensor_pushers import SensorPushers
from nxcast.producers.tally import Tally
from nxcast.schemas.codes import RCODE_NXDOMAIN
from nxcast.schemas.dnstap import CLIENT_RESPONSE, client_answer_in, frame_in, parsed
from nxcast.schemas.dnstap_pb2 import Dnstap
from nxcast.schemas.frames import MARKS, MINIMISED, QUERY_ZONE, RESPONSE, RESPONSE_IP, TIME_NS, Frame
from nxcast.schemas.question_frame import QuestionFrame

__all__ = ["CLIENT", "CLIENT_ONLY", "RESOLVER", "Choices", "DnstapIntake"]

RESOLVER, CLIENT, CLIENT_ONLY = "resolver", "client", "client-only"  # whose questions NXDOMAIN is of
GIVEN = "questions"  # of QuestionJoin's counts, what is no reason to skip


class Choices(NamedTuple):
    """What is wanted of payloads: the resolver's own address, a forwarder's answers, whose questions."""

    keep_resolver_address: bool = False
    forwarders: bool = False
    questions: str = RESOLVER


class DnstapIntake:
    """Takes payloads as they come. `hold` waits until a frame may go; `live`: time passes between them.

    `compiled`: by the kernel, where it is installed.
    """

    def __init__(
        self,
        pusher: Pusher,
        pushers: SensorPushers | None,
        tally: Tally,
        choices: Choices,
        *,
        live: bool,
        compiled: bool = True,
    ) -> None:
        self.hold: Callable[[], None] | None = None
        self._push, self._push_packed = pusher.push, pusher.push_packed
        self._pushers = pushers
        self._tally = tally
        self._choices = choices
        # Of who sent it, and of the resolver's own address, the kernel says nothing.
        self._compiled = INSTALLED and compiled and pushers is None and not choices.keep_resolver_address
        self._clock = time.monotonic_ns if live else _standing_still
        self.hurried = 0  # questions told before their denial could have come, since too many waited
        self._answers = 0  # to clients, that could be read
        self._deaf = MuteWatch(lambda: self._answers, lambda: NO_CLIENTS, "no question of a client")
        self.begin()

    def begin(self) -> None:
        """Begin a stream of its own: nothing of one before it counts."""
        questions = self._choices.questions
        joining = CompiledJoin if self._compiled else QuestionJoin
        self._join = None if questions == RESOLVER else joining(_LOCAL[questions])

    def take(self, payloads: list[bytes]) -> None:
        """Send what they give; with none at all, what has waited long enough."""
        if not payloads and self._join is None:
            return
        read_ns = time.time_ns()
        now_ns = self._clock()
        join = self._join
        start, count = 0, len(payloads)
        while start < count:
            start = self._quickly(payloads, start, now_ns)
            if start < count:
                self._look_at(payloads[start], read_ns, now_ns)
                start += 1
        if join is not None:
            self._ask(join.due(now_ns))
            self._account(join)
            self._deaf.look()

    def finish(self) -> None:
        """No more will come: send what waits."""
        if self._join is not None:
            self._ask(self._join.finish())
            self._account(self._join)
            if self._tally.read:
                self._deaf.finish()

    def _quickly(self, payloads: list[bytes], start: int, now_ns: int) -> int:
        """Let the kernel take what it can, up to where it gives: the first that it can't, or the end."""
        join = self._join
        if not self._compiled or not (join is None or isinstance(join, CompiledJoin)):
            return start
        taken = read_payloads(payloads, start, join, now_ns, forwarders=self._choices.forwarders)
        self._send_packed(taken.frames)
        for name, count in taken.skipped:
            self._tally.skipped[name] += count
        self._answers += taken.answers
        if join is not None and taken.others:
            join.counts["other"] += taken.others
        return taken.stop

    def _look_at(self, payload: bytes, read_ns: int, now_ns: int) -> None:
        """A payload that nobody has looked into."""
        dnstap = parsed(payload)
        keep, forwarders, _ = self._choices
        frame = frame_in(dnstap, read_ns, keep_resolver_address=keep, forwarders=forwarders)
        if isinstance(frame, str):
            self._other(frame, dnstap, now_ns)
            return
        response = frame[RESPONSE]
        if self._join is not None:
            self._join.resolver_response(
                min(frame[TIME_NS], TIME_MAX_NS), frame[RESPONSE_IP], frame[QUERY_ZONE] or b"", response
            )
        if response[3:4] and response[3] & 0x0F == RCODE_NXDOMAIN and is_ns_question(response):
            frame = (*frame[:MARKS], frame[MARKS] | MINIMISED)
        self._send(frame, dnstap.identity if dnstap is not None else b"")

    def _other(self, reason: str, dnstap: Dnstap | None, now_ns: int) -> None:
        wanted = self._join is not None and reason == CLIENT_RESPONSE
        answer = client_answer_in(dnstap) if wanted and dnstap is not None else None
        if answer is None or self._join is None:
            self._tally.skip(reason)
        else:
            self._answers += 1
            time_ns, response = answer
            self._ask(self._join.client_response(min(time_ns, TIME_MAX_NS), response, now_ns))

    def _ask(self, questions: Sequence[Question]) -> None:
        for question in questions:
            self._send(question)

    def _account(self, join: QuestionJoin) -> None:
        """Move what came of clients' answers, but questions, to the tally."""
        self.hurried += join.counts.pop("hurried", 0)
        for reason in [reason for reason in join.counts if reason != GIVEN]:
            self._tally.skipped[f"client_{reason}"] += join.counts.pop(reason)

    def _send(self, frame: Frame | QuestionFrame, identity: bytes = b"") -> None:
        if self.hold is not None:
            self.hold()
        self._tally.frames += 1
        if self._pushers is None:
            self._push(frame)
        else:
            self._pushers.push(identity, frame)

    def _send_packed(self, packed: list[bytes]) -> None:
        """One after the other at a pace; else at once, since a call for each is half of what it costs."""
        if self.hold is not None:
            for frame in packed:
                self.hold()
                self._tally.frames += 1
                self._push_packed((frame,))
            return
        left = iter(packed)
        try:
            self._push_packed(left)
        finally:
            self._tally.frames += len(packed) - length_hint(left)


def _standing_still() -> int:
    return 0


_LOCAL = {CLIENT: None, CLIENT_ONLY: LOCALLY_SERVED}
