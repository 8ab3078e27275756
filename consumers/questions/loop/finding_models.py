"""The form of what questions write with --format json, and post: the models that make docs/findings.json.

`python -m nxcast.consumers.questions.loop.finding_models` prints it. The evidence of each kind stands beside
these keys under the names of its rows, which docs/consumers.md shows.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, model_validator

from nxcast.consumers.questions.loop.forms import ALERTS, FORM, HASH_OCTETS, SECTIONS, SEVERITIES, Kind

__all__ = ["LINE", "schema"]

Text = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$")]
Time = Annotated[Text, Field(description="RFC 3339, UTC, nine digits of the second; of the records' time")]
Hash = Annotated[str, Field(pattern=f"^[0-9a-f]{{{2 * HASH_OCTETS}}}$")]
Form = Annotated[
    Literal[1], Field(description="raised when a key changes its meaning or goes; new keys may come any time")
]
Count = Annotated[int, Field(ge=0)]
assert FORM == 1  # noqa: S101  # the literal above


class _Told(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, JsonValue]

    question: Annotated[str, Field(json_schema_extra={"enum": sorted({asked for asked, _ in SECTIONS})})]
    form: Form
    id: Annotated[Hash, Field(description="of this telling; the same when it is sent again, or replayed")]
    fingerprint: Annotated[Hash, Field(description="the same whenever the same thing is found again")]
    severity: Annotated[str, Field(json_schema_extra={"enum": [*SEVERITIES]})]


class Finding(_Told):
    """A row of a report; its evidence is in the further keys."""

    section: Annotated[str, Field(json_schema_extra={"enum": sorted({name for _, name in SECTIONS})})]
    reported: Annotated[Time, Field(description="the end of what the report is about")]

    @model_validator(mode="after")
    def _is_known(self) -> Finding:
        _check(SECTIONS.get((self.question, self.section)), self.severity)
        return self


class Alert(_Told):
    """What can't wait for a report; its evidence is in the further keys."""

    alert: Annotated[str, Field(json_schema_extra={"enum": sorted({name for _, name in ALERTS})})]
    time: Time
    text: Annotated[str, Field(description="one line for people")]

    @model_validator(mode="after")
    def _is_known(self) -> Alert:
        _check(ALERTS.get((self.question, self.alert)), self.severity)
        return self


def _check(kind: Kind | None, severity: str) -> None:
    if kind is None or kind.severity != severity:
        raise ValueError("no such kind of finding, or another severity")


class Summary(BaseModel):
    """The end of a report: what it rests on. A number is null where nobody can tell it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str
    section: Literal["summary"]
    form: Form
    first_time: Time | None
    last_time: Time | None
    records: Count
    untimely: Annotated[Count, Field(description="records passed over, far in time from the others")]
    lost_messages: Annotated[Count | None, Field(description="since the report before")]
    lost_messages_at_least: Count
    lost_messages_in_all: Count | None
    lost_messages_in_all_at_least: Count
    forgotten: Annotated[Count, Field(description="evidence dropped to stay within bounds")]
    final: Annotated[bool, Field(description="no report comes after it")]


LINE: TypeAdapter[Summary | Finding | Alert] = TypeAdapter(Summary | Finding | Alert)


def schema() -> str:
    """JSON Schema (2020-12) of one line."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What nxcast's questions find, form {FORM}",
    }
    return json.dumps(head | LINE.json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")
