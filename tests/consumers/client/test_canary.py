"""Canaries: left out of whatever a consumer shows or keeps, and accounted for all the same."""

import json

import pytest

from nxcast.consumers.__main__ import main
from nxcast.consumers.client.session import Intake
from nxcast.consumers.show.json_lines import record_json
from nxcast.schemas.canary import CANARY_NXDOMAINS, canary

CANARY = canary("0123abcd", 1_700_000_000_000_000_000)
BOTH = ("nxdomain/", "dns-errors/")
LIMIT_S = 60


@pytest.mark.parametrize("validate", [True, False])
def test_they_are_taken_out_of_a_message_and_counted(make, validate):
    taken = Intake(("nxdomain/",), validate=validate, now=0.0)
    sent = [make.nxdomain(), CANARY.nxdomain, make.nxdomain(qtype=1)]
    _, batch = taken.take(make.message(CANARY_NXDOMAINS, 1, sent), 0)
    assert batch.records == [sent[0], sent[2]]
    assert (taken.counts.messages, taken.counts.records, taken.counts.canaries) == (1, 2, 1)


def test_a_message_of_nothing_else_gives_no_batch_and_is_not_missed(make):
    taken = Intake(("nxdomain/",), validate=True, now=0.0)
    assert taken.take(make.message(CANARY_NXDOMAINS, 1, [CANARY.nxdomain]), 0) == ([], None)
    events, batch = taken.take(make.message(CANARY_NXDOMAINS, 2, [make.nxdomain()]), 0)
    assert (events, batch.sequence) == ([], 2)
    assert (taken.counts.messages, taken.counts.records, taken.counts.canaries) == (2, 1, 1)


def test_an_empty_message_gives_no_batch(make):
    taken = Intake(("nxdomain/",), validate=True, now=0.0)
    assert taken.take(make.message(CANARY_NXDOMAINS, 1, []), 0) == ([], None)


def test_whoever_wants_them_gets_them(make):
    taken = Intake(("nxdomain/",), validate=True, now=0.0, canaries=True)
    _, batch = taken.take(make.message(CANARY_NXDOMAINS, 1, [CANARY.nxdomain]), 0)
    assert batch.records == [CANARY.nxdomain]
    assert (taken.counts.records, taken.counts.canaries) == (1, 0)


def test_they_are_left_out_of_what_the_store_gives_too(broker, subscribe, make):
    broker.answer_requests()
    made = subscribe(*BOTH)
    broker.publish_status()
    made.wait_connected(LIMIT_S)
    broker.lose(CANARY_NXDOMAINS, CANARY.nxdomain)
    broker.lose(CANARY_NXDOMAINS, make.nxdomain(), CANARY.nxdomain)
    broker.publish(CANARY_NXDOMAINS, make.nxdomain())
    came = [made.receive(LIMIT_S) for _ in range(2)]
    assert [(batch.sequence, len(batch.records)) for batch in came] == [(2, 1), (3, 1)]
    assert (made.counts.repaired, made.counts.lost, made.counts.canaries) == (2, 0, 2)


def test_a_cursor_passes_them(broker, subscribe, make, tmp_path):
    cursor = tmp_path / "cursor.json"
    made = subscribe(*BOTH, cursor=cursor)
    broker.publish_status()
    made.wait_connected(LIMIT_S)
    broker.publish("nxdomain/MX/", make.nxdomain())
    broker.publish(CANARY_NXDOMAINS, CANARY.nxdomain)
    broker.publish("nxdomain/MX/", make.nxdomain())
    assert [made.receive(LIMIT_S).sequence for _ in range(2)] == [1, 2]
    made.commit()
    made.close()
    assert json.loads(cursor.read_text())["topics"] == {"nxdomain/MX/": 2, CANARY_NXDOMAINS: 1}


def test_where_a_cursor_began_is_kept_though_a_canary_came_first(broker, subscribe, make, tmp_path):
    cursor = tmp_path / "cursor.json"
    made = subscribe(*BOTH, cursor=cursor, autocommit=False)
    broker.publish(CANARY_NXDOMAINS, CANARY.nxdomain)
    broker.publish_status()
    made.wait_connected(LIMIT_S)
    broker.publish("nxdomain/MX/", make.nxdomain())
    made.receive(LIMIT_S)
    made.close()  # before anything was committed
    assert json.loads(cursor.read_text())["topics"] == {CANARY_NXDOMAINS: 1}


@pytest.fixture
def recorded(tmp_path, make):
    """A recording with a record of each channel, and canaries among them."""
    path = tmp_path / "recorded.json"
    records = [CANARY.nxdomain, make.nxdomain(qtype=1), CANARY.error, make.dns_error()]
    path.write_text("".join(f"{record_json(record)}\n" for record in records))
    return str(path)


@pytest.mark.parametrize("question", ["dga", "dead", "discovery", "dnsbl", "authorities"])
def test_a_question_passes_over_those_of_a_recording(recorded, capsys, question):
    assert main([question, "--from", recorded, "--format", "json"]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["section"], summary["records"]) == ("summary", 1)


def test_record_passes_over_those_of_a_recording(recorded, tmp_path, capsys):
    pytest.importorskip("pyarrow")
    assert main(["record", "nxdomain", f"{tmp_path}/out", "--from", recorded]) == 0
    assert "1 record in 1 file" in capsys.readouterr().err


def test_nmsg_passes_over_those_of_a_recording(recorded, tmp_path, capsys):
    assert main(["nmsg", "dns-errors", "--write", f"{tmp_path}/out", "--from", recorded]) == 0
    assert "1 record, 1 payload" in capsys.readouterr().err
