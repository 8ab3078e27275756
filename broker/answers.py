"""Answers to what clients ask: the parts of a request in, the parts of its answer out. Pure.

Every request is answered, once: one that can't be read with its reason. Nothing is remembered of a client.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.ledger import Ledger
from nxcast.broker.log.interface import Log, Stretch
from nxcast.broker.rights.gate import Asker
from nxcast.schemas.document import schema
from nxcast.schemas.frames import FORMS
from nxcast.schemas.records import Status
from nxcast.schemas.request_answers import EPOCHS_MAX, ConnectionStatus, encode_answer
from nxcast.schemas.requests import (
    ArrivedRequest,
    ConnectionsRequest,
    EpochsRequest,
    RangeRequest,
    Request,
    RequestError,
    RightsRequest,
    SinceRequest,
    decode_request,
)
from nxcast.schemas.topics import CHANNELS, STATUS, TOPICS

__all__ = ["Answers"]

REFUSED = "refused"  # the error of an answer to a request that its client's rights don't cover
Connected = tuple[bool, list[ConnectionStatus], int]
"""Whether it is of everyone, who is connected, and how many others are."""

KEPT_TOPICS = tuple(topic for topic in TOPICS if topic != STATUS)


class Answers:
    """What a broker answers, from its log, what arrived, and its account; requests count in the ledger."""

    def __init__(
        self,
        software: str,
        log: Log,
        arrivals: Arrivals,
        ledger: Ledger,
        status: Callable[[], Status],
        connected: Callable[[Asker | None], Connected],
    ) -> None:
        self._epoch = log.epoch
        self._software = software
        self._log = log
        self._arrivals = arrivals
        self._ledger = ledger
        self._status = status
        self._connected = connected

    def answer(self, parts: list[bytes], asker: Asker | None = None) -> list[bytes]:
        """The answer's parts, after the delimiter where the request had one; `asker` is None without keys."""
        delimiter = parts[:1] if len(parts) > 1 and not parts[0] else []
        try:
            request = decode_request(parts[len(delimiter) :])
        except RequestError as error:
            self._ledger.request(error.reason)
            return delimiter + self._error(error.id, error.reason)
        self._ledger.request(None)
        if asker is not None and not asker.may(request):
            return delimiter + self._error(request["id"], REFUSED)
        return delimiter + self._answer(request, asker)

    def _error(self, request_id: int, reason: str) -> list[bytes]:
        return encode_answer(
            {"version": 1, "id": request_id, "epoch": self._epoch, "answer": "error", "error": reason}
        )

    def _answer(self, request: Request, asker: Asker | None) -> list[bytes]:
        match request["ask"]:
            case "range":
                return self._range(request)
            case "since":
                return self._since(request, asker)
            case "epochs":
                return self._epochs(request, asker)
            case "arrived":
                return self._arrived(request)
            case "rights":
                return self._rights(request, asker)
            case "connections":
                return self._connections(request, asker)
            case "status":
                return encode_answer(
                    {
                        "version": 1,
                        "id": request["id"],
                        "epoch": self._epoch,
                        "answer": "status",
                        "error": None,
                        "status": self._status(),
                    }
                )
            case "describe":
                return encode_answer(
                    {
                        "version": 1,
                        "id": request["id"],
                        "epoch": self._epoch,
                        "answer": "describe",
                        "error": None,
                        "channels": list(CHANNELS),
                        "topics": list(TOPICS),
                        "schemas": _schemas(),
                        "software": self._software,
                    }
                )

    def _range(self, request: RangeRequest) -> list[bytes]:
        error, stretch = None, Stretch(1, [], 1)
        if request["topic"] not in KEPT_TOPICS:
            error = "topic"
        elif not self._log.knows(request["epoch"]):
            error = "epoch"
        else:
            stretch = self._log.stretch(request["topic"], request["epoch"], request["first"], request["last"])
        self._ledger.messages_replayed += len(stretch.messages)
        return encode_answer(
            {
                "version": 1,
                "id": request["id"],
                "epoch": self._epoch,
                "answer": "range",
                "error": error,
                "topic": request["topic"],
                "first": stretch.first,
                "count": len(stretch.messages),
                "oldest": stretch.oldest,
            },
            stretch.messages,
        )

    def _since(self, request: SinceRequest, asker: Asker | None) -> list[bytes]:
        asked = tuple(request["topics"])
        topics = [topic for topic in KEPT_TOPICS if topic.startswith(asked) and _may_replay(asker, topic)]
        present, earlier = self._log.since(request["time_ns"], topics)
        return encode_answer(
            {
                "version": 1,
                "id": request["id"],
                "epoch": self._epoch,
                "answer": "since",
                "error": None,
                "topics": present.topics,
                "complete": present.complete,
                "earlier": None
                if earlier is None
                else {"epoch": earlier.epoch, "topics": earlier.topics, "complete": earlier.complete},
            }
        )

    def _epochs(self, request: EpochsRequest, asker: Asker | None) -> list[bytes]:
        wanted = [each for each in self._log.past if each.epoch >= request["epoch"]]
        return encode_answer(
            {
                "version": 1,
                "id": request["id"],
                "epoch": self._epoch,
                "answer": "epochs",
                "error": None,
                "epochs": [
                    {
                        "epoch": each.epoch,
                        "ended": each.ended,
                        "last": {
                            topic: last for topic, last in each.last.items() if _may_replay(asker, topic)
                        },
                    }
                    for each in wanted[:EPOCHS_MAX]
                ],
                "more": len(wanted) > EPOCHS_MAX,
                "begins": self._log.begins,
            }
        )

    def _rights(self, request: RightsRequest, asker: Asker | None) -> list[bytes]:
        return encode_answer(
            {
                "version": 1,
                "id": request["id"],
                "epoch": self._epoch,
                "answer": "rights",
                "error": None,
                "name": asker.name if asker else "",
                "subscribe": list(asker.client.subscribe if asker else CHANNELS),
                "push": list(asker.client.push if asker else ["*"]),
                "replay": asker.client.replay if asker else True,
                "egress": asker.egress if asker else None,
                "until": asker.client.until.isoformat() if asker and asker.client.until else None,
            }
        )

    def _connections(self, request: ConnectionsRequest, asker: Asker | None) -> list[bytes]:
        everyone, connections, others = self._connected(asker)
        return encode_answer(
            {
                "version": 1,
                "id": request["id"],
                "epoch": self._epoch,
                "answer": "connections",
                "error": None,
                "everyone": everyone,
                "connections": connections,
                "others": others,
            }
        )

    def _arrived(self, request: ArrivedRequest) -> list[bytes]:
        sequence, missing = self._arrivals.settled((request["sensor"], request["epoch"]))
        return encode_answer(
            {
                "version": 1,
                "id": request["id"],
                "epoch": self._epoch,
                "answer": "arrived",
                "error": None,
                "sequence": sequence,
                "missing": missing,
                "forms": [form.decode() for form in FORMS],
            }
        )


def _may_replay(asker: Asker | None, topic: str) -> bool:
    return asker is None or asker.client.may_replay(topic)


@lru_cache(1)
def _schemas() -> str:
    return json.dumps(schema(), separators=(",", ":"))
