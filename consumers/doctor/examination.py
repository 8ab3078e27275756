"""The checks in their order, each within about ten seconds, and what each needs of those before it.

What can't be checked is said too. Whatever a broker or a stranger sends becomes a finding: no check raises
but for bugs of ours.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from nxcast.consumers.client.events import Event, Invalid
from nxcast.consumers.client.faults import BAD, reason_of
from nxcast.consumers.client.single_request import ask_once
from nxcast.consumers.client.subscriber import Subscriber, read_key
from nxcast.consumers.doctor.canary_trip import KEY_COMMAND, sent_and_seen
from nxcast.consumers.doctor.finding import Finding, Verdict
from nxcast.consumers.doctor.greeting import UnreachedError, greeting
from nxcast.consumers.doctor.status_change import account, broker, connections, descriptors, kernel, log
from nxcast.consumers.show.channels import two_statuses
from nxcast.consumers.show.console import CommandError
from nxcast.schemas.curve import END_NEAR_DAYS, ClientKey
from nxcast.schemas.records import Status
from nxcast.schemas.request_answers import RightsAnswer
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN, STATUS
from nxcast.transport.endpoints import replay_endpoint

__all__ = ["Examination", "Subject", "judged"]

STATUS_S = 10.0  # seconds to a status, which comes each second, once the key is let in

NAMED_MAX = 8  # topics or sensors named in a line; a key may have 128

_CHECKS = (
    "key", "address", "broker", "replay", "rights",
    "frames", "sensor", "malformed", "refusals", "channels", "canary",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined: endpoints that can be connected to, and with which key."""

    broker: str
    key: str | None  # a file
    replay: str | Literal[False] | None  # False: not to be used; None: where the status says
    ingress: str | None
    canary: bool


