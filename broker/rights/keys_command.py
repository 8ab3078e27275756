"""The command nxcast-broker keys: add a client, list them, revoke one.

It changes the key file only, which a running broker follows; so it needs no broker, and no broker needs it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from nxcast.broker.rights.egress_sets import SETS_MAX, number_sets, read_sets, set_endpoint, write_sets
from nxcast.broker.rights.key_files import KeyFileError, locked, own_key, read_keys, write_file
from nxcast.broker.settings import Settings, keys_settings
from nxcast.process.arguments import ArgumentParser
from nxcast.process.ending import DONE, ProgramError
from nxcast.process.standard_streams import ended, show
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.curve import END_NEAR_DAYS, ClientKey, NewClientName, render_client_key
from nxcast.schemas.topics import CHANNELS
from nxcast.transport.endpoints import Place, place_of

__all__ = ["main", "parser"]

_EXAMPLES = """\
examples:
  nxcast-broker keys add ns1 --push ns1            a producer on ns1: gives ns1.key
  nxcast-broker keys add web --subscribe nxdomain/ --replay
  nxcast-broker keys revoke web

Take NAME.key to the client on a safe way (scp) and name it there: --key NAME.key. A broker that was started
with the same --keys takes changes over within a second; one that is revoked is cut off then.
"""

_NAME: TypeAdapter[str] = TypeAdapter(NewClientName)
_OF_A_NAME = "letters, digits, '.', '_' and '-', not only dots nor with '-' first, at most 64"

NewPair = Callable[[], tuple[str, str]]


def main(argv: Sequence[str], new_pair: NewPair) -> int:
    """Run `nxcast-broker keys ARGV`; `new_pair` gives a public and a secret key. 0, or 1 with a reason."""
    args = parser().parse_args(argv)
    return ended("nxcast-broker keys", lambda: _run(args, new_pair))


def _run(args: argparse.Namespace, new_pair: NewPair) -> int:
    path, settings = keys_settings(args.keys, args.config)
    if args.command == "add":
        return _add(args, path, settings, new_pair)
    return _revoke(args, path) if args.command == "revoke" else _list(path, settings)


def parser() -> argparse.ArgumentParser:
    """Of `nxcast-broker keys`."""
    where = ArgumentParser(add_help=False)
    where.add_argument(
        "--keys", metavar="FILE", help="the key file (default: NXCAST_KEYS, or what --config says)"
    )
    where.add_argument("--config", metavar="FILE", help="the broker's TOML file of settings (NXCAST_CONFIG)")
    made = ArgumentParser(
        prog="nxcast-broker keys",
        description="Says who may come in at a broker started with --keys FILE, and what each may do.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="add | list | revoke")
    add = commands.add_parser(
        "add",
        parents=[where],
        help="make a key pair for a new client and let it in",
        description="Makes a key pair: the public key goes into the key file, the secret one into NAME.key.",
    )
    add.add_argument("name", metavar="NAME", help=_OF_A_NAME)
    add.add_argument(
        "--subscribe",
        type=_topics,
        action="extend",
        default=[],
        metavar="CHANNELS",
        help="channels or topics it may subscribe to, with commas: nxdomain/,dns-errors/SERVFAIL/; or all",
    )
    add.add_argument(
        "--push",
        type=_words,
        action="extend",
        default=[],
        metavar="SENSORS",
        help="sensors it may push as, with commas; * stands for any characters: 'ns1,edge-*'",
    )
    add.add_argument(
        "--replay", action="store_true", help="it may also ask again for what it may subscribe to"
    )
    add.add_argument(
        "--connections", action="store_true", help="it may also see who else is connected, by name"
    )
    add.add_argument(
        "--until",
        type=_day,
        metavar="DATE",
        help="the last day, UTC, on which the key is good: 2027-12-31 (default: it has no end)",
    )
    add.add_argument(
        "--to", type=Path, metavar="FILE", help="where the client's file goes (default: NAME.key, here)"
    )
    commands.add_parser("list", parents=[where], help="show the clients and what each may do")
    revoke = commands.add_parser("revoke", parents=[where], help="take a client's rights; it is cut off")
    revoke.add_argument("name", metavar="NAME", help="as `list` shows it")
    return made


def _add(args: argparse.Namespace, path: Path, settings: Settings, new_pair: NewPair) -> int:
    if (unusable := _unusable(args)) is not None:
        raise ProgramError(unusable)
    own = own_key(path, new_pair)
    public, secret = new_pair()
    try:
        client = Client(
            key=public,
            subscribe=args.subscribe,
            push=args.push,
            replay=args.replay,
            connections=args.connections,
            until=args.until,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise ProgramError(f"--{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}") from error
    to = args.to or Path(f"{args.name}.key")
    with locked(path):
        clients = dict(read_keys(path).clients) if path.exists() else {}
        if args.name in clients:
            raise ProgramError(f"{args.name} is in {path} already; revoke it first, or take another name")
        if to.exists():
            raise ProgramError(f"{to} exists already; --to names another")
        numbers = number_sets([*clients.values(), client], read_sets(path))
        if client.topics and client.topics not in numbers:
            raise ProgramError(
                f"there are {SETS_MAX} sets of rights already, each a socket: give --subscribe what another "
                "client has (`keys list` shows them), or revoke all clients of a set"
            )
        if numbers != read_sets(path):
            write_sets(path, numbers)
        egress = _place(settings, numbers.get(client.topics))
        key = ClientKey(name=args.name, public=public, secret=secret, broker=own.public, egress=egress)
        write_file(to, render_client_key(key))
        try:
            write_file(path, render_keys(Keys({**clients, args.name: client})))
        except KeyFileError:
            to.unlink()
            raise
    show(
        f"{args.name} may {_rights(client)}{_end(client)}; its key is in {to}: give it to the client, "
        "keep it secret\n"
    )
    if egress is not None:
        show(f"it subscribes at {egress}, which nxcast-consume finds by itself; others name it\n")
    return DONE


def _unusable(args: argparse.Namespace) -> str | None:
    """What is wrong with the rights, or the names, which keys of before may have."""
    if not args.subscribe and not args.push:
        return "a client that may do nothing: give --subscribe CHANNELS, --push SENSORS or both"
    if args.replay and not args.subscribe:
        return "--replay needs --subscribe: only what may be subscribed to can be asked for again"
    try:
        _NAME.validate_python(args.name)
    except ValidationError:
        return f"{args.name!r} is no name: {_OF_A_NAME}"
    for sensor in args.push:
        if sensor.startswith("-") or not sensor.strip("."):
            return f"--push: {sensor!r} is no name of a sensor: not only dots nor with '-' first"
    return None


def _list(path: Path, settings: Settings) -> int:
    clients = read_keys(path).clients
    numbers = read_sets(path)
    for name, client in sorted(clients.items()):
        show(f"{name:<20}  {_rights(client)}{_at(settings, numbers.get(client.topics))}{_end(client)}\n")
    if not clients:
        show(f"no clients in {path}\n")
    return DONE


def _revoke(args: argparse.Namespace, path: Path) -> int:
    with locked(path):
        clients = dict(read_keys(path).clients)
        if clients.pop(args.name, None) is None:
            raise ProgramError(f"no client {args.name!r} in {path}; `nxcast-broker keys list` shows them")
        write_file(path, render_keys(Keys(clients)))
    show(f"{args.name} is revoked; a running broker cuts it off within a second\n")
    return DONE


def _rights(client: Client) -> str:
    rights = []
    if client.subscribe:
        rights.append(f"subscribe to {', '.join(client.subscribe)}" + " with replay" * client.replay)
    if client.push:
        rights.append(f"push as {', '.join(client.push)}")
    if client.connections:
        rights.append("see who is connected")
    return " and ".join(rights) or "do nothing"


def _place(settings: Settings, number: int | None) -> Place | None:
    """Where a set's socket is, as a client is told; None where that is not known before it is bound."""
    if number is None:
        return None
    endpoint = set_endpoint(settings.egress, settings.egress_ports, number)
    return None if endpoint.endswith("*") else place_of(endpoint)


def _at(settings: Settings, number: int | None) -> str:
    place = _place(settings, number)
    return "" if place is None else f", subscribing at {place}"


def _end(client: Client) -> str:
    """How long the key is good, and a warning where it ends soon."""
    if client.until is None:
        return ""
    days = (client.until - _today()) // timedelta(days=1)
    if days < 0:
        return f", ended after {client.until}: revoke it, and add it anew"
    soon = f" (in {days} days: add another key, and revoke this one)" if days <= END_NEAR_DAYS else ""
    return f", until the end of {client.until}{soon}"


def _today() -> date:
    return datetime.now(UTC).date()


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day such as 2027-12-31") from None
    if day < _today():
        raise argparse.ArgumentTypeError(f"{text} is over")
    return day


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _topics(text: str) -> list[str]:
    return list(CHANNELS) if text == "all" else _words(text)
