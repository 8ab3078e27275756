"""nxcast-consume store: what resolved and what failed, kept: passive DNS of one's own resolvers.

From the channels to rows, each step by itself: `sections` reads a message, `bailiwick` says what of it
counts, `observation` what a record tells, `gathering` merges in memory, `rows` has the octets, `database` the
rules of a store and `engine` RocksDB. Beside them `importing`, `parquet_export` and `presentation` for what
comes and goes as text. Not here: questions, which answer and forget; files of raw records, which `keep/`
writes.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from time import monotonic, time
from typing import TYPE_CHECKING

from nxcast.consumers.show.console import account, add_show_keys, plural, positive, say, seconds
from nxcast.consumers.show.feed import FROM_BROKER, Feed, add_from, open_feed
from nxcast.consumers.show.redact import redacted
from nxcast.process.arguments import part
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, NXDOMAIN

if TYPE_CHECKING:
    from nxcast.consumers.store.database import Store
    from nxcast.consumers.store.gathering import Gathered

__all__ = ["add_parser", "run"]

KEEP_DAYS = 730  # two years
KEEP_OCTETS = 10 << 30  # 10 GiB, of which a compaction may need half again
WRITE_S = 10.0  # seconds between two writes
KEEPING = ("--keep-days", "--keep-octets", "--write-seconds", "--show-keys")
"""Options for records that are kept as they come."""
RETAIN_S = 3600.0  # seconds between two looks at what is too old; one reads the whole store

_EXAMPLES = """\
examples:
  nxcast-consume store --store /var/lib/nxcast/store             until Ctrl-C; then on from there
  nxcast-consume store --store pdns --from tail.jsonl            of records that 'tail --format json' wrote
  nxcast-consume store --store pdns --import example.zone        what a zone file publishes
  nxcast-consume store --store pdns --import others.jsonl        lines of the Common Output Format
  nxcast-consume store --store pdns --export today               today-rrsets.parquet, today-failures.parquet
  nxcast-consume store --store pdns --delete example.com         forget a name and all below it

The broker publishes answers where it has the setting 'answers'; without it only what fails is kept. Where
this run ended stands in the store, so that each record counts once. Needs rocksdict.

exit status: 0 when ended by Ctrl-C or done; 1 when no broker answers or something can't be read or written;
2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "store",
        help="keep what resolved and what failed: passive DNS of your own",
        description="Keep RRsets that were seen and questions that failed, with first, last and count.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--store", required=True, metavar="DIR", help="folder of the store, made if it is not there"
    )
    parser.add_argument(
        "--keep-days",
        type=positive,
        default=KEEP_DAYS,
        metavar="N",
        help=f"forget what was last seen so many days ago (default: {KEEP_DAYS})",
    )
    parser.add_argument(
        "--keep-octets",
        type=positive,
        default=KEEP_OCTETS,
        metavar="N",
        help=f"beyond so many octets forget what was seen longest ago (default: {KEEP_OCTETS}, 10 GiB)",
    )
    parser.add_argument(
        "--write-seconds",
        type=seconds,
        default=WRITE_S,
        metavar="S",
        help=f"seconds between two writes (default: {WRITE_S:g})",
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--import", dest="imported", metavar="FILE", help="read a zone file or lines of COF, and end"
    )
    instead.add_argument("--export", metavar="PREFIX", help="write all as Parquet files, and end")
    instead.add_argument("--delete", metavar="NAME", help="forget a name and all below it, and end")
    instead.add_argument(
        "--compact", action="store_true", help="give back room that is no more needed, and end"
    )
    parser.add_argument("--origin", metavar="ZONE", help="with --import: the zone, where the file has none")
    add_show_keys(parser)
    add_from(parser)
    for once in ("--import", "--export", "--delete", "--compact"):
        part(parser, once, "--from", *KEEPING, *FROM_BROKER)
    parser.set_defaults(run=run, fail=parser.error)