class Examination:
    """Examines once; iterate for the findings as they come."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._key: ClientKey | None = None
        self._rights: RightsAnswer | None = None

    def __iter__(self) -> Iterator[Finding]:
        found = set()
        for finding in self._findings():
            found.add(finding.check)
            yield finding
        left_out = {"key"} if self._subject.key is None else set()
        left_out |= set() if self._subject.canary else {"canary"}
        for check in _CHECKS:
            if check not in found | left_out and not ("frames" in found and check == "sensor"):
                yield Finding(check, Verdict.NOT_CHECKED, "it needs what is wrong above")

    def _findings(self) -> Iterator[Finding]:
        for check in (self._check_key, self._check_address):
            finding = check()
            if finding is not None:
                yield finding
                if finding.verdict is Verdict.WRONG:
                    return
        try:
            subscriber = self._subscriber()
        except (ValueError, OSError) as error:
            yield Finding("broker", Verdict.WRONG, str(error), "it is tcp://HOST:PORT or ipc://PATH")
            return
        with subscriber:
            try:
                status = subscriber.wait_connected(STATUS_S)
            except (TimeoutError, PermissionError) as error:
                yield self._unanswered(error)
                return
            yield broker(status, time.time_ns())
            yield from filter(None, (descriptors(status), connections(status), log(status), kernel(status)))
            yield from self._check_requests(status)
            try:
                statuses = two_statuses(subscriber, status)
            except CommandError as error:
                yield Finding(
                    "frames", Verdict.WRONG, str(error), "is the broker overloaded, or just stopped?"
                )
            else:
                yield from account(*statuses)
        if self._subject.canary:
            yield sent_and_seen(
                self._subject.broker, self._subject.ingress, self._key, self._subject.key, self._rights
            )

    def _check_key(self) -> Finding | None:
        if self._subject.key is None:
            return None
        try:
            self._key = read_key(self._subject.key)
        except (OSError, ValueError) as error:
            return Finding("key", Verdict.WRONG, str(error), f"{KEY_COMMAND}, where the broker is, makes one")
        return Finding("key", Verdict.OK, f"{self._subject.key} is the key of {self._key.name}")

    def _check_address(self) -> Finding:
        endpoint = self._subject.broker
        try:
            mechanism = greeting(endpoint)
        except UnreachedError as error:
            return error.finding("address")
        if mechanism == ("NULL" if self._key is None else "CURVE"):
            how = "without keys" if self._key is None else "with keys"
            return Finding("address", Verdict.OK, f"{endpoint} takes connections and speaks ZeroMQ, {how}")
        if mechanism == "CURVE":
            return Finding(
                "address",
                Verdict.WRONG,
                f"{endpoint} lets in keys only, and none was given",
                f"--key FILE (or NXCAST_KEY); {KEY_COMMAND}, where the broker is, makes one",
            )
        if mechanism == "NULL":
            return Finding(
                "address",
                Verdict.WRONG,
                f"{endpoint} has no keys, and a key was given",
                "leave out --key (and NXCAST_KEY), unless this is the wrong broker",
            )
        return Finding(
            "address",
            Verdict.WRONG,
            f"{endpoint} speaks ZeroMQ, but asks for {mechanism}, as no nxcast-broker does",
            "--broker names the egress of a broker: is it this address?",
        )

    def _subscriber(self) -> Subscriber:
        self._told: dict[type[Event], Event] = {}
        return Subscriber(
            STATUS,
            broker=self._subject.broker,
            replay=self._subject.replay,
            key=self._subject.key,
            on_event=self._tell,
        )

    def _tell(self, event: Event) -> None:
        self._told[type(event)] = event

    def _unanswered(self, error: Exception) -> Finding:
        """Why there is no status."""
        invalid = self._told.get(Invalid)
        if isinstance(error, PermissionError) and self._key is not None:
            return Finding(
                "broker",
                Verdict.WRONG,
                str(error),
                "a key file is good for the broker only that made it; nxcast-broker keys list, where the "
                "broker is, tells whom it knows and what they may do; "
                f"{KEY_COMMAND} makes a key that may all that is needed here",
            )
        if invalid is not None:
            return Finding(
                "broker",
                Verdict.WRONG,
                f"what {self._subject.broker} sends breaks the protocol: {invalid}",
                "is it an nxcast-broker, and one as new as this program (--version)?",
            )
        return Finding(
            "broker",
            Verdict.WRONG,
            f"{self._subject.broker} speaks ZeroMQ, but sends no status",
            "--broker names the egress (port 5556 as a rule), not the ingress or the replay port",
        )

    def _check_requests(self, status: Status) -> Iterator[Finding]:
        """Whether the third socket answers, and what it says that we may."""
        given = self._subject.replay
        endpoint = replay_endpoint(self._subject.broker, status["replay"]) if given is None else given
        if not endpoint:
            why = "--replay off" if given is False else "the broker doesn't tell where it answers requests"
            mend = "" if given is False else "--replay ENDPOINT names it"
            yield Finding("replay", Verdict.NOT_CHECKED, why, mend)
            yield Finding("rights", Verdict.NOT_CHECKED, "they are asked there")
            return
        asked = time.monotonic()
        try:
            answer = self._ask_rights(endpoint)
        except BAD as error:
            yield Finding(
                "replay",
                Verdict.WRONG,
                f"{endpoint}: {reason_of(error)}",
                "is it the replay port of this broker (5557 as a rule), and does a firewall let it through? "
                "Until then what a consumer misses is lost",
            )
            return
        if answer["epoch"] != status["epoch"]:
            yield Finding(
                "replay",
                Verdict.WRONG,
                f"{endpoint} answers for another broker than {self._subject.broker}",
                "--replay (or NXCAST_REPLAY) names it: is it the port of this broker? If that was restarted "
                "just now, run this again",
            )
            return
        delay_ms = (time.monotonic() - asked) * 1000
        text = f"{endpoint} answers"
        yield Finding("replay", Verdict.OK, text, values={"delay_ms": round(delay_ms, 1)})
        self._rights = answer
        yield judged(answer, datetime.now(UTC).date())

    def _ask_rights(self, endpoint: str) -> RightsAnswer:
        """ValueError where there is no answer, or none to that."""
        answer = ask_once(endpoint, self._key, {"version": 1, "id": 1, "ask": "rights"})
        if answer["answer"] != "rights":
            raise ValueError(
                f"an answer of kind {answer['answer']} to a request for rights ({answer['error']})"
            )
        return answer


def judged(rights: RightsAnswer, today: date) -> Finding:
    """What the key allows and for how long; `today` in UTC."""
    values: dict[str, object] = {
        "name": rights["name"] or None,
        "subscribe": rights["subscribe"],
        "push": rights["push"],
        "replay": rights["replay"],
        "until": rights.get("until"),
    }
    if not rights["name"]:
        return Finding("rights", Verdict.OK, "no keys: whoever gets there may do everything", values=values)
    lacking = [channel for channel in (DNS_ERRORS, NXDOMAIN) if channel not in rights["subscribe"]]
    lacking += [] if rights["replay"] else ["replay"]
    may = [
        f"subscribe to {_few(rights['subscribe']) or 'nothing'}",
        *[f"push as {_few(rights['push'])}"] * bool(rights["push"]),
        *["have replay"] * rights["replay"],
    ]
    text = f"{rights['name']} may {', '.join(may)}"
    if (until := rights.get("until")) is not None:
        text = f"{text}, until the end of {until}"
        days = _days(today, until)
        if days <= END_NEAR_DAYS:
            return Finding(
                "rights",
                Verdict.WARNING,
                f"{text}: {days} days more",
                f"{KEY_COMMAND}, where the broker is, makes another key; --until says how long it is good",
                {**values, "days": days},
            )
    if not lacking:
        return Finding("rights", Verdict.OK, text, values=values)
    return Finding(
        "rights",
        Verdict.WARNING,
        f"{text}; it lacks {' and '.join(lacking)}",
        f"enough for what it is meant for? {KEY_COMMAND} makes a key that may all that is needed here",
        values,
    )


def _days(today: date, until: str) -> int:
    """Days from today to that day; 0 too where it is none, as of a broker that says what can't be."""
    try:
        return max((date.fromisoformat(until) - today).days, 0)
    except ValueError:
        return 0


def _few(names: Sequence[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
