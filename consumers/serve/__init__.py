"""nxcast-consume serve: what the store knows, over HTTP, to tools that passive DNS has already.

From a request to an answer, each step by itself: `http_connections` are uvicorn's with limits, `http_gate`
says who may ask, `routes` whom a path is for, `asked` reads a request, `matching` a pattern, the modules of
an interface (`dnsdb`) make rows of it, `objects` writes a row as JSON, and `streaming` sends lines while
they cost no more than they may. Not here: how a store keeps or finds rows, which `store/` knows; anything
that writes.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from nxcast.consumers.show.console import CommandError, add_log_format, say
from nxcast.process.arguments import argument
from nxcast.process.client_settings import client_settings
from nxcast.process.ending import MisuseError
from nxcast.telemetry.metrics_address import Address, parse_address, parse_names

if TYPE_CHECKING:
    from nxcast.consumers.serve.http_gate import Gate

__all__ = ["add_parser", "run"]

LISTEN = "127.0.0.1:8053"
INSTALL = "pip install 'starlette>=1.10,<2' 'uvicorn>=0.54,<0.55' 'google-re2>=1.1.20251105,<2'"

_EXAMPLES = """\
examples:
  nxcast-consume serve --store /var/lib/nxcast/store
  DNSDB_SERVER=http://127.0.0.1:8053 DNSDB_API_KEY=none dnsdbq -r '*.example.com'
  nxcast-consume serve --store DIR --listen 192.0.2.7:8053 --tokens tokens.txt --names pdns.example

The store may be written meanwhile by nxcast-consume store. Only GET is answered. Needs rocksdict, starlette,
uvicorn and google-re2.

exit status: 0 when ended by Ctrl-C or SIGTERM; 1 when the store can't be read or the address is in use;
2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "serve",
        help="answer dnsdbq and its like from a store",
        description="Answer the DNSDB API (version 2) from a store that nxcast-consume store keeps.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--store", required=True, metavar="DIR", help="folder of the store")
    parser.add_argument(
        "--listen",
        type=argument(parse_address),
        default=parse_address(LISTEN),
        metavar="[HOST:]PORT",
        help=f"where to listen (default: {LISTEN}); port 0 is one that is free",
    )
    parser.add_argument(
        "--tokens",
        metavar="FILE",
        help="tokens of those who may ask, one a line; needed beyond loopback, and where the broker has keys",
    )
    parser.add_argument(
        "--names",
        type=argument(parse_names),
        default=(),
        metavar="NAME,...",
        help="names by which this server may be asked, besides addresses and localhost",
    )
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="give RRsets too of which it is not known for which zone the server was asked",
    )
    add_log_format(parser)
    parser.set_defaults(run=run, fail=parser.error)


def run(args: argparse.Namespace) -> int:
    """Answer until told to stop; the exit status."""
    try:  # here, since --help needs none of it
        from nxcast.consumers.serve.server import listening, serve
    except ImportError as error:
        raise CommandError(f"serve needs starlette, uvicorn and google-re2: {INSTALL}") from error
    from nxcast.consumers.store.lookups import Reader

    gate = _gate(args)
    with Reader(args.store, unverified=args.unverified) as reader, listening(args.listen) as socket:
        here = Address(args.listen.host, socket.getsockname()[1])
        say(f"{args.store} is served at http://{here}/, {gate}", port=here.port)
        serve(reader, gate, socket)
    return 0


def _gate(args: argparse.Namespace) -> Gate:
    from nxcast.consumers.serve.http_gate import Gate, is_loopback, read_tokens

    if args.tokens is not None:
        return Gate(args.names, read_tokens(args.tokens))
    if not is_loopback(args.listen.host):
        raise MisuseError(f"{args.listen} is not this machine alone: --tokens FILE says who may ask")
    if client_settings(args.fail).get("key"):
        raise MisuseError("the broker has keys, so whoever asks for its records needs one too: --tokens FILE")
    return Gate(args.names)
