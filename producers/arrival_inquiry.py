"""What a producer asks the broker about its batches, when, and whether anybody answers. Pure: no clock.

Times are seconds of one clock that goes forward. One request is under way at a time; only its answer counts,
so that one which comes late can't speak for a broker that has gone. It is asked only while a broker is
connected, and silence counts from the first request that stays without an answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from nxcast.schemas.request_answers import ArrivedAnswer, decode_answer
from nxcast.schemas.requests import encode_request

__all__ = ["ASK_S", "SILENCE_S", "Inquiry"]

ASK_S = 0.1  # from one request to the next; a broker acknowledges about 250 ms after it has published
ANSWER_S = 1.0  # a request without an answer for so long may be lost, and another is made
REFUSED = "refused"  # error of an answer that the broker's keys don't allow
SILENCE_S = 5.0  # who has not answered for so long can't be counted on


class Inquiry:
    """The questions of one producer."""

    def __init__(self, sensor: str, epoch: int) -> None:
        self.refused = False  # this broker has keys, and ours may not push as this sensor
        self._sensor = sensor
        self._epoch = epoch
        self._id = 0
        self._asked_at: float | None = None
        self._open = False  # the last request has had no answer
        self._alone_since: float | None = None  # the first request without an answer
        self._broker: int | None = None  # epoch of the one that answered last, on this connection

    def start(self) -> None:
        """A connection begins: nothing that was asked before counts any more."""
        self._asked_at = self._alone_since = self._broker = None
        self._open = False

    def request(self, now: float) -> bytes | None:
        """A request to send, if it is time for one."""
        if self._asked_at is not None and now < self._asked_at + (ANSWER_S if self._open else ASK_S):
            return None
        self._id += 1
        self._asked_at, self._open = now, True
        if self._alone_since is None:
            self._alone_since = now
        return encode_request(
            {"version": 1, "id": self._id, "ask": "arrived", "sensor": self._sensor, "epoch": self._epoch}
        )

    def take(self, parts: Sequence[bytes]) -> ArrivedAnswer | None:
        """The answer to the request under way; None if it is another or none at all."""
        try:
            answer, _ = decode_answer(parts)
        except ValueError:
            return None
        if answer["id"] != self._id or not self._open:
            return None
        if answer["answer"] != "arrived":
            self.refused = self.refused or answer["error"] == REFUSED
            return None
        self.refused = False
        self._open, self._alone_since = False, None
        return answer

    def is_another(self, broker: int) -> bool:
        """Whether another broker than before answers on this connection, by its epoch."""
        before, self._broker = self._broker, broker
        return before not in (None, broker)

    def is_silent(self, now: float) -> bool:
        """Whether nobody has answered for `SILENCE_S`."""
        return self._alone_since is not None and now - self._alone_since >= SILENCE_S
