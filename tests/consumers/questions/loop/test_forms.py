"""The form of findings: its schema as a file, what all questions really write, identity, Elastic's names."""

import json
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from pydantic import ValidationError

from bench.questions import QUESTIONS
from nxcast.broker.derivation.derive import derive
from nxcast.consumers.client.events import Losses
from nxcast.consumers.questions.loop.ecs import ecs_object
from nxcast.consumers.questions.loop.finding_models import LINE, schema
from nxcast.consumers.questions.loop.findings import Alert, Column, Section, Summary
from nxcast.consumers.questions.loop.forms import ALERTS, SECTIONS, alert_object, report_objects
from nxcast.consumers.questions.loop.inquiry import Inquiry
from nxcast.consumers.questions.loop.report import reports
from nxcast.producers.synthetic.stream import generate
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN

ROOT = Path(__file__).resolve().parents[4]
HOUR_NS = 3600 * 10**9
# Responses, and how many a second: an hour for most, eleven for dead and dga, five days for spamtrap.
STREAMS = {"dead": (20_000, 0.5), "dga": (20_000, 0.5), "spamtrap": (5000, 0.012)}
KEY = "abcdefghijklmnopqrstuvwxyz"
SUMMARY = Summary("dead", 0, HOUR_NS, 5, 0, Losses(), Losses(), 0, final=True)
COLUMNS = (Column("name", "name"),)


@cache
def _stream(count, rate):
    derived = derive([response.frame for response in islice(generate("sie", 3, rate=rate), count)], "lab")
    return {NXDOMAIN: derived.nxdomains, DNS_ERRORS: [each for each in derived.errors if each["rcode"] != 3]}


def _records(name):
    """Of a stream in which the question finds something."""
    return _stream(*STREAMS.get(name, (2000, 0.5)))[DNS_ERRORS if name == "authorities" else NXDOMAIN]


def test_the_schema_in_docs_is_that_of_the_models():
    assert (ROOT / "docs" / "findings.json").read_text() == schema()


@pytest.mark.parametrize("name", QUESTIONS)
def test_all_that_questions_write_has_the_form_and_elastics_names(name, capsys):
    inquiry = Inquiry(name, QUESTIONS[name][0](), reports(name, "json", None, live=False), every=86_400)
    inquiry.take(_records(name))
    inquiry.end()
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if '"section":"summary"' not in line]
    for line in lines:
        LINE.validate_json(line)
        _check_ecs(ecs_object(json.loads(line)))
    ids = [json.loads(line)["id"] for line in lines if '"section":"summary"' not in line]
    assert len(ids) == len(set(ids))


def _check_ecs(told):
    assert set(told) <= {"@timestamp", "ecs", "event", "message", "nxcast", "dns"}
    assert told["ecs"] == {"version": "8.17.0"}
    assert told["event"]["kind"] in ("alert", "event", "metric")
    assert told["event"]["kind"] == "metric" or isinstance(told["event"]["severity"], int)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_section_of_every_question_is_in_the_table_with_keys_that_its_rows_have(name):
    question = QUESTIONS[name][0]()
    question.take(_records(name))
    envelope = {"question", "section", "alert", "form", "id", "fingerprint", "severity", "reported"}
    for section in question.sections():
        kind = SECTIONS[name, section.name]
        for row in section.rows:
            assert set(kind.subject) <= set(row)
            assert not envelope & set(row)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("form", 2),
        ("severity", "high"),
        ("question", "dga"),
        ("section", "x"),
        ("id", "1"),
        ("reported", "now"),
    ],
)
def test_a_line_of_another_form_is_refused(key, value):
    line, _ = report_objects("dead", [Section("regular", "t", COLUMNS, [{"name": "a."}])], SUMMARY, None)
    LINE.validate_json(json.dumps(line))
    with pytest.raises(ValidationError):
        LINE.validate_json(json.dumps({**line, key: value}))


def test_the_same_thing_again_has_its_fingerprint_and_an_id_of_its_own():
    def told(row, last_ns, section="regular"):
        summary = Summary("dead", 0, last_ns, 5, 0, Losses(), Losses(), 0, final=True)
        line = report_objects("dead", [Section(section, "t", COLUMNS, [row])], summary, None)[0]
        return line["fingerprint"], line["id"]

    first = told({"name": "a.", "sightings": 1}, HOUR_NS)
    assert told({"name": "a.", "sightings": 9}, HOUR_NS) == first
    later = told({"name": "a.", "sightings": 2}, 2 * HOUR_NS)
    assert (later[0] == first[0], later[1] == first[1]) == (True, False)
    assert told({"name": "b."}, HOUR_NS)[0] != first[0]
    assert told({"name": "a."}, HOUR_NS, "indicators")[0] != first[0]


def test_keys_of_blocklists_customers_are_in_nothing():
    row = {"name": f"1.2.0.192.{KEY}.zen.dq.spamhaus.net."}
    lines = report_objects("dead", [Section("regular", "t", COLUMNS, [row])], SUMMARY, None)
    lines.append(alert_object("dead", Alert(1, "indicator", f"{row['name']} was asked for", row)))
    assert KEY not in json.dumps(lines + [ecs_object(each) for each in lines])
    assert "<key>" in lines[0]["name"]


def test_an_alert_by_elastics_names():
    evidence = {"name": "a.example.", "indicator": "example.", "first_seen": "2026-01-01T00:00:00.000000000Z"}
    line = alert_object("dead", Alert(HOUR_NS, "indicator", "a.example. was asked for", evidence))
    LINE.validate_json(json.dumps(line))
    assert ecs_object(line) == {
        "@timestamp": "1970-01-01T01:00:00.000000000Z",
        "ecs": {"version": "8.17.0"},
        "event": {
            "kind": "alert",
            "category": ["network"],
            "type": ["info"],
            "module": "nxcast",
            "dataset": "nxcast.dead",
            "action": "indicator",
            "id": line["id"],
            "severity": 73,
            "start": "2026-01-01T00:00:00.000000000Z",
        },
        "message": "a.example. was asked for",
        "nxcast": {
            "question": "dead",
            "form": 1,
            "fingerprint": line["fingerprint"],
            "severity": "high",
            "dead": {"indicator": {"time": line["time"], **evidence}},
        },
        "dns": {"question": {"name": "a.example."}},
    }


def test_alerts_are_of_known_questions():
    assert {question for question, _ in SECTIONS} == set(QUESTIONS)
    assert {question for question, _ in ALERTS} < set(QUESTIONS)
