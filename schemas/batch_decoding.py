"""Native batches as they come in: decoded, validated, and what is wrong with them.

Decoding believes nothing: sizes, depth and counts are bounded before anything is allocated, and what is wrong
raises `MessageError` with a reason from a fixed list, or sets one frame aside as a `BadFrame` while the
others go on. A payload is read a piece at a time, so that others may have their turn between.
"""

from collections.abc import Generator, Sequence
from itertools import islice
from typing import Annotated, Any, NamedTuple

import msgpack
from pydantic import ConfigDict, FailFast, Field, TypeAdapter, ValidationError

from nxcast.schemas.frames import (
    FRAME_1_FIELDS,
    FRAME_FIELDS,
    FRAMES_1,
    FRAMES_2,
    INGRESS_MESSAGE_MAX,
    TYPE,
    BatchHeader,
    Frame,
    Frame1,
)
from nxcast.schemas.question_frame import QUESTION, QUESTION_FIELDS, QuestionFrame

__all__ = [
    "FRAME_OCTETS_MIN",
    "HEADER_MAX",
    "BadFrame",
    "Batch",
    "MessageError",
    "decode_batch",
    "decode_batch_header",
    "decode_in_pieces",
    "validate_frames",
]

# Octets of the shortest frame, a question; those of producers take about 200. A payload has no more frames
# than fit, and BAD_FRAMES_TOLD, whose faults are told by their own reasons.
FRAME_OCTETS_MIN = 19
BAD_FRAMES_TOLD = 16  # bad frames of a batch looked at for their reason, at 6 µs each; others are FRAME_MORE
NESTED_MAX = 64  # items of an array or map inside a payload; a frame has eleven
# Octets of a payload unpacked at a time. What is made to hurt (arrays in arrays, short texts) takes up to 50
# times its octets until it is validated: 12 MiB a piece. A valid frame has at most 131,412 octets.
PIECE = 256 << 10
HEADER_MAX = 512  # octets; the longest valid header takes 158

_STRICT = ConfigDict(strict=True, defer_build=True)  # built at first use: only a broker reads batches


class BadFrame(NamedTuple):
    """One frame of a batch that breaks the schema: `reason` of FRAME_REASONS, `data` its msgpack octets.

    With FRAME_MORE there are no data.
    """

    reason: str
    data: bytes


class Batch(NamedTuple):
    """A decoded batch: its good frames and its questions, each in order, and the bad ones of both."""

    header: BatchHeader
    frames: Sequence[Frame1] | Sequence[Frame]
    questions: Sequence[QuestionFrame]
    bad: list[BadFrame]


