"""nxcast-consume serve: the channels, and what the store knows, over HTTP.

`live_hub` has the channels as they come. From a request to an answer, each step by itself:
`http_connections` are uvicorn's with limits, `http_gate` says who may ask, `routes` whom a path is for.
`page_feed` keeps the picture that the page draws, `page_routes` gives it and the page. Of the store: `asked`
reads a request, `matching` a pattern, the modules of an interface (`dnsdb`) make rows of it, `objects` writes
a row as JSON, and `streaming` sends lines while they cost no more than they may. Not here: how a store keeps
or finds rows, which `store/` knows; what is in a picture, which `page/` knows; anything that writes.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from nxcast.consumers.show.console import (
    CommandError,
    add_broker,
    add_replay_endpoint,
    connect,
    say,
    topic_argument,
)
from nxcast.consumers.show.vitals import add_metrics
from nxcast.process.arguments import argument, part
from nxcast.process.ending import MisuseError
from nxcast.schemas.topics import DNS_ERRORS, MALFORMED, NXDOMAIN, STATUS
from nxcast.telemetry.metrics_address import Address, parse_address, parse_names

if TYPE_CHECKING:
    from nxcast.consumers.page.kept_rates import KeptRates
    from nxcast.consumers.page.known_findings import KnownFindings
    from nxcast.consumers.serve.http_gate import Gate
    from nxcast.consumers.serve.live_hub import Hub
    from nxcast.consumers.serve.reader_rights import Clients
    from nxcast.consumers.store.lookups import Reader

__all__ = ["add_parser", "run"]

LISTEN = "127.0.0.1:8053"
INSTALL = "pip install 'starlette>=1.10,<2' 'uvicorn>=0.54,<0.55' 'google-re2>=1.1.20251105,<2'"

CHANNELS = (NXDOMAIN, DNS_ERRORS, MALFORMED)  # that are served where none is named

_log = logging.getLogger("nxcast.consumers.serve")

_EXAMPLES = """\
examples:
  nxcast-consume serve
  nxcast-consume serve --store /var/lib/nxcast/store
  DNSDB_SERVER=http://127.0.0.1:8053 DNSDB_API_KEY=none dnsdbq -r '*.example.com'
  nxcast-consume serve --store DIR --listen 192.0.2.7:8053 --tokens tokens.txt --names pdns.example

The store may be written meanwhile by nxcast-consume store, and the broker may come and go. Only GET is
answered. Needs starlette, uvicorn and google-re2, and with --store rocksdict.

exit status: 0 when ended by Ctrl-C or SIGTERM; 1 when the store can't be read or the address is in use;
2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "serve",
        help="give the channels over HTTP, and answer dnsdbq and its like from a store",
        description="Give the channels over HTTP, and answer the DNSDB API (version 2) from a store that "
        "nxcast-consume store keeps.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "topics",
        nargs="*",
        type=topic_argument,
        metavar="TOPIC",
        help=f"channels or topics to give (default: {' '.join(CHANNELS)}; answers/ has to be named)",
    )
    parser.add_argument("--store", metavar="DIR", help="folder of the store (default: none)")
    parser.add_argument(
        "--live",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="give the broker's channels (default: yes); without it the store alone",
    )
    parser.add_argument(
        "--page",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="count, ask all questions and give the page (default: yes, of what is live); the channels alone "
        "cost less",
    )
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
        help="tokens of those who may ask, one a line, for all that is served or, with a name behind, for "
        "what that client of --clients may read; needed beyond loopback, and where the broker has keys",
    )
    parser.add_argument(
        "--clients",
        metavar="FILE",
        help="the broker's key file, or a copy of it: what the clients that --tokens names may read",
    )
    parser.add_argument(
        "--names",
        type=argument(parse_names),
        default=(),
        metavar="NAME,...",
        help="names by which this server may be asked, besides addresses and localhost",
    )
    parser.add_argument(
        "--known",
        metavar="FILE",
        help="findings that somebody has looked at, one a line, for nobody to be shown again: a fingerprint, "
        "as the page gives it to be pasted, or a family as dga --known has it",
    )
    parser.add_argument(
        "--state",
        metavar="FILE",
        help="keep failures by time there, once a minute and at the end, so that the page's picture of 24 "
        "hours outlives a restart (default: it begins with the server); a file for each server",
    )
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="give RRsets too of which it is not known for which zone the server was asked",
    )
    add_broker(parser)
    add_replay_endpoint(parser)
    add_metrics(parser)
    part(parser, "--no-live", "--broker", "--key", "--replay")
    parser.set_defaults(run=run, fail=parser.error)


