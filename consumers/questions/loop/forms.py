"""Findings and alerts as objects for programs: for JSON lines, webhooks and Elastic's field names. Pure.

The form is `finding_models`, printed as docs/findings.json: what every object has, and a question's own
evidence beside it under the names that its rows have. `fingerprint` stays the same when the same thing is
found again, `id` is of one telling. Both follow from the records alone, so a replay gives them again.
Keys of blocklists' customers are hidden here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import Any, NamedTuple

from nxcast.consumers.questions.loop.findings import Alert, Section, Summary
from nxcast.consumers.show.json_lines import json_line
from nxcast.consumers.show.redact import redacted_text
from nxcast.telemetry.printable import time_text

__all__ = [
    "ALERTS",
    "FORM",
    "HASH_OCTETS",
    "SECTIONS",
    "SEVERITIES",
    "Kind",
    "alert_object",
    "report_objects",
]

FORM = 1  # raised when a key changes its meaning or goes; new keys may come at any time
HASH_OCTETS = 16  # no two alike among 2^60
SEVERITIES = ("info", "low", "medium", "high")
INFO, LOW, MEDIUM, HIGH = SEVERITIES


class Kind(NamedTuple):
    """Of finding: how much it matters as a rule, and the keys of its evidence that say what it is about."""

    severity: str
    subject: tuple[str, ...]


# By question and section, or kind of alert. INFO: counts of what is; LOW: to look at one day; MEDIUM:
# somebody should look; HIGH: somebody else may take or already has what is ours.
SECTIONS = {
    ("causes", "causes"): Kind(INFO, ("cause",)),
    ("causes", "zones"): Kind(INFO, ("zone",)),
    ("spamtrap", "candidates"): Kind(LOW, ("domain",)),
    ("spamtrap", "near"): Kind(INFO, ("domain",)),
    ("spamtrap", "left_out"): Kind(INFO, ("why",)),
    ("spamtrap", "progress"): Kind(INFO, ()),
    ("spamtrap", "deaf"): Kind(LOW, ("sensor",)),
    ("dnsbl", "zones"): Kind(INFO, ("zone",)),
    ("dnsbl", "ended"): Kind(LOW, ("zone",)),
    ("dnsbl", "subjects"): Kind(INFO, ("subject",)),
    ("dnsbl", "spikes"): Kind(LOW, ("kind", "subject")),
    ("dnsbl", "watched"): Kind(LOW, ("entry",)),
    ("dnsbl", "unknown_zones"): Kind(LOW, ("zone",)),
    ("dga", "groups"): Kind(MEDIUM, ("alphabet", "suffixes")),
    ("dga", "deaf"): Kind(LOW, ("sensor",)),
    ("dead", "regular"): Kind(LOW, ("name",)),
    ("dead", "indicators"): Kind(HIGH, ("name",)),
    ("discovery", "open"): Kind(HIGH, ("domain", "service")),
    ("discovery", "services"): Kind(INFO, ("service",)),
    ("discovery", "domains"): Kind(INFO, ("domain",)),
    ("discovery", "leaks"): Kind(LOW, ("suffix",)),
    ("discovery", "labels"): Kind(INFO, ("label",)),
    ("discovery", "mistyped"): Kind(INFO, ("suffix",)),
    ("discovery", "signals"): Kind(INFO, ("kind",)),
    ("discovery", "noise"): Kind(INFO, ("kind",)),
    ("discovery", "probes"): Kind(INFO, ()),
    ("authorities", "rcodes"): Kind(INFO, ("asked", "rcode")),
    ("authorities", "watched"): Kind(MEDIUM, ("watched",)),
    ("authorities", "servers"): Kind(LOW, ("server",)),
    ("authorities", "zones"): Kind(LOW, ("zone",)),
    ("authorities", "responses"): Kind(INFO, ("server", "zone")),
}
ALERTS = {
    ("dnsbl", "spike"): Kind(LOW, ("kind", "subject")),
    ("dnsbl", "watched-spike"): Kind(MEDIUM, ("entry",)),
    ("dnsbl", "never-sends"): Kind(HIGH, ("entry",)),
    ("dga", "dga"): Kind(HIGH, ("alphabet", "suffixes")),
    ("dead", "indicator"): Kind(HIGH, ("name", "indicator")),
    ("discovery", "open-to-registration"): Kind(HIGH, ("domain", "service")),
    ("authorities", "fails"): Kind(MEDIUM, ("watched",)),
    ("authorities", "fails-again"): Kind(MEDIUM, ("watched",)),
    ("authorities", "goes-on"): Kind(MEDIUM, ("watched",)),
}


def alert_object(question: str, alert: Alert) -> dict[str, Any]:
    """Of an alert."""
    kind = ALERTS.get((question, alert.kind)) or Kind(MEDIUM, tuple(alert.evidence))
    time = time_text(alert.time_ns)
    identity = _identity(("alert", question, alert.kind), kind, alert.evidence, time)
    told = {"question": question, "alert": alert.kind, "time": time, "text": alert.text}
    return _clean_row({**told, **identity, **alert.evidence})


def report_objects(
    question: str, sections: Sequence[Section], summary: Summary, top: int | None
) -> list[dict[str, Any]]:
    """Of a report: `top` rows of each section (None: all), and its summary at the end."""
    end = None if summary.last_ns is None else time_text(summary.last_ns)
    made = []
    for section in sections:
        unknown = Kind(INFO, tuple(column.key for column in section.columns[:1]))
        kind = SECTIONS.get((question, section.name)) or unknown
        for row in section.rows[:top]:
            identity = _identity(("section", question, section.name), kind, row, end or "")
            told = {"question": question, "section": section.name, **identity, "reported": end}
            made.append(_clean_row({**told, **row}))
    return [*made, {"question": question, "section": "summary", "form": FORM, **_summary(summary)}]


def _identity(what: tuple[str, ...], kind: Kind, evidence: Mapping[str, Any], time: str) -> dict[str, Any]:
    fingerprint = _hash([*what, *(_clean(evidence.get(key)) for key in kind.subject)])
    # What two rows of one subject differ in belongs to the telling: two spikes of one report.
    began = evidence.get("began") or ""
    return {
        "form": FORM,
        "id": _hash([fingerprint, time, began]),
        "fingerprint": fingerprint,
        "severity": kind.severity,
    }


def _hash(parts: list[Any]) -> str:
    return blake2b(json_line(parts).encode(), digest_size=HASH_OCTETS).hexdigest()


def _summary(summary: Summary) -> dict[str, Any]:
    told = asdict(summary)
    for key in ("question", "waiting", "source", "passing", "lost", "lost_in_all"):
        del told[key]
    # The numbers, each null where nobody can tell; then the ones that are known besides.
    for name, losses in (("lost_messages", summary.lost), ("lost_messages_in_all", summary.lost_in_all)):
        told |= {name: losses.number, f"{name}_at_least": losses.at_least}
    for end in ("first", "last"):
        time_ns = told.pop(f"{end}_ns")
        told[f"{end}_time"] = None if time_ns is None else time_text(time_ns)
    return told


def _clean_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _clean(value) for key, value in row.items()}


def _clean(value: Any) -> Any:
    """The value with keys hidden in all its strings; json_line makes them printable."""
    if isinstance(value, str):
        return redacted_text(value)
    if value is None or isinstance(value, (int, float)):  # asked first: Mapping takes five times as long
        return value
    if isinstance(value, Mapping):
        return _clean_row(value)
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value
