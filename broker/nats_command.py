"""The command nxcast-broker nats: make the streams of NATS that a broker needs, or check them; and its users.

It comes in by the broker's own key, where a key file is named: NATS lets that one do all.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from nxcast.broker.rights.key_files import KeyFileError, locked, own_key, read_keys, read_text, write_file
from nxcast.process.arguments import ArgumentParser, argument
from nxcast.process.ending import DONE, FAILED, MISUSED, ProgramError
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.curve import parse_client_key
from nxcast.transport.endpoints import is_nats, shown

__all__ = ["main", "parser"]

OCTETS = 1 << 30  # those of the broker's own log, unless others are given
OCTETS_MIN = 64 << 20  # 64 times the largest message, so that none is larger than all that is kept
SECONDS = 604_800  # a week, as of the broker's own log
SECONDS_MIN = 3600  # what is sent again within an hour is stored once
REPLICAS = (1, 3, 5)  # what a cluster can agree on

_EXAMPLES = """\
examples:
  nxcast-broker nats setup nats://127.0.0.1:4222
  nxcast-broker nats setup nats://a:4222,b:4222,c:4222 --replicas 3 --bytes 107374182400 --monitor http://a:8222
  nxcast-broker --egress nats://127.0.0.1:4222
"""
_USERS_EXAMPLES = """\
examples:
  nxcast-broker nats users nats://127.0.0.1:4222 --keys keys.toml --add ns1.key --add web.key >users.conf
  nxcast-broker nats users nats://127.0.0.1:4222 --keys keys.toml >users.conf      after a key was revoked

In the server's configuration: include "users.conf". Then nats-server --signal reload lets in who is new and
cuts off who is no more in it.
"""

NewPair = Callable[[], tuple[str, str]]


def main(argv: Sequence[str], new_pair: NewPair) -> int:
    """Run `nxcast-broker nats ARGV`; `new_pair` gives a public and a secret key. 0, or 1 with a reason."""
    args = parser().parse_args(argv)
    endpoint = args.endpoint or os.environ.get("NXCAST_EGRESS", "")
    if not is_nats(endpoint):
        what = f"{endpoint} is no endpoint of NATS" if endpoint else "which server?"
        return _fail(f"{what}; give nats://HOST:4222, or NXCAST_EGRESS in the environment", MISUSED)
    if args.command == "users" and args.keys is None:
        return _fail("which key file? give --keys FILE, or NXCAST_KEYS in the environment", MISUSED)
    keys = None if args.keys is None else Path(args.keys)
    try:
        secret = None if keys is None else own_key(keys, new_pair).secret
        if keys is not None and secret is not None and args.command == "users":
            return _write_users(endpoint, keys, args.add, secret)
        return _set_up(endpoint, args, secret)
    except ProgramError as error:
        return _fail(str(error))


def _set_up(endpoint: str, args: argparse.Namespace, secret: str | None) -> int:
    # Here: only who wants it needs nats-py.
    from nxcast.transport.nats.jetstream_layout import channel_stream, work_stream
    from nxcast.transport.nats.jetstream_setup import set_up, synced_always

    wanted = channel_stream(replicas=args.replicas, octets_max=args.bytes, age_s=args.seconds)
    work = work_stream(replicas=args.replicas, octets_max=args.ingress_bytes)
    for done in set_up(endpoint, wanted, work, secret=secret):
        print(f"{shown(endpoint)}: {done}")
    always = None if args.monitor is None else synced_always(args.monitor)
    if always is None:
        print(
            "whether it stores to the device before it says so was not looked at: --monitor "
            "http://HOST:8222 does"
        )
    elif not always:
        print(
            "warning: a power cut can take what was acknowledged; set sync_interval: always in the server's "
            "jetstream { } block"
        )
    return DONE


def _write_users(endpoint: str, path: Path, files: Sequence[str], secret: str) -> int:
    """Print the users of a key file, once the streams are made that they read; `secret`: the broker's own."""
    # Here: only who wants it needs nats-py and nkeys.
    from nxcast.transport.nats.jetstream_layout import STREAM
    from nxcast.transport.nats.jetstream_rights import authorization, reads, unsayable
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
    parts = {each.topics for each in there.values() if reads(each.topics) not in (None, STREAM)}
    if parts:
        for done in make_parts(endpoint, sorted(parts), secret):
            _tell(f"{shown(endpoint)}: {done}")
    print(authorization(public_nkey(seed_of(secret)), there), end="")
    return DONE


