"""Sets of rights: clients that may subscribe to the same share a socket of the egress. Pure but for the file.

A set has a number from 1 to SETS_MAX that says where its socket is, and keeps it: the file beside the key
file says which, so that other sets' coming and going moves nobody. A number that no client's set has any more
goes to a new set only where none is free. A set beyond the last number has no socket.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, ValidationError

from nxcast.broker.rights.key_files import KeyFileError, locked, read_text, write_file
from nxcast.schemas.client_rights import Client

__all__ = [
    "SETS_MAX",
    "RightsSet",
    "keep_numbers",
    "number_sets",
    "read_sets",
    "set_endpoint",
    "sets_path",
    "write_sets",
]

SETS_MAX = 16  # sockets; each message is sent once for each whose set allows it, 15 µs of the loop's time

RightsSet = tuple[str, ...]
"""The prefixes that a client may subscribe to, as `Client.topics` has them."""


_HEAD = """\
# Numbers of the sets of rights of an nxcast broker, which say where the socket of each is. Written by it.
[sets]
"""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sets: dict[Annotated[int, Ge(1), Le(SETS_MAX)], RightsSet]


def number_sets(clients: Iterable[Client], before: Mapping[RightsSet, int]) -> dict[RightsSet, int]:
    """Each set's number, those of `before` kept; the sets of clients that have none are beyond the last."""
    wanted = list(dict.fromkeys(client.topics for client in clients if client.topics))
    numbers = {each: number for each, number in before.items() if 1 <= number <= SETS_MAX}
    for each in wanted:
        if each in numbers:
            continue
        free = next((number for number in range(1, SETS_MAX + 1) if number not in numbers.values()), None)
        left = next((other for other in numbers if other not in wanted), None)
        if free is not None:
            numbers[each] = free
        elif left is not None:
            numbers[each] = numbers.pop(left)
    return numbers


def keep_numbers(
    keys: Path, clients: Iterable[Client], before: Mapping[RightsSet, int]
) -> dict[RightsSet, int]:
    """Each set's number, by the file if it has some, else by `before`, and kept; raises KeyFileError."""
    with locked(keys):
        kept = read_sets(keys)
        numbers = number_sets(clients, kept or before)
        if numbers != kept:
            write_sets(keys, numbers)
    return numbers


def set_endpoint(egress: str, first_port: int, number: int) -> str:
    """Where a set's socket is bound: a port of its own, or a path beside that of the egress.

    Where the egress takes any port that is free, so does the set.
    """
    if not egress.startswith("tcp://"):
        return f"{egress}.{number}"
    host, _, port = egress.rpartition(":")
    return f"{host}:{first_port + number - 1 if port.strip('*0') else '*'}"


def sets_path(keys: Path) -> Path:
    """The file, beside the key file."""
    return keys.with_name(f"{keys.name}.egress")


def read_sets(keys: Path) -> dict[RightsSet, int]:
    """The numbers in the file, none where there is no file; raises KeyFileError."""
    path = sets_path(keys)
    if not path.exists():
        return {}
    try:
        sets = _File.model_validate(tomllib.loads(read_text(path))).sets
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError):
        raise KeyFileError(
            f"{path}: not the numbers of sets of rights; remove it, and sets may get other ports"
        ) from None
    return {topics: number for number, topics in sets.items()}


def write_sets(keys: Path, numbers: Mapping[RightsSet, int]) -> None:
    """Write the file; raises KeyFileError."""
    by_number = sorted((number, topics) for topics, number in numbers.items())
    lines = [f"{number} = {json.dumps(topics)}\n" for number, topics in by_number]
    write_file(sets_path(keys), "".join([_HEAD, *lines]))