def run(args: argparse.Namespace) -> int:
    """Keep records until told to stop, or do what is asked with the store; the exit status."""
    if not args.store:  # as a shell gives a variable that is not set
        args.fail("argument --store: a folder is missing")
    if args.origin is not None and args.imported is None:
        args.fail("--origin goes with --import")
    if args.delete is not None:
        _delete(args)
    elif args.imported is not None:
        _import(args)
    elif args.export is not None:
        _export(args)
    elif args.compact:
        with _opened(args, make=False) as store:
            store.compact()
            say(f"{store.octets:,} octets")
    else:
        _keep(args)
    return 0


def _opened(args: argparse.Namespace, *, make: bool) -> Store:
    from nxcast.consumers.store.database import Store  # here, since --help needs none of what it imports

    return Store(args.store, make=make)


def _delete(args: argparse.Namespace) -> None:
    from nxcast.consumers.store.presentation import name_from

    if not args.delete:  # the root is all there is
        args.fail("argument --delete: a name is missing; the root, and with it all, is '.'")
    try:
        name = name_from(args.delete)
    except ValueError as error:
        args.fail(str(error))
    with _opened(args, make=False) as store:
        forgotten = store.delete(name)
        store.compact()
    say(f"{plural(forgotten, 'row')} forgotten")


def _import(args: argparse.Namespace) -> None:
    from nxcast.consumers.store.importing import import_rows, rows_of

    rows = rows_of(args.imported, args.origin)  # first: what can't be read makes no store
    with _opened(args, make=True) as store:
        say(f"{plural(import_rows(store, rows), 'RRset')} of {args.imported}")


def _export(args: argparse.Namespace) -> None:
    from nxcast.consumers.store.parquet_export import export

    if not args.export:
        args.fail("argument --export: a prefix is missing")
    with _opened(args, make=False) as store:
        for path, rows in export(store, args.export):
            say(f"{plural(rows, 'row')} in {path}")


def _keep(args: argparse.Namespace) -> None:
    topics = [ANSWERS, NXDOMAIN, DNS_ERRORS]
    with ExitStack() as stack:
        if args.recorded is not None:  # first: a file that can't be read makes no store
            feed = stack.enter_context(open_feed(args, topics))
            store = stack.enter_context(_opened(args, make=True))
        else:
            store = stack.enter_context(_opened(args, make=True))
            feed = stack.enter_context(open_feed(args, topics, keep=True, position=store.position()))
        _keep_all(args, store, feed)
        told, missed = store.account, account(feed.losses, feed.repaired)
    kept = f"{told['rrsets']:,} observations of RRsets and {told['failures']:,} of failures in all"
    say(", ".join([f"{plural(told['received'], 'record')} taken in all", kept, missed]))


def _keep_all(args: argparse.Namespace, store: Store, feed: Feed) -> None:
    from nxcast.consumers.store.gathering import Gathered

    gathered = Gathered()
    write_at = retain_at = monotonic()
    for records in feed:
        gathered.take(records if args.show_keys else map(redacted, records), time())
        now = monotonic()
        if gathered.full or now >= write_at:
            _write(store, gathered, feed)
            gathered = Gathered()
            write_at = now + args.write_seconds
        if now >= retain_at:
            _retain(args, store)
            retain_at = monotonic() + RETAIN_S
    _write(store, gathered, feed)
    _retain(args, store)


def _retain(args: argparse.Namespace, store: Store) -> None:
    """Forget what is too old or too much, and say so."""
    forgotten = store.retain(time(), days=args.keep_days, octets_max=args.keep_octets)
    if forgotten:
        days = f"{plural(args.keep_days, 'day')} ago or beyond --keep-octets {args.keep_octets:,}"
        say(f"{plural(forgotten, 'row')} forgotten, last seen over {days}")


def _write(store: Store, gathered: Gathered, feed: Feed) -> None:
    """Write what was gathered, and how far the feed is; only then may the cursor pass it."""
    store.write(gathered, feed.position)
    feed.keep()
