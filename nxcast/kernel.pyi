"""The compiled kernel, where there was a C compiler.

Its users are broker/derivation/compiled.py, producers/dnstap/payload_reading.py,
consumers/client/packed.py and consumers/questions/dga/lexical.py.
"""

from typing import Any

_Counts = tuple[int, int, int, int, int, int, int, int, int]
_Records = tuple[int, bytes, bytes, bytes]

def tables(
    error_keys: tuple[bytes, ...],
    nxdomain_keys: tuple[bytes, ...],
    by: tuple[bytes, ...],
    error_topics: bytes,
    nxdomain_topics: bytes,
    kinds: bytes,
    protos: bytes,
    numbers: tuple[int, ...],
    /,
) -> object:
    """What the models say, in the form that `derive` takes; raises ValueError where that can't be."""

def derive(
    tables: object, payload: bytes | memoryview, count: int, sensor: bytes, options: int, /
) -> tuple[_Counts, list[tuple[int, _Records]], bytes, bytes, bytes] | None:
    """Counts of a batch; by number of the topic how many records, their octets, ends and times; odd frames.

    Of each odd one where it begins and ends in the payload, 4 octets each; nothing else tells of it. Then, if
    wanted, where server and zone are of each query that was answered with RCODE 0 and 3. None where
    the payload can't be read to its end, or has too many odd frames.
    """

def served(most: int, octets_max: int, secret: bytes, /) -> object:
    """What counts good answers by server and zone, `most` of these pairs; the secret has 272 octets."""

def served_count(served: object, payload: bytes | memoryview, good: bytes, denied: bytes, /) -> None:
    """Count those that `derive` told of this payload."""

def served_turn(served: object, /) -> int:
    """What was counted is told from now on, and another count begins; how many there was no room for."""

def served_told(served: object, most: int, /) -> list[tuple[bytes, bytes, int, int]]:
    """Address, zone and counts of so many pairs, the next ones; none where all were given."""

def cut(octets: bytes, position: int, longest: int, /) -> tuple[list[bytes], int]:
    """Payloads of Frame Streams from a place on, and where no data frame stands; raises ValueError."""

def read_dnstap(
    payloads: list[bytes],
    start: int,
    options: int,
    join: object | None,
    now_ns: int,
    numbers: tuple[int, ...],
    tcp: tuple[int, int],
    udp: tuple[int, int],
    /,
) -> tuple[int, list[bytes], list[tuple[int, int]], int, int]:
    """Where it stopped: at the first odd payload, or at the end; packed frames, questions; skipped, by type.

    Then clients' answers, and of them those that are no NXDOMAIN.
    """

def join(
    secret: bytes,
    times_ns: tuple[int, int, int, int],
    bounds: tuple[int, int, int, int, int],
    local: tuple[bytes, ...] | None,
    kind: int,
    by: tuple[bytes, bytes, bytes],
    /,
) -> object:
    """What joins clients' questions. Raises ValueError, as all of these, for what is no name or address."""

def join_heard(join: object, time_ns: int, server: bytes | None, zone: bytes | None, /) -> None: ...
def join_denied(
    join: object,
    time_ns: int,
    server: bytes | None,
    qname: bytes,
    name: bytes,
    soa: bytes,
    ttl_s: int,
    covers: bool,
    /,
) -> None: ...
def join_answered(
    join: object,
    time_ns: int,
    now_ns: int,
    qname: bytes,
    folded: bytes,
    qtype: int,
    qclass: int,
    name: bytes,
    soa: bytes,
    ttl_s: int,
    /,
) -> list[bytes]: ...
def join_repeated(join: object, time_ns: int, folded: bytes, qtype: int, qclass: int, /) -> bool: ...
def join_due(join: object, now_ns: int, finish: bool, /) -> list[bytes]:
    """Packed questions, as above."""

def join_counts(join: object, /) -> tuple[int, int, int, int, int]:
    """Questions, repeated, local and hurried since the last call; and how many wait."""

def shape(*fields: tuple[str, bytes, int, int, int, bytes, bool, bool]) -> object:
    """What a model says of its fields, in the form that the three below take; raises ValueError.

    Name, name packed, kind, least, most, what is allowed, whether it is required, whether it may be nil.
    """

def count(shape: object, payload: bytes, /) -> int | None:
    """How many records a payload has, all checked; None where Python has to read it."""

def records(shape: object, payload: bytes, /) -> list[dict[str, Any]] | None:
    """The records of a payload; None where Python has to read it."""

def record(shape: object, payload: bytes, /) -> Any | None:
    """A map alone; None where Python has to read it."""

def columns(shape: object, payload: bytes, places: tuple[int, ...], /) -> tuple[list[Any], ...] | None:
    """Of each place of a field a list of its values; None where Python has to read the payload."""

def looks(
    costs: bytes,
    steps: float,
    drawn: bytes,
    edges: bytes,
    length_min: int,
    hex_min: int,
    syllables_min: int,
    /,
) -> object:
    """What `look` goes by; `drawn` by kind and length and `edges` are packed doubles; raises ValueError."""

def look(looks: object, label: str, /) -> int:
    """16 times the number of its kind, and its level; -1 for a label that no generator makes."""
