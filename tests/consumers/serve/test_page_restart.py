"""The page of a server that is started again, as a process on a real broker."""

from __future__ import annotations

import json
import time

from nxcast.schemas.units import SECOND_NS
from tests.conftest import Bench, RunningBroker
from tests.consumers.serve.conftest import serving
from tests.consumers.serve.test_event_streams import Reader
from tests.messages import A, frame, message, question, soa

AGO_S = 20 * 3600
FAILURES = 240  # one a second of a period of the picture
NOTHING = {"state": {"word": ""}, "failures": 0}


def until(server, enough):
    """Wait for a picture that is as it is to be."""
    reader = Reader(server.port, "/v1/picture", Accept="text/event-stream")
    try:
        while not enough(json.loads(reader.block().get("data", "null")) or NOTHING):
            pass
    finally:
        reader.response.close()
        reader.connection.close()


def failed_at(server, second):
    """Failures of the period of a second, as the picture of 24 hours has them, by RCODE."""
    told = json.loads(server.get("/v1/rates/24h")[2])
    at = (second - told["first"]) // told["step"]
    return {rcode: round(row[at] * told["step"]) for rcode, row in told["rcodes"].items()}


def test_a_server_that_is_started_again_shows_yesterday(tmp_path):
    response = message(questions=[question("gone.example.", A)], authorities=[soa("example.")])
    free = ("--ingress", "tcp://127.0.0.1:*", "--egress", "tcp://127.0.0.1:*")
    state = ("--state", str(tmp_path / "serve.json"))
    with RunningBroker(*free) as broker:
        places = ("--broker", broker.egress, "--replay", broker.replay)
        bench = Bench(broker)
        try:
            with serving(None, *places, *state) as server:
                until(server, lambda drawn: drawn["state"]["word"] == "no-producer")
                seen_ns = time.time_ns() - AGO_S * SECOND_NS
                bench.push(*[(seen_ns, *frame(response)[1:])] * FAILURES)
                until(server, lambda drawn: drawn["failures"] == FAILURES)
                before = failed_at(server, seen_ns // SECOND_NS)
                server.process.terminate()
                assert server.process.wait(60) == 0
            with serving(None, *places, *state) as again:
                after = failed_at(again, seen_ns // SECOND_NS)
        finally:
            bench.close()
    assert before == after == {"NXDOMAIN": FAILURES}
