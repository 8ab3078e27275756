"""nxcast-consume dead: names that machines, not people, keep asking for."""

from __future__ import annotations

import argparse

from nxcast.consumers.questions.dead.dead_question import HOURS, SIGHTINGS, Dead
from nxcast.consumers.questions.loop.findings import First
from nxcast.consumers.questions.loop.lists import read_list
from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.consumers.show.console import positive
from nxcast.schemas.topics import NXDOMAIN
from nxcast.schemas.units import SECOND_NS

__all__ = ["add_parser", "run"]

HOUR_NS = 3600 * SECOND_NS

_DESCRIPTION = """\
Find names that don't exist and that machines keep asking for: updates of a defunct provider, bots of a dead
botnet. The evidence is the rhythm: a period, and the share of beats that come on time.
"""
_EXAMPLES = """\
examples:
  nxcast-consume dead --state dead.db           names that come at regular intervals, over days and restarts
  nxcast-consume dead --indicators known.txt    and whatever is asked for of the domains in a list
  nxcast-consume dead --from nxdomain.jsonl --format json

A period lies between 30 s and 6 h, or up to a day where it is exact: what is slower may be the rhythm of
people's days. Names of configuration and of internal networks are left out: 'nxcast-consume discovery'
has them.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = add_question(
        commands,
        "dead",
        summary="names that machines keep asking for at regular intervals",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        state=True,
    )
    parser.add_argument(
        "--hours",
        type=positive,
        default=HOURS,
        metavar="N",
        help="hours that a rhythm must last, longer than one sitting of a person (default: %(default)s)",
    )
    parser.add_argument(
        "--sightings",
        type=positive,
        default=SIGHTINGS,
        metavar="N",
        help="times that one sensor must have seen the name; with fewer than 6, none is too regular for "
        "chance (default: %(default)s)",
    )
    parser.add_argument(
        "--indicators",
        metavar="FILE",
        help="known names, one domain a line with all below it, shown however they come; the first look-up "
        "of each is an alert",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer the question; the exit status."""
    indicators = read_list(args.indicators, networks=False) if args.indicators else []
    question = Dead(hours=args.hours, sightings=args.sightings, indicators=indicators)
    first = First(f"{args.hours:g} h", lambda first_ns: first_ns + round(args.hours * HOUR_NS))
    return answer(args, question, [NXDOMAIN], first)
