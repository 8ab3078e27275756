"""The canary: a frame is pushed, and its records have to come out on both channels as they should.

It is seen on the topics that the key allows. Other subscribers leave it out.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import nullcontext
from fnmatch import fnmatchcase
from typing import Any

from nxcast.consumers.client.events import Event
from nxcast.consumers.client.subscriber import Subscriber
from nxcast.consumers.doctor.finding import Finding, Verdict
from nxcast.consumers.doctor.queue_push import into_queue
from nxcast.schemas.canary import CANARY_ERRORS, CANARY_NXDOMAINS, CANARY_SENSOR, Canary, canary
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.frames import BatchHeader, encode_batch
from nxcast.schemas.request_answers import RightsAnswer
from nxcast.transport.endpoints import is_nats, shown
from nxcast.transport.zeromq.subscriber_end import Line

__all__ = ["KEY_COMMAND", "sent_and_seen"]

CONNECT_S = 5.0  # seconds until subscriptions are in force, which takes 50 ms
CANARY_S = 5.0  # seconds from then on until the records have come, which takes 30 ms
KEY_COMMAND = f"nxcast-broker keys add doctor --push {CANARY_SENSOR} --subscribe all --replay"


def sent_and_seen(
    broker: str, ingress: str | None, key: ClientKey | None, key_file: str | None, rights: RightsAnswer | None
) -> Finding:
    """Push a canary and see it come out; `rights` None: not known, so it is tried."""
    if ingress is None:
        return _unchecked("where producers push is not known", "--ingress ENDPOINT names it")
    topics = [CANARY_ERRORS, CANARY_NXDOMAINS]
    if rights is not None:
        if not any(fnmatchcase(CANARY_SENSOR, pattern) for pattern in rights["push"]):
            return _unchecked(f"the key may not push as {CANARY_SENSOR}", f"{KEY_COMMAND} makes one that may")
        topics = [topic for topic in topics if topic.startswith(tuple(rights["subscribe"]))]
        if not topics:
            return _unchecked("the key may see neither channel", f"{KEY_COMMAND} makes one that may")
    sent = canary(secrets.token_hex(8), time.time_ns())
    try:
        seen, delay_s = _exchange(broker, ingress, key, key_file, sent, topics)
    except (ValueError, OSError) as error:
        return _wrong(str(error), "mend what is wrong above, and run this again")
    except _UnsentError as error:
        return _wrong(
            str(error), "--ingress (or NXCAST_INGRESS) names where producers push: is it this address?"
        )
    return _judged(sent, topics, seen, ingress, delay_s)


class _UnsentError(Exception):
    """Nobody takes the frame."""


def _exchange(
    broker: str,
    ingress: str,
    key: ClientKey | None,
    key_file: str | None,
    sent: Canary,
    topics: Sequence[str],
) -> tuple[dict[str, Any], float]:
    """The canary's record of each topic that it came out on, and seconds until the last of them."""
    seen: dict[str, Any] = {}
    with (
        Subscriber(
            *topics, broker=broker, key=key_file, replay=False, on_event=_pass, canaries=True
        ) as subscriber,
        nullcontext() if is_nats(ingress) else Line(ingress, key, push=True) as line,
    ):
        subscriber.wait_connected(CONNECT_S)
        until = time.monotonic() + CANARY_S
        if line is None:
            why = into_queue(ingress, key, _header(sent), (*sent.frame, None, 0), CANARY_S)
        else:
            pushed = line.send(encode_batch(_header(sent), [sent.frame]), CANARY_S)
            why = None if pushed else f"nobody takes frames at {ingress}"
        if why is not None:
            raise _UnsentError(why)
        pushed_s = time.monotonic()
        while len(seen) < len(topics) and (left := until - time.monotonic()) > 0:
            try:
                batch = subscriber.receive(left)
            except TimeoutError:
                break
            for record in batch.records:
                if batch.topic in topics and record.get("qname") == sent.nxdomain["qname"]:
                    seen[batch.topic] = record
        return seen, time.monotonic() - pushed_s


def _header(sent: Canary) -> BatchHeader:
    """That of the only batch of a producer of its own."""
    return {"sensor": CANARY_SENSOR, "epoch": sent.frame[0], "sequence": 1, "count": 1}


def _judged(
    sent: Canary, topics: Sequence[str], seen: dict[str, Any], ingress: str, delay_s: float
) -> Finding:
    due = {CANARY_ERRORS: sent.error, CANARY_NXDOMAINS: sent.nxdomain}
    missing = [topic for topic in topics if topic not in seen]
    if missing:
        return _wrong(
            f"a frame went in at {shown(ingress)} and did not come out on {', '.join(missing)} "
            f"in {CANARY_S:.0f} s",
            "is that the ingress of this broker, and its linger_ms less than that? Else look at its log, "
            "and at malformed and refusals above",
        )
    for topic, record in seen.items():
        wrong = [field for field, value in due[topic].items() if record.get(field) != value]
        if wrong:
            return _wrong(
                f"a frame came out on {topic} with another {', '.join(wrong)}",
                "the broker is of another version, or something is between it and here",
            )
    delay_ms = delay_s * 1000
    text = f"a frame pushed at {shown(ingress)} came out on {' and '.join(topics)} after {delay_ms:.0f} ms"
    values: dict[str, object] = {"delay_ms": round(delay_ms, 1), "topics": list(topics)}
    unseen = [topic for topic in due if topic not in topics]
    if unseen:
        return Finding(
            "canary",
            Verdict.WARNING,
            f"{text}; the key may not see {unseen[0]}",
            f"{KEY_COMMAND} makes one that may",
            values,
        )
    return Finding("canary", Verdict.OK, text, values=values)


def _unchecked(text: str, mend: str) -> Finding:
    return Finding("canary", Verdict.NOT_CHECKED, text, mend)


def _wrong(text: str, mend: str) -> Finding:
    return Finding("canary", Verdict.WRONG, text, mend)


def _pass(_: Event) -> None:
    """What happens meanwhile shows in the result."""
