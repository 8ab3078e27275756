"""What a client asked and was denied, as a producer tells it: one more shape of frame in a native batch.

Nothing of it tells who asked: no address, port, ID or EDNS option has a place.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from nxcast.schemas.fields import U16, U64, Address, By, NameWire, WholeNumber

__all__ = ["QUESTION", "QUESTION_FIELDS", "QuestionFrame", "make_question"]

QUESTION: Final = 64  # type of a QuestionFrame; dnsqr's numbers end at 7
QUESTION_FIELDS = (
    "time_ns", "type", "qname", "qtype", "qclass", "response_ip", "query_zone", "denied", "by",
)  # fmt: skip

QuestionFrame = tuple[
    Annotated[U64, Field(description="when the client was answered, nanoseconds since 1970-01-01 UTC")],
    Annotated[Literal[64], WholeNumber(), Field(description="QUESTION")],
    Annotated[NameWire, Field(description="name that a client asked for, uncompressed wire form")],
    Annotated[U16, Field(description="type asked for")],
    Annotated[U16, Field(description="class asked for")],
    Annotated[Address | None, Field(description="address of the server that denied it, or one of the zone")],
    Annotated[NameWire, Field(description="zone in which it does not exist, wire form")],
    Annotated[NameWire | None, Field(description="name that the server denied, wire form")],
    By,
]
"""What a client asked and was denied: a tuple in the order of QUESTION_FIELDS. Nothing tells who asked."""


def make_question(
    time_ns: int,
    qname: bytes,
    qtype: int,
    qclass: int,
    response_ip: bytes | None,
    query_zone: bytes,
    denied: bytes | None,
    by: By,
) -> QuestionFrame:
    """A question of these fields; it checks nothing, since that is the broker's part."""
    return (time_ns, QUESTION, qname, qtype, qclass, response_ip, query_zone, denied, by)
