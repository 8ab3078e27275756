"""One hand-made example of each model, nested ones included."""

from __future__ import annotations

from typing import Any

from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.records import (
    Answer,
    Counters,
    DescriptorsStatus,
    DnsError,
    Header,
    LogStatus,
    Malformed,
    Nxdomain,
    SensorStatus,
    ServerAnswers,
    Status,
    TopicStatus,
)
from nxcast.schemas.request_answers import (
    ArrivedAnswer,
    ConnectionsAnswer,
    ConnectionStatus,
    DescribeAnswer,
    Earlier,
    EpochsAnswer,
    ErrorAnswer,
    PastEpoch,
    RangeAnswer,
    RightsAnswer,
    SinceAnswer,
    StatusAnswer,
)
from nxcast.schemas.requests import (
    ArrivedRequest,
    ConnectionsRequest,
    DescribeRequest,
    EpochsRequest,
    RangeRequest,
    RightsRequest,
    SinceRequest,
    StatusRequest,
)
from tests.messages import TIME_NS, message, soa

BATCH_HEADER: BatchHeader = {
    "sensor": "ns1",
    "epoch": TIME_NS,
    "sequence": 1,
    "count": 2,
    "held": 1,
    "after": 0,
    "questions": True,
}

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
    "query_zone": "com.",
    "minimised": True,
    "forwarder": True,
}

ANSWER: Answer = {
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
    "query": message(0, response=False),
    "response": message(0, authorities=[soa("gdsrr.com.")]),
    "query_zone": "com.",
    "minimised": True,
    "forwarder": True,
}

NXDOMAIN: Nxdomain = {
    "qname": "gdsrr.com.",
    "qclass": 1,
    "qtype": 15,
    "response_ip": "192.33.14.30",
    "soa_rrname": "com.",
    "time_ns": TIME_NS,
    "sensor": "ns1",
    "query_zone": "com.",
    "minimised": True,
    "forwarder": True,
    "denied": "gdsrr.com.",
    "by": "authority",
}

MALFORMED: Malformed = {
    "time_ns": TIME_NS,
    "sensor": "ns1",
    "reason": "frame_proto",
    "data": b"\x99",
}

SERVER_ANSWERS: ServerAnswers = {
    "time_ns": 1_700_000_060_000_000_000,
    "span_ms": 60_001,
    "response_ip": "192.33.14.30",
    "query_zone": "com.",
    "noerror": 1200,
    "nxdomain": 300,
}

COUNTERS: Counters = {
    "messages_received": 3,
    "messages_malformed": {"message_kind": 1},
    "frames_received": 15,
    "noerror": 6,
    "errors": 3,
    "unsolicited": 1,
    "malformed": {"frame_proto": 1, "not_a_response": 1},
    "nxdomain": 2,
    "skipped": {},
    "requests_received": 3,
    "requests_malformed": {"request_ask": 1},
    "messages_replayed": 2,
    "refused": {},
    "questions": 1,
    "mismatched": 1,
    "forwarder": 1,
    "answers": 4,
    "servers_untold": 1,
    "compiled": 9,
    "kernel_breaches": 0,
    "malformed_withheld": 2,
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
    "minimises": 86,
}

TOPIC_STATUS: TopicStatus = {"sequence": 1, "records": 2}

DESCRIPTORS_STATUS: DescriptorsStatus = {"open": 26, "limit": 1024}

LOG_STATUS: LogStatus = {
    "kept": "disk",
    "octets": 4096,
    "octets_max": 1 << 30,
    "oldest_ns": TIME_NS,
    "epochs": 2,
    "stuck": "no space left on device",
}

STATUS: Status = {
    "time_ns": TIME_NS,
    "epoch": TIME_NS,
    "replay": 5557,
    "software": "nxcast 0.1.0",
    "counters": COUNTERS,
    "sensors": {"ns1": SENSOR_STATUS},
    "sensors_forgotten": 0,
    "topics": {"nxdomain/MX/": TOPIC_STATUS},
    "senders_refused": {"ns1": 3},
    "connections_cut": {"egress_beyond": 2},
    "entrance": True,
    "ended": True,
    "descriptors": DESCRIPTORS_STATUS,
    "log": LOG_STATUS,
}

RANGE_REQUEST: RangeRequest = {
    "version": 1,
    "id": 7,
    "ask": "range",
    "topic": "nxdomain/MX/",
    "epoch": TIME_NS,
    "first": 2,
    "last": 3,
}

RANGE_ANSWER: RangeAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "range",
    "error": "epoch",
    "topic": "nxdomain/MX/",
    "first": 2,
    "count": 0,
    "oldest": 1,
}

SINCE_REQUEST: SinceRequest = {
    "version": 1,
    "id": 7,
    "ask": "since",
    "topics": ["nxdomain/"],
    "time_ns": TIME_NS,
}

EARLIER: Earlier = {"epoch": TIME_NS - 1, "topics": {"nxdomain/MX/": 3}, "complete": True}

SINCE_ANSWER: SinceAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "since",
    "error": None,
    "topics": {"nxdomain/MX/": 2},
    "complete": True,
    "earlier": EARLIER,
}

