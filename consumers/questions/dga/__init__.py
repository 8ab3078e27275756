"""nxcast-consume dga: groups of failing names that were made by a domain generation algorithm."""

from __future__ import annotations

import argparse

from nxcast.consumers.questions.dga.dga_question import NAMES, WINDOW_S, Dga
from nxcast.consumers.questions.dga.known import read_known
from nxcast.consumers.questions.dga.window import TIMES
from nxcast.consumers.questions.loop.findings import First
from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.consumers.show.console import positive, seconds
from nxcast.schemas.topics import NXDOMAIN
from nxcast.schemas.units import SECOND_NS

__all__ = ["add_parser", "run"]

MINUTE_NS = 60 * SECOND_NS

_EXAMPLES = """\
examples:
  nxcast-consume dga                          groups of generated names, live
  nxcast-consume dga --names 50               only large ones
  nxcast-consume dga --from saved.jsonl --format json | jq '.domains[]?'

A group is a finding, never a single name: many different domains that nobody registered, that look drawn
at random, of like length and alphabet, under the same suffixes, and mostly within minutes. Certainty is the
share of its names that were drawn, by estimate. Names made of words are found where many of one sensor come
within minutes.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = add_question(
        commands,
        "dga",
        summary="names made by domain generation algorithms, in groups",
        description="Find groups of failing names that a domain generation algorithm made.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "--names",
        type=positive,
        default=NAMES,
        metavar="N",
        help="different names that a group has at least in one window "
        f"(default: {NAMES}; ordinary names that look drawn seldom come so many together)",
    )
    parser.add_argument(
        "--window",
        type=seconds,
        default=WINDOW_S,
        metavar="SECONDS",
        help="time in which they come, by the records' clock "
        f"(default: {WINDOW_S:.0f}; a bot goes through its list in minutes, a slow one in an hour or more)",
    )
    parser.add_argument(
        "--known",
        metavar="FILE",
        help="families that somebody has looked at, one a line: a name, and alphabet, lengths and suffixes "
        "as a report has them (adhosts letters 12-20 com.,net.); they come last and give no alert",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer the question; the exit status."""
    part_ns = max(int(args.window * SECOND_NS / TIMES), 1)
    first = First(
        f"{part_ns / MINUTE_NS:g} min", lambda first_ns: (first_ns // part_ns + 1) * part_ns, "alert"
    )
    known = read_known(args.known) if args.known else ()
    question = Dga(names=args.names, window_s=args.window, known=known)
    return answer(args, question, [NXDOMAIN], first, question.hear)
