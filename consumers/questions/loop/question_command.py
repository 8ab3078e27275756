"""nxcast-consume with a question: options, and the loop that feeds records to it and shows its findings.

Records decide what is found and when a report is due, never the clock of this machine: a replay of a file
finds what the live stream did. Only the picture on a terminal and the saving of state go by the clock.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from logging import WARNING
from time import monotonic
from typing import TypeAlias, cast

from nxcast.consumers.client.position import Position
from nxcast.consumers.questions.loop.findings import First, Question, Remembering
from nxcast.consumers.questions.loop.webhook_target import parse_webhook
from nxcast.consumers.show.console import CommandError, add_format, positive, say, seconds
from nxcast.consumers.show.feed import Feed, add_from, open_feed
from nxcast.process.arguments import argument
from nxcast.process.garbage import collect_seldom
from nxcast.schemas.records import Status

__all__ = ["add_question", "answer"]

SAVE_S = 60.0  # seconds between two savings of the state: what a kill can cost
WEBHOOK_VARIABLE = "NXCAST_WEBHOOK"
PICTURE_S = 1.0  # seconds between two pictures on a terminal
SHARE = 9  # times as long as it took is what passes before either is done again


Save: TypeAlias = Callable[[Position | None], None]


def add_question(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    *,
    summary: str,
    description: str,
    epilog: str,
    state: bool = False,
) -> argparse.ArgumentParser:
    """The parser of a question, with the options that all of them have."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_format(
        parser,
        ("text", "json", "ecs"),
        "text for people, one JSON object a line, or by Elastic Common Schema's names (default: text)",
    )
    parser.add_argument(
        "--webhook",
        type=argument(parse_webhook),
        metavar="URL",
        default=os.environ.get(WEBHOOK_VARIABLE) or None,
        help="also post findings and alerts there, as arrays of the objects that --format json writes, or of "
        f"ecs's with that (default: ${WEBHOOK_VARIABLE}, which other users of this machine can't read)",
    )
    parser.add_argument(
        "--every",
        type=seconds,
        metavar="SECONDS",
        help="report so often, by the time of the records (default: at the end only; "
        "on a terminal the report is renewed all the time)",
    )
    parser.add_argument(
        "--top",
        type=positive,
        metavar="N",
        help="findings shown of each kind (default: 20 in text, in JSON all that a report has)",
    )
    add_from(parser)
    if state:
        parser.add_argument(
            "--state",
            metavar="FILE",
            help="keep the evidence in this file (SQLite), and start with what is in it and the record after "
            f"it; saved every {SAVE_S:.0f} s and at the end (default: nothing is kept)",
        )
    parser.set_defaults(question=name, state=None)
    return parser


def answer(
    args: argparse.Namespace,
    question: Question,
    topics: Sequence[str],
    first: First | None = None,
    hear: Callable[[Status], None] | None = None,
) -> int:
    """Feed the question (a `Remembering` one, if it has --state) until the feed ends; the exit status.

    `first`: when it can find something for the first time, which is said until then. `hear` takes what the
    broker says of its sensors.
    """
    # Here, since --help needs none of what they import, and that takes 0.15 s.
    from nxcast.consumers.questions.loop.inquiry import Inquiry
    from nxcast.consumers.questions.loop.report import Counting, ObjectReports, reports
    from nxcast.consumers.questions.loop.state import open_state
    from nxcast.consumers.questions.loop.webhook import Webhook

    with ExitStack() as stack:
        save = position = None
        if args.state is not None:
            if os.path.exists(args.state):
                first = None  # its evidence is older than the first record of this run
            state = stack.enter_context(open_state(args.state))
            remembering = cast("Remembering", question)
            state.load(remembering, args.question)
            position = state.position()
            save = partial(state.save, remembering)
        feed = stack.enter_context(open_feed(args, topics, keep=save is not None, position=position))
        shown = stack.enter_context(closing(reports(args.question, args.format, args.top, live=feed.live)))
        posted = None
        if args.webhook is not None:
            webhook = stack.enter_context(closing(Webhook(args.webhook)))
            layout = "json" if args.format == "text" else args.format
            posted = ObjectReports(args.question, layout, args.top, webhook.take)
        counting = Counting(shown, feed.vitals, posted)
        inquiry = Inquiry(args.question, question, counting, every=args.every, first=first)
        feed.told = not shown.in_place
        saving = _Pace(SAVE_S)
        picturing = _Pace(PICTURE_S)
        collect_seldom()
        try:
            for records in feed:
                if hear and feed.status is not None:
                    hear(feed.status)
                inquiry.take(records, feed.losses)
                if shown.in_place and picturing.is_due():
                    inquiry.picture(feed.losses, _with_clock(feed.source))
                    picturing.done()
                if save and saving.is_due():
                    _try(save, feed)
                    saving.done()
            inquiry.end(feed.losses)
        except BrokenPipeError:
            _save(save, feed)
            raise
        _save(save, feed)
    return 0


def _with_clock(source: str) -> str:
    return f"{datetime.now(UTC):%H:%M:%S} UTC: {source}" if source else ""


def _save(save: Save | None, feed: Feed) -> None:
    """Save the state, if it is kept, and how far the feed is; only then may the cursor pass what is in it."""
    if save:
        save(feed.position)
        feed.keep()


def _try(save: Save, feed: Feed) -> None:
    """Save now; a disk that is full may not be by the next time."""
    try:
        _save(save, feed)
    except CommandError as error:
        say(str(error), level=WARNING)


class _Pace:
    """When something is done again: after `seconds`, and so that it takes a tenth of the time at most."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started = monotonic()
        self._at = self._started + seconds

    def is_due(self) -> bool:
        self._started = monotonic()
        return self._started >= self._at

    def done(self) -> None:
        now = monotonic()
        self._at = now + max(self._seconds, SHARE * (now - self._started))