EPOCHS_REQUEST: EpochsRequest = {"version": 1, "id": 7, "ask": "epochs", "epoch": TIME_NS - 1}

PAST_EPOCH: PastEpoch = {"epoch": TIME_NS - 1, "ended": "killed", "last": {"nxdomain/MX/": 9}}

EPOCHS_ANSWER: EpochsAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "epochs",
    "error": None,
    "epochs": [PAST_EPOCH],
    "more": False,
    "begins": TIME_NS - 2,
}

STATUS_REQUEST: StatusRequest = {"version": 1, "id": 7, "ask": "status"}

STATUS_ANSWER: StatusAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "status",
    "error": None,
    "status": STATUS,
}

DESCRIBE_REQUEST: DescribeRequest = {"version": 1, "id": 7, "ask": "describe"}

DESCRIBE_ANSWER: DescribeAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "describe",
    "error": None,
    "channels": ["nxdomain/"],
    "topics": ["nxdomain/MX/"],
    "schemas": "{}",
    "software": "nxcast 0.1.0",
}

RIGHTS_REQUEST: RightsRequest = {"version": 1, "id": 7, "ask": "rights"}

RIGHTS_ANSWER: RightsAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "rights",
    "error": None,
    "name": "web",
    "subscribe": ["nxdomain/"],
    "push": ["ns*"],
    "replay": True,
    "egress": 5560,
    "until": "2027-12-31",
}

CONNECTIONS_REQUEST: ConnectionsRequest = {"version": 1, "id": 7, "ask": "connections"}

CONNECTION_STATUS: ConnectionStatus = {
    "socket": "egress",
    "name": "web",
    "address": "192.0.2.1",
    "connections": 2,
    "since_ns": TIME_NS,
    "waiting": 2_563_072,
    "stalled_s": 12,
}

CONNECTIONS_ANSWER: ConnectionsAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "connections",
    "error": None,
    "everyone": True,
    "connections": [CONNECTION_STATUS],
    "others": 0,
}

ARRIVED_REQUEST: ArrivedRequest = {
    "version": 1,
    "id": 7,
    "ask": "arrived",
    "sensor": "ns1",
    "epoch": TIME_NS,
}

ARRIVED_ANSWER: ArrivedAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "arrived",
    "error": None,
    "sequence": 6,
    "missing": [[4, 5]],
    "forms": ["frames/1", "frames/2"],
}

ERROR_ANSWER: ErrorAnswer = {
    "version": 1,
    "id": 7,
    "epoch": TIME_NS,
    "answer": "error",
    "error": "request_ask",
}

OPTIONAL = {
    BatchHeader: {"held", "after", "questions"},
    DnsError: {"query_zone", "minimised", "forwarder"},
    Answer: {"query_zone", "minimised", "forwarder"},
    Nxdomain: {"query_zone", "minimised", "forwarder", "denied", "by"},
    Counters: {
        "questions",
        "mismatched",
        "forwarder",
        "answers",
        "compiled",
        "kernel_breaches",
        "malformed_withheld",
        "servers_untold",
    },
    SinceAnswer: {"earlier"},
    ArrivedAnswer: {"forms"},
    Status: {"senders_refused", "connections_cut", "entrance", "ended", "descriptors", "log"},
    RightsAnswer: {"egress", "until"},
    SensorStatus: {"minimises"},
}
"""By model, the keys that may be left out."""

EXAMPLES: dict[Any, Any] = {
    BatchHeader: BATCH_HEADER,
    Header: HEADER,
    DnsError: DNS_ERROR,
    Nxdomain: NXDOMAIN,
    Answer: ANSWER,
    Malformed: MALFORMED,
    ServerAnswers: SERVER_ANSWERS,
    Status: STATUS,
    LogStatus: LOG_STATUS,
    Counters: COUNTERS,
    SensorStatus: SENSOR_STATUS,
    TopicStatus: TOPIC_STATUS,
    DescriptorsStatus: DESCRIPTORS_STATUS,
    RangeRequest: RANGE_REQUEST,
    RangeAnswer: RANGE_ANSWER,
    SinceRequest: SINCE_REQUEST,
    SinceAnswer: SINCE_ANSWER,
    Earlier: EARLIER,
    EpochsRequest: EPOCHS_REQUEST,
    EpochsAnswer: EPOCHS_ANSWER,
    PastEpoch: PAST_EPOCH,
    StatusRequest: STATUS_REQUEST,
    StatusAnswer: STATUS_ANSWER,
    DescribeRequest: DESCRIBE_REQUEST,
    DescribeAnswer: DESCRIBE_ANSWER,
    RightsRequest: RIGHTS_REQUEST,
    RightsAnswer: RIGHTS_ANSWER,
    ConnectionsRequest: CONNECTIONS_REQUEST,
    ConnectionsAnswer: CONNECTIONS_ANSWER,
    ConnectionStatus: CONNECTION_STATUS,
    ArrivedRequest: ARRIVED_REQUEST,
    ArrivedAnswer: ARRIVED_ANSWER,
    ErrorAnswer: ERROR_ANSWER,
}
"""By model, all that the contract has but the frame."""