def _notes(name: str, client: Client, today: date, unsayable: Sequence[str]) -> Iterator[str]:
    """What of a client's rights it does not have over NATS."""
    if not client.good_on(today):
        yield f"{name} is left out: its day is over"
    elif client.nkey is None:
        yield f"{name} is left out, as NATS does not know it yet: --add {name}.key, its file, makes that"
    for pattern in unsayable:
        yield f"{name} may not push as {pattern}: NATS has no such pattern, so name its sensors"


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


def parser() -> ArgumentParser:
    """Of `nxcast-broker nats`."""
    where = ArgumentParser(add_help=False)
    where.add_argument(
        "endpoint",
        metavar="ENDPOINT",
        nargs="?",
        help="nats://HOST:PORT, servers of one cluster with commas between them (default: NXCAST_EGRESS)",
    )
    where.add_argument(
        "--keys",
        metavar="FILE",
        default=os.environ.get("NXCAST_KEYS"),
        help="the key file: the broker's own key, beside it, is what this comes in by (default: NXCAST_KEYS)",
    )
    made = ArgumentParser(
        prog="nxcast-broker nats",
        description="Looks after the streams of NATS JetStream that brokers take from and publish to.",
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    setup = commands.add_parser(
        "setup",
        help="make the streams, or check those that are there",
        description="Makes the streams. One that is there is checked, and never changed: where it differs it "
        "is said in what.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[where],
    )
    setup.add_argument(
        "--replicas",
        type=int,
        default=1,
        choices=REPLICAS,
        metavar="N",
        help="servers that have all of it: 1, or 3 where one may be lost, or 5 (default: 1)",
    )
    setup.add_argument(
        "--bytes",
        type=argument(_octets),
        default=OCTETS,
        metavar="N",
        help=f"octets that it keeps at most; beyond, the oldest messages go (default: {OCTETS})",
    )
    setup.add_argument(
        "--ingress-bytes",
        type=argument(_octets),
        default=OCTETS,
        metavar="N",
        help=f"octets of batches that wait for a broker at most; beyond, producers wait (default: {OCTETS})",
    )
    setup.add_argument(
        "--seconds",
        type=argument(_seconds),
        default=SECONDS,
        metavar="N",
        help=f"seconds that a message is kept at most (default: {SECONDS})",
    )
    setup.add_argument(
        "--monitor",
        metavar="URL",
        help="a server's monitoring port, http://HOST:8222, to see whether it syncs before it acknowledges",
    )
    users = commands.add_parser(
        "users",
        help="write the users of a nats-server from a key file",
        description="Writes the authorization block of a nats-server: a user for each client of the key "
        "file, which may what that says, and one for the brokers. Makes the streams of who may read a part.",
        epilog=_USERS_EXAMPLES,
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
    return made


def _octets(text: str) -> int:
    return _at_least(text, OCTETS_MIN, "octets")


def _seconds(text: str) -> int:
    return _at_least(text, SECONDS_MIN, "seconds")


def _at_least(text: str, least: int, unit: str) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) < 1 << 50:
        raise ValueError(f"it has to be a number of {unit}, {least} or more")
    return int(text)


def _fail(text: str, status: int = FAILED) -> int:
    _tell(text)
    return status


def _tell(text: str) -> None:
    print(f"nxcast-broker nats: {text}", file=sys.stderr)
