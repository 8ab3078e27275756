"""Streaming Answer Format of DNSDB's API, version 2: lines with an object each, a beginning and an end.

The end says what the answer is: `succeeded` (all there is), `limited` (more is there, or may be), `failed`.
An answer without an end was cut off. A generator here says None wherever the rows that it takes do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from nxcast.consumers.serve.asked import Asked
from nxcast.consumers.serve.objects import json_line
from nxcast.consumers.serve.streaming import Limited, Lines, Work
from nxcast.consumers.show.console import CommandError

__all__ = ["framed", "picked"]

Row = TypeVar("Row")

BEGIN, SUCCEEDED = b'{"cond":"begin"}\n', b'{"cond":"succeeded"}\n'
ENOUGH = "Result limit reached"


def framed(objects: Iterator[dict[str, Any] | None]) -> Lines:
    """The lines of an answer with these objects, for as long as none of them raises Limited."""
    yield BEGIN
    try:
        for told in objects:
            yield None if told is None else json_line({"obj": told})
    except Limited as limited:
        yield json_line({"cond": "limited", "msg": str(limited)})
    except CommandError as error:
        yield json_line({"cond": "failed", "msg": str(error)})
    else:
        yield SUCCEEDED


def picked(
    rows: Iterator[Row | None], asked: Asked, work: Work, keeps: Callable[[Row], bool]
) -> Iterator[Row | None]:
    """Of these rows those kept, from `offset` on and `limit` at most; raises Limited where there are more."""
    passed = given = 0
    for row in rows:
        work.check()
        if row is None or not keeps(row):
            yield None
        elif passed < asked.offset:
            passed += 1
            yield None
        elif given == asked.limit:
            raise Limited(ENOUGH)
        else:
            given += 1
            yield row
