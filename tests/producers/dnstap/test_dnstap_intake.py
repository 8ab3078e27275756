"""What becomes of payloads: who they go to, and what is counted over several streams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import msgpack
import pytest

from nxcast.producers.dnstap import question_join
from nxcast.producers.dnstap.dnstap_intake import CLIENT, Choices, DnstapIntake
from nxcast.producers.pusher import Pusher
from nxcast.producers.sensor_pushers import SensorPushers
from nxcast.producers.tally import Tally
from nxcast.schemas import dnstap_pb2
from tests.messages import message, question, soa

CLIENT_RESPONSE = 6


class _Pushed:
    """Takes frames as a pusher does."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.names: list[bytes] = []

    def push(self, *given: Any) -> None:
        *names, frame = given
        self.names += names
        self.frames.append(frame)

    def push_packed(self, packed: Iterable[bytes]) -> None:
        self.frames += map(msgpack.unpackb, packed)


def test_what_could_not_wait_is_counted_over_all_streams(monkeypatch: pytest.MonkeyPatch, wire: Any) -> None:
    monkeypatch.setattr(question_join, "HELD_MAX", 2)
    intake = DnstapIntake(cast(Pusher, _Pushed()), None, Tally(), Choices(questions=CLIENT), live=False)
    for rounds in (1, 2):
        intake.begin()
        intake.take(
            [
                wire.dnstap(
                    type=CLIENT_RESPONSE,
                    response_time_sec=9,
                    response_message=message(
                        3, questions=[question(f"m{number}.example.com.")], authorities=[soa()]
                    ),
                )
                for number in range(7)
            ]
        )
        intake.finish()
        assert intake.hurried == 5 * rounds


def test_a_frame_goes_to_the_pusher_of_its_sender(wire: Any) -> None:
    """Told by dnstap's identity, as it is; none has an empty one."""
    pushers = _Pushed()
    intake = DnstapIntake(
        cast(Pusher, _Pushed()), cast(SensorPushers, pushers), Tally(), Choices(), live=False
    )
    named = dnstap_pb2.Dnstap.FromString(wire.dnstap())
    named.identity = b"ns1\xff"
    intake.take([named.SerializeToString(), wire.dnstap()])
    assert (pushers.names, len(pushers.frames)) == ([b"ns1\xff", b""], 2)