def run(args: argparse.Namespace) -> int:
    """Answer until told to stop; the exit status."""
    try:  # here, since --help needs none of it
        from nxcast.consumers.serve.server import Settings, listening, serve
    except ImportError as error:
        raise CommandError(f"serve needs starlette, uvicorn and google-re2: {INSTALL}") from error

    if not args.live and (args.store is None or args.topics):
        args.fail("--no-live leaves the store alone: name it by --store DIR, and no topics")
    if args.unverified and args.store is None:
        args.fail("--unverified is for what a store has: name it by --store DIR")
    gate = _gate(args)
    known = _known(args)
    if args.state is not None and not (args.live and args.page):
        args.fail("--state is for the page of what is live: leave out --no-live and --no-page")
    with ExitStack() as stack:
        reader = None if args.store is None else stack.enter_context(_reader(args))
        socket = stack.enter_context(listening(args.listen))
        hub = _hub(args) if args.live else None
        here = Address(args.listen.host, socket.getsockname()[1])
        settings = Settings(args.metrics, args.metrics_names, known, page=args.page, kept=_kept(args, hub))
        say(f"{_what(args, hub)} served at http://{here}/, {gate}", port=here.port)
        serve(reader, hub, gate, socket, settings)
    return 0


def _reader(args: argparse.Namespace) -> Reader:
    from nxcast.consumers.store.lookups import Reader

    return Reader(args.store, unverified=args.unverified)


def _hub(args: argparse.Namespace) -> Hub:
    from nxcast.consumers.client.subscriber import read_key
    from nxcast.consumers.serve.live_hub import Hub

    topics = dict.fromkeys((*(args.topics or CHANNELS), STATUS))
    try:
        key = None if args.key is None else read_key(args.key)
    except (ValueError, OSError) as error:
        raise CommandError(str(error)) from error
    return Hub(lambda on_event: connect(tuple(topics), args, on_event=on_event), replay=args.replay, key=key)


def _known(args: argparse.Namespace) -> KnownFindings:
    from nxcast.consumers.page.known_findings import NOTHING_KNOWN, read_known_findings

    if args.known is None:
        return NOTHING_KNOWN
    if not (args.live and args.page):
        args.fail("--known is for the page of what is live: leave out --no-live and --no-page")
    return read_known_findings(args.known)


def _kept(args: argparse.Namespace, hub: Hub | None) -> KeptRates | None:
    from nxcast.consumers.page.kept_rates import KeptRates

    if hub is None or args.state is None:
        return None
    return KeptRates(Path(args.state), (hub.subscriber.broker, *hub.topics))


def _what(args: argparse.Namespace, hub: Hub | None) -> str:
    store = [] if args.store is None else [args.store]
    live = [] if hub is None else [f"what {hub.subscriber.broker} publishes"]
    return f"{' and '.join(store + live)} {'is' if len(store + live) == 1 else 'are'}"


def _gate(args: argparse.Namespace) -> Gate:
    from nxcast.consumers.serve.http_gate import Gate, is_loopback, read_tokens

    if args.tokens is not None:
        tokens = read_tokens(args.tokens)
        return Gate(args.names, tokens, _clients(args, tokens))
    if args.clients is not None:
        raise MisuseError("--clients is for tokens with a name behind them: --tokens FILE")
    if not is_loopback(args.listen.host):
        raise MisuseError(f"{args.listen} is not this machine alone: --tokens FILE says who may ask")
    if args.key is not None:
        raise MisuseError("the broker has keys, so whoever asks for its records needs one too: --tokens FILE")
    return Gate(args.names)


def _clients(args: argparse.Namespace, tokens: Mapping[str, str]) -> Clients | None:
    from nxcast.consumers.serve.reader_rights import Clients

    names = sorted({name for name in tokens.values() if name})
    if args.clients is None:
        if names:
            raise MisuseError(
                f"what may {names[0]} of {args.tokens} read? --clients FILE, the broker's key file"
            )
        return None
    clients = Clients(args.clients)
    for name in names:
        if clients.rights(name) is None:
            _log.warning("%s lets nobody in: no good key of that name in %s", name, args.clients)
    return clients
