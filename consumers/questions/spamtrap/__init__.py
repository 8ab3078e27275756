"""nxcast-consume spamtrap: domains that don't exist and to which someone keeps trying to send mail."""

from __future__ import annotations

import argparse

from nxcast.consumers.questions.loop.findings import First
from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.consumers.questions.spamtrap.evidence import SOURCES_MAX
from nxcast.consumers.questions.spamtrap.spamtrap_question import (
    DAYS,
    MX,
    QUERIES,
    SOURCES,
    Spamtrap,
)
from nxcast.consumers.show.console import positive
from nxcast.schemas.topics import NXDOMAIN, nxdomain_topic
from nxcast.schemas.units import SECOND_NS

__all__ = ["add_parser", "run"]

DAY_NS = 86_400 * SECOND_NS

_EXAMPLES = """\
examples:
  nxcast-consume spamtrap --state spamtrap.db       keep the evidence: the list fills after some days
  nxcast-consume spamtrap --days 7 --queries 50     only what is asked for again and again
  nxcast-consume spamtrap --from errors.jsonl --format json | jq 'select(.section == "candidates")'

A finding is where to look, and no permission: before a domain is registered as a trap, find out who had it
and whose mail would come. Domains near to mailbox providers are left out for that reason (--near).
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = add_question(
        commands,
        "spamtrap",
        summary="domains that don't exist and that get mail all the same",
        description="Find domains that are not registered and to which someone keeps trying to send mail\n"
        "(nxdomain/MX/): candidates for spamtraps.",
        epilog=_EXAMPLES,
        state=True,
    )
    parser.add_argument(
        "--days",
        type=positive,
        default=DAYS,
        metavar="N",
        help=f"distinct days (UTC) with a query: tells habit from one message's retries (default: {DAYS})",
    )
    parser.add_argument(
        "--queries",
        type=positive,
        default=QUERIES,
        metavar="N",
        help=f"queries in all; resolvers cache, so few queries may be much mail (default: {QUERIES})",
    )
    parser.add_argument(
        "--sources",
        type=_sources,
        default=SOURCES,
        metavar="N",
        help="distinct servers that said so, or sensors that saw it: one alone may be wrong "
        f"(default: {SOURCES})",
    )
    parser.add_argument(
        "--near",
        action="store_true",
        help="list also domains near a mailbox provider's, with how near they are: mail to these is people's "
        "private mail (default: they are only counted)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer the question; the exit status."""
    question = Spamtrap(days=args.days, queries=args.queries, sources=args.sources, show_near=args.near)
    first = First(f"{args.days} days", lambda first_ns: (first_ns // DAY_NS + args.days - 1) * DAY_NS)
    # The bus tells which sensors can't hear mail in its status; in a file the other types do.
    topic = nxdomain_topic(MX) if args.recorded is None else NXDOMAIN
    return answer(args, question, [topic], first, question.hear)


def _sources(text: str) -> int:
    number = positive(text)
    if number > SOURCES_MAX:
        raise ValueError
    return number


_sources.__name__ = f"whole number from 1 to {SOURCES_MAX}"
