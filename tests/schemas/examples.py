"""One hand-made example of each model, nested ones included."""

from __future__ import annotations

from typing import Any

from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.records import (
    Counters,
    DnsError,
    Header,
    Malformed,
    Nxdomain,
    SensorStatus,
    Status,
    TopicStatus,
)
from tests.messages import TIME_NS, message, soa

BATCH_HEADER: BatchHeader = {"sensor": "ns1", "epoch": TIME_NS, "sequence": 1, "count": 2}

HEADER: Header = {"version": 1, "epoch": TIME_NS, "sequence": 1, "count": 1, "time_ns": TIME_NS}

DNS_ERROR: DnsError = {
    "time_ns": TIME_NS,
    "sensor": "ns1",
    "type": 1,
    "response_ip": "192.33.14.30",
    "response_port": 53,
    "proto": 17,
    "query_ip": "2001:db8::1",
    "query_port": 4242,
    "id": 0x1234,
    "opcode": 0,
    "qname": "gdsrr.com.",
    "qclass": 1,
    "qtype": 15,
    "rcode": 3,
    "query": message(0, response=False),
    "response": message(authorities=[soa("com.")]),
}

NXDOMAIN: Nxdomain = {
    "qname": "gdsrr.com.",
    "qclass": 1,
    "qtype": 15,
    "response_ip": "192.33.14.30",
    "soa_rrname": "com.",
    "time_ns": TIME_NS,
    "sensor": "ns1",
}

MALFORMED: Malformed = {
    "time_ns": TIME_NS,
    "sensor": "ns1",
    "reason": "frame_proto",
    "data": b"\x99",
}

COUNTERS: Counters = {
    "messages_received": 3,
    "messages_malformed": {"message_kind": 1},
    "frames_received": 12,
    "noerror": 6,
    "errors": 3,
    "unsolicited": 1,
    "malformed": {"frame_proto": 1, "not_a_response": 1},
    "nxdomain": 2,
    "skipped": {},
}

SENSOR_STATUS: SensorStatus = {
    "epoch": TIME_NS,
    "sequence": 3,
    "time_ns": TIME_NS,
    "batches": 2,
    "frames": 12,
    "lost_batches": 1,
    "repeated_batches": 0,
    "restarts": 0,
}

TOPIC_STATUS: TopicStatus = {"sequence": 1, "records": 2}

STATUS: Status = {
    "time_ns": TIME_NS,
    "epoch": TIME_NS,
    "software": "nxcast 0.1.0",
    "counters": COUNTERS,
    "sensors": {"ns1": SENSOR_STATUS},
    "sensors_forgotten": 0,
    "topics": {"nxdomain/MX/": TOPIC_STATUS},
}

EXAMPLES: dict[Any, Any] = {
    BatchHeader: BATCH_HEADER,
    Header: HEADER,
    DnsError: DNS_ERROR,
    Nxdomain: NXDOMAIN,
    Malformed: MALFORMED,
    Status: STATUS,
    Counters: COUNTERS,
    SensorStatus: SENSOR_STATUS,
    TopicStatus: TOPIC_STATUS,
}
"""By model, all that the contract has but the frame."""
