"""nxcast-consume authorities: which name servers and zones fail, and how."""

from __future__ import annotations

import argparse

from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.schemas.topics import FAILURES, SERVERS

__all__ = ["add_parser", "run"]

SHOWN = 20  # responses decoded for each table, unless told otherwise: as many as its rows in text

_EXAMPLES = """\
examples:
  nxcast-consume authorities                       servers and zones that fail, worst first, until Ctrl-C
  nxcast-consume authorities --watch own.txt       and an alert when one of one's own begins to fail
  nxcast-consume authorities --show --top 3        and the latest response of the three worst, decoded
  nxcast-consume authorities --from errors.json    of records written by 'tail dns-errors/ --format json'

FILE of --watch has a zone, an address or a network a line; # begins a comment:
  example.com
  192.0.2.53          # ns1
  2001:db8:53::/48
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = add_question(
        commands,
        "authorities",
        summary="name servers and zones that fail, and how",
        description="Show which name servers and zones fail, and how: SERVFAIL, REFUSED, FORMERR, NOTIMP ... "
        "What servers answer well is told where the broker publishes servers/ and the key allows it.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "--watch",
        metavar="FILE",
        help="zones and servers of one's own: an alert at the 1st, 10th, 100th ... failure of each "
        "(default: none), counted anew after an hour without",
    )
    parser.add_argument(
        "--show",
        action="store_true",
        help=f"show the latest response of the worst {SHOWN} (or --top) servers and zones, decoded",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer until the records end; the exit status."""
    # Here, since --help needs none of what they import.
    from nxcast.consumers.questions.authorities.authorities_question import Authorities
    from nxcast.consumers.questions.loop.lists import read_list

    watched = read_list(args.watch) if args.watch else []
    question = Authorities(watched, shown=(args.top or SHOWN) if args.show else 0)
    return answer(args, question, (*FAILURES, SERVERS))