class MessageError(ValueError):
    """A whole ingress message that a peer sent wrong; `reason` is one of `REASONS`, `data` the wrong part.

    `sensor` is the sender where its header could be read, else None.
    """

    REASONS: tuple[str, ...] = (
        "message_kind",
        "message_size",
        "message_parts",
        "message_header",
        "message_payload",
        "message_count",
    )

    def __init__(self, reason: str, data: bytes | memoryview, sensor: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.data = data
        self.sensor = sensor


FRAME_MORE = "frame_more"  # bad, and not looked at for its reason
FRAME_REASONS = (
    "frame_shape",
    FRAME_MORE,
    *(f"frame_{field}" for field in FRAME_FIELDS),
    *(f"question_{field}" for field in QUESTION_FIELDS),
)
"""Reasons of a BadFrame: no array of its form's fields, or the first wrong field, or not looked at."""


class _Shape(NamedTuple):
    """What a frame may look like, and what validates one."""

    name: str
    fields: Sequence[str]
    one: TypeAdapter[Any]


# Without FailFast pydantic keeps an error for each wrong field of each frame, hundreds of megabytes.
_Failing = FailFast()
_FRAME_1 = _Shape("frame", FRAME_1_FIELDS, TypeAdapter(Annotated[Frame1, _Failing], config=_STRICT))
_FRAME = _Shape("frame", FRAME_FIELDS, TypeAdapter(Annotated[Frame, _Failing], config=_STRICT))
_QUESTION = _Shape(
    "question", QUESTION_FIELDS, TypeAdapter(Annotated[QuestionFrame, _Failing], config=_STRICT)
)
_AnyFrame = Annotated[Frame | QuestionFrame, Field(union_mode="left_to_right")]  # nearly all are responses
_ALL: dict[bytes, TypeAdapter[list[Any]]] = {
    FRAMES_1: TypeAdapter(Annotated[list[Annotated[Frame1, _Failing]], _Failing], config=_STRICT),
    FRAMES_2: TypeAdapter(Annotated[list[_AnyFrame], _Failing], config=_STRICT),
}
_HEADER: TypeAdapter[BatchHeader] = TypeAdapter(BatchHeader)


def decode_batch_header(parts: Sequence[bytes | memoryview]) -> BatchHeader:
    """The header of a native batch, and nothing of its frames; raises MessageError where there is none."""
    if sum(map(len, parts)) > INGRESS_MESSAGE_MAX:
        raise MessageError("message_size", parts[0])
    if not parts or bytes(parts[0][: len(FRAMES_1) + 1]) not in _ALL:
        raise MessageError("message_kind", parts[0] if parts else b"")
    if len(parts) != 3:
        raise MessageError("message_parts", parts[-1])
    return _decode_header(parts[1])


def decode_batch(parts: Sequence[bytes]) -> Batch:
    """Decode and validate one native batch; raises MessageError where it can't be read as one."""
    *_, batch = decode_in_pieces(parts, decode_batch_header(parts))
    assert batch is not None  # noqa: S101
    return batch


def decode_in_pieces(parts: Sequence[bytes], header: BatchHeader) -> Generator[Batch | None, None, None]:
    """As `decode_batch` once its header is decoded: None after each piece but the last, then the batch."""
    form, _, payload = parts
    try:
        frames, reasons = yield from _decode_frames(payload, header["count"], form)
    except (ValueError, msgpack.OutOfData) as error:  # msgpack's other errors are ValueErrors
        reason = "message_count" if isinstance(error, _CountError) else "message_payload"
        raise MessageError(reason, payload, header["sensor"]) from None
    questions = [frame for frame in frames if frame[TYPE] == QUESTION] if form != FRAMES_1 else []
    if questions:
        frames = [frame for frame in frames if frame[TYPE] != QUESTION]
    yield Batch(header, frames, questions, _cut_out(payload, reasons) if reasons else [])


def validate_frames(frames: Sequence[Frame]) -> None:
    """Raise pydantic's ValidationError unless all frames are as the schema has it."""
    _ALL[FRAMES_2].validate_python(frames)


def _decode_header(head: bytes | memoryview) -> BatchHeader:
    if len(head) > HEADER_MAX:
        raise MessageError("message_header", head)
    try:
        return _HEADER.validate_python(msgpack.unpackb(head))
    except ValueError:  # msgpack's and pydantic's errors are ValueErrors
        raise MessageError("message_header", head) from None


class _CountError(ValueError):
    """The payload is no array of as many items as the header says."""


def _decode_frames(
    payload: bytes, count: int, form: bytes
) -> Generator[None, None, tuple[list[Any], dict[int, str]]]:
    """The good frames, and of each other one its place in the array and its reason; raises msgpack's errors.

    Piece by piece, so that no more of what is wrong is in memory at a time.
    """
    good: list[Any] = []
    reasons: dict[int, str] = {}
    unpacker = _unpacker()
    validate = _ALL[form].validate_python
    octets = memoryview(payload)
    missing, fits = count, len(payload) // FRAME_OCTETS_MIN + BAD_FRAMES_TOLD
    for start in range(0, len(payload) or 1, PIECE):
        if start:
            yield
        unpacker.feed(octets[start : start + PIECE])
        if not start and (unpacker.read_array_header() != count or count > fits):
            raise _CountError
        # Iteration ends where the octets do, so cut and overlong payloads show in the count.
        frames = list(islice(unpacker, missing + 1))
        if not frames and start + PIECE < len(payload):
            raise ValueError("an item as long as a piece")
        if len(frames) > missing:
            raise _CountError
        try:
            good += validate(frames)
        except ValidationError:
            _sort_out(frames, count - missing, form, good, reasons)
        missing -= len(frames)
        del frames  # before the next piece is unpacked
    if missing:
        raise _CountError
    return good, reasons


def _unpacker() -> msgpack.Unpacker:
    # Tight limits on what is nested: msgpack allocates a container by its claimed length, level by level.
    # A map, which could take a hundred times its octets, turns into its type: no field takes that either.
    # surrogateescape lets a str of broken UTF-8 spoil its own frame only, not the whole batch.
    return msgpack.Unpacker(
        use_list=False,
        object_hook=type,
        unicode_errors="surrogateescape",
        max_buffer_size=INGRESS_MESSAGE_MAX,
        max_array_len=NESTED_MAX,
        max_map_len=NESTED_MAX,
        max_ext_len=0,
    )


def _sort_out(frames: list[Any], place: int, form: bytes, good: list[Any], reasons: dict[int, str]) -> None:
    """Validate frames one by one, of which the first has this place in the array."""
    for number, frame in enumerate(frames, place):
        shape = _FRAME_1 if form == FRAMES_1 else _QUESTION if _is_question(frame) else _FRAME
        if len(reasons) >= BAD_FRAMES_TOLD and not shape.one.validator.isinstance_python(frame):
            reasons[number] = FRAME_MORE
            continue
        try:
            good.append(shape.one.validate_python(frame))
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
            shaped = isinstance(frame, tuple) and len(frame) == len(shape.fields) and wrong
            reasons[number] = f"{shape.name}_{shape.fields[int(wrong[0])]}" if shaped else "frame_shape"


def _is_question(frame: Any) -> bool:
    return isinstance(frame, tuple) and len(frame) > TYPE and bool(frame[TYPE] == QUESTION)


def _cut_out(payload: bytes, reasons: dict[int, str]) -> list[BadFrame]:
    """The bad frames of a payload, given by their places in the array, in order."""
    cursor = _unpacker()
    cursor.feed(payload)
    bad: list[BadFrame] = []
    for place in range(cursor.read_array_header()):
        if len(bad) == BAD_FRAMES_TOLD:
            break
        start = cursor.tell()
        cursor.skip()
        if place in reasons:
            bad.append(BadFrame(reasons[place], payload[start : cursor.tell()]))
    return bad + [BadFrame(FRAME_MORE, b"")] * (len(reasons) - len(bad))
