"""nxcast-consume doctor: is it working, and if not, what is wrong and what to do about it."""

from __future__ import annotations

import argparse
import sys

from nxcast.consumers.doctor.canary_trip import KEY_COMMAND
from nxcast.consumers.show.console import add_broker, add_format, add_replay_endpoint
from nxcast.process.arguments import argument
from nxcast.process.client_settings import client_settings
from nxcast.process.standard_streams import show
from nxcast.transport.endpoints import ingress_endpoint, is_nats, reachable

__all__ = ["add_parser", "run"]

INGRESS_VARIABLE = "NXCAST_INGRESS"

_EXAMPLES = f"""\
examples:
  nxcast-consume doctor                  all of it, at the broker on this machine
  nxcast-consume doctor --broker tcp://broker.example:5556 --key doctor.key
  nxcast-consume doctor --broker nats://a:4222 --ingress tcp://broker.example:5555
  nxcast-consume doctor --broker nats://a:4222 --ingress nats://a:4222
  nxcast-consume doctor --no-canary      without pushing a frame
  nxcast-consume doctor --format json | jq 'select(.verdict != "ok")'

checks, in this order: the key file; the address; the broker and its clock; replay; what the key allows;
frames, each sensor, what is malformed or refused, both channels; and the canary: a frame is pushed as sensor
nxcast-canary and has to come out on both channels. All other commands leave its records out. Where the broker
asks for keys,
  {KEY_COMMAND}
makes one that may all of it. Over NATS: the stream, each of its brokers and what flows through it, and with
--ingress, that of one of them or their work queue, the canary.

Each check takes ten seconds at most. A sensor that is silent or lost batches is a warning: you know whether
that is as it should be.

exit status: 0 when nothing is wrong, warnings or not; 1 when something is; 2 for wrong arguments.
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to nxcast-consume."""
    parser = commands.add_parser(
        "doctor",
        help="is it working? what is wrong, and what to do about it",
        description="Check a broker from here: the way to it, what it says, what flows, a frame end to end.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_format(parser)
    add_broker(parser)
    add_replay_endpoint(parser)
    parser.add_argument(
        "--ingress",
        type=argument(reachable),
        metavar="ENDPOINT",
        default=client_settings(parser.error).get("ingress"),
        help=f"where the broker takes frames (default: ${INGRESS_VARIABLE}, else one port below --broker)",
    )
    parser.add_argument(
        "--canary",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="push a frame and see it come out (default: yes)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Examine; the exit status."""
    # Here, since --help needs none of what they import.
    from nxcast.consumers.doctor.examination import Examination, Subject
    from nxcast.consumers.doctor.finding import MARKS, Verdict, finding_json, finding_text, summary
    from nxcast.consumers.doctor.stream_examination import StreamExamination

    subject = Subject(
        broker=args.broker,
        key=args.key,
        replay=args.replay,
        ingress=args.ingress or ingress_endpoint(args.broker),
        canary=args.canary,
    )
    marks = sys.stdout.isatty() and _can_show("".join(MARKS.values()))
    findings = []
    try:
        for finding in (StreamExamination if is_nats(args.broker) else Examination)(subject):
            findings.append(finding)
            show(finding_json(finding) if args.format == "json" else finding_text(finding, marks=marks))
    except KeyboardInterrupt:
        return 1  # nobody knows whether all is well
    if args.format == "text":
        show(summary(findings))
    return int(any(finding.verdict is Verdict.WRONG for finding in findings))


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding)
    except (LookupError, UnicodeError):
        return False
    return True
