"""Findings by the field names of Elastic Common Schema. Pure.

ECS 8.17 (elastic.co/guide/en/ecs/8.17): what it has a name for goes by that name, and all of the finding is
below `nxcast` besides, as custom fields are below a name of their own there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["ECS_VERSION", "SEVERITY_NUMBERS", "ecs_object"]

ECS_VERSION = "8.17.0"
SEVERITY_NUMBERS = {"info": 0, "low": 21, "medium": 47, "high": 73}  # as Elastic's detection rules score them
_NAMES = ("qname", "name", "domain", "zone")  # of evidence that is a domain name, the most exact first
_ENVELOPE = frozenset(("question", "section", "alert", "form", "id", "fingerprint", "severity", "text"))


def ecs_object(told: Mapping[str, Any]) -> dict[str, Any]:
    """Of an object that `forms` made."""
    what = told.get("alert") or told["section"]
    is_summary = what == "summary"
    kind = "alert" if "alert" in told else "metric" if is_summary else "event"
    event: dict[str, Any] = {
        "kind": kind,
        "category": ["network"],
        "type": ["info"],
        "module": "nxcast",
        "dataset": f"nxcast.{told['question']}",
        "action": what,
    }
    if not is_summary:
        event |= {"id": told["id"], "severity": SEVERITY_NUMBERS[told["severity"]]}
    for field, key in (("start", "first_seen"), ("end", "last_seen")):
        if told.get(key):
            event[field] = told[key]
    name = next((told[key] for key in _NAMES if isinstance(told.get(key), str)), None)
    evidence = {key: value for key, value in told.items() if key not in _ENVELOPE}
    made = {
        "@timestamp": told.get("time") or told.get("reported") or told.get("last_time") or _now(),
        "ecs": {"version": ECS_VERSION},
        "event": event,
        "message": told.get("text") or f"{told['question']}: {what}",
        "nxcast": {
            **{key: told[key] for key in ("question", "form", "fingerprint", "severity") if key in told},
            # By question and kind: in one index a field has one type.
            str(told["question"]): {str(what).replace("-", "_"): evidence},
        },
    }
    if name is not None and not is_summary:
        made["dns"] = {"question": {"name": name}}
    return made


def _now() -> str:
    """For a summary of no records, as every event of ECS has a time."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
