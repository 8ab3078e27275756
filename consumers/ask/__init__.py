"""nxcast-consume ask: reports over a store, for the questions that need both what resolved and what failed.

A report walks the store in its order, name by name, and gives what it finds as it goes (`store_report`):
`lifetimes` of names, `own_zones` and `lookalike_domains`. Not here: how a store keeps or finds rows
(`store/`), answers over HTTP (`serve/`), questions about a stream (`questions/`).
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from nxcast.consumers.ask.lifetimes import LIFETIMES
from nxcast.consumers.ask.lookalike_domains import LOOKALIKES
from nxcast.consumers.ask.own_zones import OWN_ZONES
from nxcast.consumers.ask.store_report import Asked, Report, show_json, show_text
from nxcast.consumers.show.console import CommandError, add_format, add_log_format, positive

if TYPE_CHECKING:
    from nxcast.consumers.store.lookups import Reader

__all__ = ["REPORTS", "add_parser", "run"]

DAYS = 10
REPORTS = {report.name: report for report in (*LIFETIMES, *OWN_ZONES, LOOKALIKES)}

_EXAMPLES = """\
examples:
  nxcast-consume ask expired --store /var/lib/nxcast/store           domains that are gone and still asked for
  nxcast-consume ask dangling --store DIR --mine mine.txt            what of mine leads nowhere
  nxcast-consume ask lame --store DIR --mine mine.txt --format json  which of my servers fail, since when

The store is one that nxcast-consume store keeps, and may write meanwhile. mine.txt has a domain a line; it
stands for all below it. 'nxcast-consume ask REPORT --help' tells what each counts. Needs rocksdict.

exit status: 0 when done; 1 when the store has not what it takes, or can't be read; 2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "ask",
        help="reports over a store: what appeared, expired, dangles, fails, is back, looks like mine",
        description="Ask a store what its RRsets and failures say together.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    reports = parser.add_subparsers(required=True, metavar="REPORT", title="reports")
    for report in REPORTS.values():
        _add_report(reports, report)


def _add_report(reports: argparse._SubParsersAction[argparse.ArgumentParser], report: Report) -> None:
    example = (
        f"examples:\n  nxcast-consume ask {report.name} --store /var/lib/nxcast/store {report.example}\n"
    )
    parser = reports.add_parser(
        report.name,
        help=report.summary,
        description=report.help,
        epilog=example,
        formatter_class=_Formatter,
    )
    parser.add_argument("--store", required=True, metavar="DIR", help="folder of the store")
    if report.mine:
        parser.add_argument(
            "--mine", required=True, metavar="FILE", help="one's own domains, one a line; # begins a comment"
        )
    if report.name == "recovered":
        parser.add_argument(
            "--days",
            type=positive,
            default=DAYS,
            metavar="N",
            help=f"days of failing from which on a name is told (default: {DAYS})",
        )
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="take RRsets too of which it is not known for which zone the server was asked",
    )
    parser.add_argument(
        "--top",
        type=positive,
        metavar="N",
        help="findings shown, the first ones (default: 20 in text; in JSON all, as they are found)",
    )
    add_format(parser)
    add_log_format(parser)
    parser.set_defaults(run=run, report=report.name)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Wraps the description, and leaves the examples as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith("examples:"):
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def run(args: argparse.Namespace) -> int:
    """Show a report; the exit status."""
    from nxcast.consumers.store.lookups import Names, Reader, Side  # here, since --help needs none of it
    from nxcast.consumers.store.observation import ROOT

    report = REPORTS[args.report]
    asked = Asked(_mine(args.mine) if report.mine else (), getattr(args, "days", 0))
    with Reader(args.store, unverified=args.unverified) as reader:
        _check(reader, report, args)
        floods = sum(each is not None for each in reader.floods(Names(ROOT, Side.LEFT)))
        show = show_json if args.format == "json" else show_text
        show(report, report.find(reader, asked), args.top, floods)
    return 0


def _check(reader: Reader, report: Report, args: argparse.Namespace) -> None:
    """CommandError where the store can't answer, with what to do about it."""
    from nxcast.consumers.store.rows import FAILURES, RRSETS, UNVERIFIED

    resolved = reader.has(RRSETS) or (args.unverified and reader.has(UNVERIFIED))
    if not (resolved or reader.has(UNVERIFIED) or reader.has(FAILURES)):
        raise CommandError(
            f"store {args.store} is empty: 'nxcast-consume store --store {args.store}' fills it from a broker"
        )
    if report.needs_rrsets and not resolved:
        if reader.has(UNVERIFIED):
            raise CommandError(
                f"store {args.store} has only RRsets of which it is not known for which zone the server was "
                "asked: --unverified takes them"
            )
        raise CommandError(
            f"store {args.store} has only what failed: with its setting 'answers' (nxcast-broker --answers) "
            "the broker publishes what resolved too"
        )


def _mine(path: str) -> list[str]:
    """The domains of a file, without those below another of them; CommandError where there are none."""
    from nxcast.consumers.names.domains import ends
    from nxcast.consumers.questions.loop.lists import read_list

    domains = {entry.text for entry in read_list(path, networks=False)}
    if not domains:
        raise CommandError(f"{path} has no domain: write one a line, such as example.com")
    return sorted(each for each in domains if domains.isdisjoint(list(ends(each))[1:]))
