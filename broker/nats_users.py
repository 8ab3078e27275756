"""The command nxcast-broker nats users: users of a nats-server, with what a key file says that each may."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from nxcast.broker.rights.key_files import KeyFileError, locked, read_keys, read_text, write_file
from nxcast.process.arguments import ArgumentParser
from nxcast.process.ending import DONE
from nxcast.process.standard_streams import plain_line, show
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.curve import parse_client_key
from nxcast.transport.endpoints import shown

__all__ = ["add_users", "write_users"]

_EXAMPLES = """\
examples:
  nxcast-broker nats users nats://127.0.0.1:4222 --keys keys.toml --add ns1.key --add web.key >users.conf
  nxcast-broker nats users nats://127.0.0.1:4222 --keys keys.toml >users.conf      after a key was revoked

In the server's configuration: include "users.conf". Then nats-server --signal reload lets in who is new and
cuts off who is no more in it.
"""


def add_users(commands: argparse._SubParsersAction[ArgumentParser], where: ArgumentParser) -> None:
    """Add the command; `where` has the options that it shares."""
    users = commands.add_parser(
        "users",
        help="write the users of a nats-server from a key file",
        description="Writes the authorization block of a nats-server: a user for each client of the key "
        "file, which may what that says, and one for the brokers. Makes the streams of who may read a part.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[where],
    )
    users.add_argument(
        "--add",
        action="append",
        default=[],
        metavar="NAME.key",
        help="a client's file: what NATS knows it by is put into the key file, once",
    )


def write_users(endpoint: str, path: Path, files: Sequence[str], secret: str) -> int:
    """Print the users of a key file, once the streams are made that they read; `secret`: the broker's own."""
    # Here: only who wants it needs nats-py and nkeys.
    from nxcast.transport.nats.jetstream_layout import STREAM
    from nxcast.transport.nats.jetstream_rights import authorization, part_for, reads, unsayable
    from nxcast.transport.nats.jetstream_setup import make_parts
    from nxcast.transport.nats.nkey_identity import public_nkey, seed_of

    for file in files:
        _add_nkey(path, Path(file))
    today = datetime.now(UTC).date()
    clients = read_keys(path).clients
    for name, client in clients.items():
        for note in _notes(name, client, today, unsayable(client)):
            _tell(note)
    there = {name: each for name, each in clients.items() if each.nkey is not None and each.good_on(today)}
    parts = {part for part in map(part_for, there.values()) if reads(part) not in (None, STREAM)}
    if parts:
        for done in make_parts(endpoint, sorted(parts), secret):
            _tell(f"{shown(endpoint)}: {done}")
    show(authorization(public_nkey(seed_of(secret)), there))
    return DONE


def _notes(name: str, client: Client, today: date, unsayable: Sequence[str]) -> Iterator[str]:
    """What of a client's rights it does not have over NATS."""
    if not client.good_on(today):
        yield f"{name} is left out: its day is over"
    elif client.nkey is None:
        yield f"{name} is left out, as NATS does not know it yet: --add {name}.key, its file, makes that"
    for pattern in unsayable:
        yield f"{name} may not push as {pattern}: NATS has no such pattern, so name its sensors"
    if client.connections:
        yield f"{name} may not see who is connected: over NATS no broker knows it"
    if client.until is not None and client.good_on(today):
        yield f"{name} may come in until {client.until}: NATS knows no days, so run this again after that one"


def _add_nkey(path: Path, file: Path) -> None:
    """Put the nkey of the client with this file into the key file."""
    from nxcast.transport.nats.nkey_identity import public_nkey, seed_of

    try:
        key = parse_client_key(read_text(file))
    except ValueError as error:
        raise KeyFileError(f"{file}: {error}") from None
    with locked(path):
        keys = read_keys(path)
        name = keys.name(key.public)
        if name is None:
            raise KeyFileError(f"{file}: {path} does not know this key")
        client = keys.clients[name].model_copy(update={"nkey": public_nkey(seed_of(key.secret))})
        write_file(path, render_keys(Keys({**keys.clients, name: client})))


def _tell(text: str) -> None:
    plain_line("nxcast-broker nats", text)
