"""One request to a broker and its answer, on a connection of its own: for commands that ask once."""

from __future__ import annotations

from nxcast.schemas.curve import ClientKey
from nxcast.schemas.request_answers import Answer, decode_answer
from nxcast.schemas.requests import Request, encode_request
from nxcast.transport.zeromq.subscriber_end import Line

__all__ = ["ask_once"]

ANSWER_S = 5.0  # seconds to an answer, which takes milliseconds


def ask_once(endpoint: str, key: ClientKey | None, request: Request) -> Answer:
    """What is answered there, an ErrorAnswer too; ValueError where there is no answer, or none to that."""
    with Line(endpoint, key) as line:
        if not line.send([encode_request(request)], ANSWER_S):
            raise ValueError("nobody lets us in there")
        parts = line.receive(ANSWER_S)
    if parts is None:
        raise ValueError(f"no answer within {ANSWER_S:.0f} s")
    answer, _ = decode_answer(parts)
    if answer["answer"] not in (request["ask"], "error"):
        raise ValueError(f"an answer of kind {answer['answer']} to a request for {request['ask']}")
    return answer
