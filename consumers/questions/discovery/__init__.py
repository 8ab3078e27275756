"""nxcast-consume discovery: software that looks for its configuration."""

from __future__ import annotations

import argparse

from nxcast.consumers.questions.discovery.discovery_question import Discovery
from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.schemas.topics import NXDOMAIN

__all__ = ["add_parser", "run"]

_DESCRIPTION = """\
Show what software looks for and doesn't find: SRV records of services, proxies (WPAD), mail settings
(autodiscover), domain controllers; and names of internal networks that leak into the public DNS. Look-ups
that whoever registers a domain could answer are an alert.
"""
_EXAMPLES = """\
examples:
  nxcast-consume discovery                             until Ctrl-C
  nxcast-consume discovery --every 3600                a report each hour
  nxcast-consume discovery --from nxdomain.jsonl --format json
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = add_question(
        commands,
        "discovery",
        summary="software that looks for its configuration, and internal names that leak",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer the question; the exit status."""
    return answer(args, Discovery(), [NXDOMAIN])
