"""nxcast-consume causes: why look-ups fail, in shares, and which zones they fail in."""

from __future__ import annotations

import argparse

from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.schemas.topics import FAILURES, NXDOMAIN

__all__ = ["add_parser", "run"]

_DESCRIPTION = """\
Show why look-ups fail: each belongs to one cause as far as it can be told (mail, blocklist, discovery,
machine-made, beacon, leaked, typing-error, search-list, broken-zone, reverse, resolver, other), with its
share, this hour beside a usual one, and the zones that most fail in. What can't be told is 'other'.
"""
_EXAMPLES = """\
examples:
  nxcast-consume causes                              why do my resolvers fail so much? until Ctrl-C
  nxcast-consume causes --every 3600 --format json   the shares of each hour, as JSON
  nxcast-consume causes --from errors.json           of records written by 'tail --format json'
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = add_question(
        commands,
        "causes",
        summary="why look-ups fail: the share of each cause, and the zones",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer the question; the exit status."""
    # Here, since --help needs none of what it imports.
    from nxcast.consumers.questions.causes.causes_question import Causes
    from nxcast.consumers.questions.causes.in_time_order import InTimeOrder

    return answer(args, InTimeOrder(Causes()), [NXDOMAIN, *FAILURES])
