"""Makes the test vectors from the project's own code: `python docs/conformance/make.py`.

Whatever a vector says comes from `nxcast.schemas`, so that a change of the protocol is one run of this.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgpack

from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.frames import FRAMES_2, BatchHeader, Frame, batch_parts, encode_batch, encode_frames
from nxcast.schemas.names import name_wire
from nxcast.schemas.question_frame import make_question

HERE = Path(__file__).parent
TIME_NS = 1_700_000_000_123_456_789
U64_MAX = 2**64 - 1
EPOCH, NEXT_EPOCH = 1_700_000_000_000_000_000, 1_700_000_100_000_000_000
RECORD: dict[str, Any] = {
    "qname": "gdsrr.com.",
    "qclass": 1,
    "qtype": 15,
    "response_ip": "192.33.14.30",
    "soa_rrname": "com.",
    "time_ns": TIME_NS,
    "sensor": "ns1",
}
MX, A = "nxdomain/MX/", "nxdomain/A/"
DOCUMENTS = ("subscriber.json", "ingress.json", "requests.json")


def subscriber() -> dict[str, Any]:
    """Published messages, in order: one stream of one subscriber."""
    long_name = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]) + "."
    return {
        "protocol": 1,
        "subscribe": "nxdomain/",
        "vectors": [
            _vector("first", "the first message of a topic sets the baseline", MX, 7, [RECORD]),
            _vector("next", "the next number, nothing is missing", MX, 8, [RECORD, {**RECORD, "qtype": 15}]),
            _vector("other topic", "each topic has numbers of its own", A, 100, [{**RECORD, "qtype": 1}]),
            _vector("root", "the root's name is one dot", A, 101, [{**RECORD, "qname": "."}]),
            _vector(
                "escapes",
                "a name's text has its own escapes; nothing is undone",
                A,
                102,
                [{**RECORD, "qname": r"a\.b.c\\d.\255\032x."}],
            ),
            _vector("longest name", "a name of 255 octets", A, 103, [{**RECORD, "qname": long_name}]),
            _vector("case", "the case is kept", A, 104, [{**RECORD, "qname": "nEtAtLaNtIc.CoM."}]),
            _vector("nil", "no SOA was there", A, 105, [{**RECORD, "soa_rrname": None}]),
            _vector("largest number", "a u64 beyond 2^53 and 2^63", A, 106, [{**RECORD, "time_ns": U64_MAX}]),
            _vector("IPv6", "an address is text", A, 107, [{**RECORD, "response_ip": "2001:503:ba3e::2:30"}]),
            _vector("gap", "messages 9 and 10 are missing", MX, 11, [RECORD], lost=2),
            _vector(
                "canary", "records of a canary are left out", MX, 12, [{**RECORD, "sensor": CANARY_SENSOR}]
            ),
            _vector(
                "unknown key",
                "a later version may add keys: no reason to refuse the record",
                MX,
                13,
                [{**RECORD, "added": 1}],
                optional=[" added=1"],
            ),
            _vector("unknown header key", "nor in a header", MX, 14, [RECORD], header={"added": 1}),
            _vector("no records", "a message without records counts as one", MX, 15, []),
            _malformed("count", "the header promises two records, one is there", MX, 16, count=2),
            _malformed("payload cut", "the payload ends early", MX, 17, cut=5),
            _malformed("payload not an array", "a map is no payload", MX, 18, payload=msgpack.packb(RECORD)),
            _vector("after malformed", "their numbers were seen, so nothing is lost", MX, 19, [RECORD]),
            _vector(
                "restart",
                "another epoch is a restart; the new one began at 1, so 1 and 2 are missing",
                MX,
                3,
                [RECORD],
                epoch=NEXT_EPOCH,
                lost=2,
                restarts=1,
            ),
            _vector(
                "other topic after a restart",
                "a topic not heard since begins at 1 too",
                A,
                2,
                [{**RECORD, "qtype": 1}],
                epoch=NEXT_EPOCH,
                lost=1,
            ),
            _vector(
                "what a client asked",
                "the keys of frames/2: zone, denied name, by what; no server of the zone was ever seen",
                A,
                3,
                [
                    {
                        **RECORD,
                        "qtype": 1,
                        "response_ip": "::",
                        "query_zone": "com.",
                        "denied": "gdsrr.com.",
                        "by": "cache",
                    }
                ],
                epoch=NEXT_EPOCH,
            ),
        ],
    }


def ingress() -> dict[str, Any]:
    """Ingress messages, each by itself, and the counters that it adds to."""
    frame = _frame()
    header = _header(1)
    good = encode_batch(header, [frame])
    short = (*frame[:8], frame[8][:11])
    noerror = (*frame[:8], frame[8][:3] + b"\x00" + frame[8][4:])
    query = (*frame[:8], frame[8][:2] + b"\x00" + frame[8][3:])
    return {
        "protocol": 1,
        "vectors": [
            _ingress("one NXDOMAIN", good, frames_received=1, errors=1, nxdomain=1),
            _ingress("NOERROR", encode_batch(header, [noerror]), frames_received=1, noerror=1),
            _ingress(
                "NOERROR with a record, whether the broker publishes answers/ or not",
                encode_batch(header, [(*frame[:8], _answered(frame[8]))]),
                frames_received=1,
                noerror=1,
            ),
            _ingress("empty batch", encode_batch(_header(0), []), frames_received=0),
            _ingress("kind", [b"frames/9", *good[1:]], messages_malformed={"message_kind": 1}),
            _ingress("parts", good[:2], messages_malformed={"message_parts": 1}),
            _ingress("header", [good[0], b"\x81", good[2]], messages_malformed={"message_header": 1}),
            _ingress("payload", [*good[:2], b"\xc0"], messages_malformed={"message_payload": 1}),
            _ingress(
                "count",
                batch_parts(_header(2), encode_frames([frame])),
                messages_malformed={"message_count": 1},
            ),
            _ingress(
                "short response, and its neighbour",
                encode_batch(_header(2), [short, frame]),
                frames_received=2,
                errors=1,
                nxdomain=1,
                malformed={"frame_response": 1},
            ),
            _ingress(
                "not a response",
                encode_batch(header, [query]),
                frames_received=1,
                malformed={"not_a_response": 1},
            ),
            *_ingress_2(frame),
        ],
    }


def _ingress_2(frame: Frame) -> list[dict[str, Any]]:
    """Of frames/2: the zone that was asked, marks, and what clients asked."""
    header, asking = _header(1), {**_header(1), "questions": True}
    com, org = name_wire("com."), name_wire("org.")
    recursive = (*frame[:8], frame[8][:2] + b"\x81" + frame[8][3:], com, 0)
    question = make_question(
        TIME_NS, name_wire("gdsrr.com."), 15, 1, None, com, name_wire("gdsrr.com."), "authority"
    )
    made: list[tuple[str, Any, Any, dict[str, Any]]] = [
        ("frames/2, with its zone", header, (*frame, com, 0), {"errors": 1, "nxdomain": 1}),
        ("frames/2, marked as minimised", header, (*frame, com, 1), {"errors": 1, "nxdomain": 1}),
        ("frames/2, about a name outside of the zone", header, (*frame, org, 0), {"mismatched": 1}),
        ("frames/2, a forwarder's answer", header, recursive, {"forwarder": 1, "errors": 0}),
        (
            "frames/2, a forwarder's answer that is wanted",
            header,
            (*recursive[:10], 2),
            {"forwarder": 0, "errors": 1},
        ),
        ("QUESTION", asking, question, {"questions": 1, "errors": 0, "nxdomain": 1}),
        ("an NXDOMAIN of a sensor with questions", asking, (*frame, com, 0), {"errors": 1, "nxdomain": 0}),
        (
            "QUESTION with a name that has no end",
            asking,
            (*question[:2], b"\x03com", *question[3:]),
            {"questions": 0, "malformed": {"not_a_name": 1}},
        ),
    ]
    return [
        _ingress(name, encode_batch(head, [each], FRAMES_2), frames_received=1, **adds)
        for name, head, each, adds in made
    ]


def requests() -> dict[str, Any]:
    """Requests to a broker that has published nothing, and what its answers must hold."""
    ask = {"version": 1, "id": 7}
    wrong = {"answer": "error"}
    return {
        "protocol": 1,
        "vectors": [
            _request("status", {**ask, "ask": "status"}, answer="status", id=7, error=None),
            _request("describe", {**ask, "ask": "describe"}, answer="describe", id=7, error=None),
            _request("rights", {**ask, "ask": "rights"}, answer="rights", id=7, error=None, replay=True),
            _request(
                "arrived, of a sensor not heard",
                {**ask, "ask": "arrived", "sensor": "conformance-1", "epoch": 1},
                answer="arrived",
                id=7,
                sequence=0,
                missing=[],
            ),
            _request(
                "range of an unknown topic",
                {**ask, "ask": "range", "topic": "status/", "epoch": 1, "first": 1, "last": 1},
                answer="range",
                error="topic",
                count=0,
            ),
            _request("unknown key", {**ask, "ask": "status", "added": 1}, answer="status", id=7),
            _request("unknown question", {**ask, "ask": "weather"}, **wrong, id=7),
            _request("no id", {"version": 1, "ask": "status"}, **wrong, id=0),
        ],
    }


def render(document: Mapping[str, Any]) -> str:
    """The text of a file."""
    return json.dumps(document, indent=1) + "\n"


def _vector(
    name: str,
    why: str,
    topic: str,
    sequence: int,
    records: Sequence[Mapping[str, Any]],
    *,
    epoch: int = EPOCH,
    header: Mapping[str, Any] | None = None,
    lost: int = 0,
    restarts: int = 0,
    optional: Sequence[str] = (),
) -> dict[str, Any]:
    shown = [record for record in records if record["sensor"] != CANARY_SENSOR]
    parts = _parts(topic, sequence, len(records), msgpack.packb(list(records)), epoch, header or {})
    adds = {"messages": 1, "records": len(shown), "lost": lost, "restarts": restarts, "malformed": 0}
    lines = [_line(topic, each) for each in shown]
    vector = {"name": name, "why": why, "parts": parts, "lines": lines, "adds": adds}
    return {**vector, "optional": list(optional)} if optional else vector


def _malformed(
    name: str, why: str, topic: str, sequence: int, *, count: int = 1, cut: int = 0, payload: bytes = b""
) -> dict[str, Any]:
    octets = payload or msgpack.packb([RECORD])
    parts = _parts(topic, sequence, count, octets[: len(octets) - cut], EPOCH, {})
    adds = {"messages": 0, "records": 0, "lost": 0, "restarts": 0, "malformed": 1}
    return {"name": name, "why": why, "parts": parts, "lines": [], "adds": adds}


def _parts(
    topic: str, sequence: int, count: int, payload: bytes, epoch: int, more: Mapping[str, Any]
) -> list[str]:
    header = {"version": 1, "epoch": epoch, "sequence": sequence, "count": count, "time_ns": TIME_NS, **more}
    return [topic.encode().hex(), msgpack.packb(header).hex(), payload.hex()]


def _line(topic: str, record: Mapping[str, Any]) -> str:
    values = (f"{key}={'-' if value is None else value}" for key, value in record.items())
    return f"{topic} {' '.join(values)}"


def _ingress(name: str, parts: Sequence[bytes], **adds: Any) -> dict[str, Any]:
    return {"name": name, "parts": [part.hex() for part in parts], "adds": adds}


def _request(name: str, request: Mapping[str, Any], **answer: Any) -> dict[str, Any]:
    return {"name": name, "request": msgpack.packb(request).hex(), "answer": answer}


def _header(count: int) -> BatchHeader:
    return {"sensor": "conformance", "epoch": 1, "sequence": 1, "count": count}


def _frame() -> Frame:
    """`gdsrr.com.` MX does not exist, says 192.33.14.30."""
    asked = name_wire("gdsrr.com.") + bytes([0, 15, 0, 1])
    message = bytes([0x12, 0x34, 0x80, 3, 0, 1, 0, 0, 0, 0, 0, 0]) + asked
    return (TIME_NS, 1, bytes([192, 33, 14, 30]), 53, 17, None, None, None, message)


def _answered(message: bytes) -> bytes:
    """The same response without its error: NS of the name asked for."""
    record = bytes([0xC0, 12, 0, 2, 0, 1, 0, 0, 0, 60, 0, 4, 1]) + b"a" + bytes([0xC0, 12])
    return message[:3] + b"\0" + message[4:6] + b"\0\1" + message[8:] + record


if __name__ == "__main__":
    for file, document in zip(DOCUMENTS, (subscriber(), ingress(), requests()), strict=True):
        (HERE / file).write_text(render(document))
