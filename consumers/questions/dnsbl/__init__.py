"""nxcast-consume dnsbl: what mail servers ask blocklists, and what of it is out of the ordinary.

Light: it is imported at every start. What the question needs is imported when it is asked.
"""

from __future__ import annotations

import argparse

from nxcast.consumers.questions.loop.question_command import add_question, answer
from nxcast.schemas.topics import NXDOMAIN
from nxcast.schemas.units import SECOND_NS

__all__ = ["add_parser", "run"]

_EXAMPLES = """\
examples:
  nxcast-consume dnsbl                              who is asked about what, until Ctrl-C
  nxcast-consume dnsbl --watch ours.txt             and alerts about domains and networks of one's own
  nxcast-consume dnsbl --from records.json --format json | jq 'select(.alert)'

A list for --watch has a domain (it stands for all below it), an address or a network a line, and after it
'never-sends' where no mail ever comes from it; '#' begins a comment:
  example.com
  parked.example.net  never-sends
  192.0.2.0/24        never-sends   # printers

NXDOMAIN is a blocklist's 'not listed': these are questions that mail servers ask, not verdicts. Who is listed
gets another answer, which is not on this channel.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = add_question(
        commands,
        "dnsbl",
        summary="what mail servers ask blocklists",
        description="Show what mail servers ask DNS blocklists: how much in which zone and about whom, "
        "spikes, look-ups of what one watches, and zones that look like blocklists.",
        epilog=_EXAMPLES,
        state=True,
    )
    parser.add_argument(
        "--watch",
        metavar="FILE",
        help="a list of domains and networks of one's own; look-ups of those marked never-sends, and spikes "
        "of the others, are alerts (default: none)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Answer the question; the exit status."""
    from nxcast.consumers.questions.dnsbl.dnsbl_question import Dnsbl
    from nxcast.consumers.questions.dnsbl.spikes import WARM_UP
    from nxcast.consumers.questions.dnsbl.tracks import WINDOW_S
    from nxcast.consumers.questions.dnsbl.watch import NEVER_SENDS
    from nxcast.consumers.questions.loop.findings import First
    from nxcast.consumers.questions.loop.lists import read_list

    entries = read_list(args.watch, marks=(NEVER_SENDS,)) if args.watch else []
    first = First(f"{WARM_UP} min", lambda first_ns: first_ns + WARM_UP * WINDOW_S * SECOND_NS, "spike")
    return answer(args, Dnsbl(entries), [NXDOMAIN], first)
