"""The command nxcast-broker nats: make the streams of NATS that a broker needs, or check them; or its users.

It comes in by the broker's own key, where a key file is named: NATS lets that one do all.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from nxcast.broker.nats_users import add_users, write_users
from nxcast.broker.rights.key_files import own_key
from nxcast.process.arguments import ArgumentParser, argument
from nxcast.process.ending import DONE, MisuseError
from nxcast.process.standard_streams import ended, show
from nxcast.transport.endpoints import AddressError, nats_servers, shown

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

NewPair = Callable[[], tuple[str, str]]


def main(argv: Sequence[str], new_pair: NewPair) -> int:
    """Run `nxcast-broker nats ARGV`; `new_pair` gives a public and a secret key. 0, or 1 with a reason."""
    args = parser().parse_args(argv)
    return ended("nxcast-broker nats", lambda: _run(args, new_pair))


def _run(args: argparse.Namespace, new_pair: NewPair) -> int:
    endpoint = args.endpoint or os.environ.get("NXCAST_EGRESS", "")
    if not endpoint:
        raise MisuseError("which server? give nats://HOST:4222, or NXCAST_EGRESS in the environment")
    try:
        nats_servers(endpoint)
    except AddressError as error:
        raise MisuseError(str(error)) from error
    if args.command == "users" and args.keys is None:
        raise MisuseError("which key file? give --keys FILE, or NXCAST_KEYS in the environment")
    keys = None if args.keys is None else Path(args.keys)
    secret = None if keys is None else own_key(keys, new_pair).secret
    if keys is not None and secret is not None and args.command == "users":
        return write_users(endpoint, keys, args.add, secret)
    return _set_up(endpoint, args, secret)


def _set_up(endpoint: str, args: argparse.Namespace, secret: str | None) -> int:
    # Here: only who wants it needs nats-py.
    from nxcast.transport.nats.jetstream_layout import channel_stream, work_stream
    from nxcast.transport.nats.jetstream_setup import set_up, synced_always

    wanted = channel_stream(replicas=args.replicas, octets_max=args.bytes, age_s=args.seconds)
    work = work_stream(replicas=args.replicas, octets_max=args.ingress_bytes)
    for done in set_up(endpoint, wanted, work, secret=secret):
        show(f"{shown(endpoint)}: {done}\n")
    always = None if args.monitor is None else synced_always(args.monitor)
    if always is None:
        show(
            "whether it stores to the device before it says so was not looked at: --monitor "
            "http://HOST:8222 does\n"
        )
    elif not always:
        show(
            "warning: a power cut can take what was acknowledged; set sync_interval: always in the server's "
            "jetstream { } block\n"
        )
    return DONE


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
    _add_setup(commands, where)
    add_users(commands, where)
    return made


def _add_setup(commands: argparse._SubParsersAction[ArgumentParser], where: ArgumentParser) -> None:
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


def _octets(text: str) -> int:
    return _at_least(text, OCTETS_MIN, "octets")


def _seconds(text: str) -> int:
    return _at_least(text, SECONDS_MIN, "seconds")


def _at_least(text: str, least: int, unit: str) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) < 1 << 50:
        raise ValueError(f"it has to be a number of {unit}, {least} or more")
    return int(text)
