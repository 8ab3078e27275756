"""What `nxcast-produce` does: its options, their source, and what it tells on standard error and over HTTP.

Standard error may go away; a producer goes on without it.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from nxcast.process.arguments import ArgumentParser
from nxcast.process.ending import DONE, FAILED, MISUSED, MisuseError, ProgramError
from nxcast.process.garbage import collect_seldom
from nxcast.process.standard_streams import plain_line
from nxcast.process.stop import Stop, Stopped
from nxcast.producers.dnstap.dnstap_command import add_dnstap
from nxcast.producers.dnstap.dnstap_intake import RESOLVER
from nxcast.producers.nmsg.nmsg_command import add_nmsg
from nxcast.producers.options import (
    NO_REPLAY,
    Source,
    Subparsers,
    check_sensor,
    client_key,
    common_options,
    replay_endpoint,
)
from nxcast.producers.pcap.pcap_command import add_pcap
from nxcast.producers.pusher import Pusher
from nxcast.producers.synthetic.synthetic_command import add_synthetic
from nxcast.producers.tally import Tally, figures, summary, together
from nxcast.telemetry.heartbeat import Heartbeat
from nxcast.telemetry.logs import log_lines
from nxcast.telemetry.service_manager import notified
from nxcast.transport.endpoints import is_nats
from nxcast.transport.ends import MakeProducerEnd
from nxcast.transport.zeromq.producer_end import Connection
from nxcast.version import version_text

__all__ = ["parser", "run"]

_PROGRAM = "nxcast-produce"
# Each adds its subcommand, whose arguments get `make`: a function from them to a Source.
_SOURCES: tuple[Callable[[Subparsers, argparse.ArgumentParser], None], ...] = (
    add_dnstap,
    add_nmsg,
    add_pcap,
    add_synthetic,
)
_log = logging.getLogger("nxcast.producers")


def run(arguments: argparse.Namespace) -> int:
    """Run the command with these arguments, those of `parser`; its exit status."""
    with log_lines(_PROGRAM, arguments.log_format):
        try:
            with Stop() as stop:
                return _produce(arguments, stop)
        except Stopped:  # before there was anything to tell
            return DONE
        except MisuseError as error:
            plain_line(_PROGRAM, str(error))
            return MISUSED
        except ProgramError as error:
            _log.error("%s", error)
            return FAILED


def _produce(arguments: argparse.Namespace, stop: Stop) -> int:
    sensor = check_sensor(arguments.sensor)
    source: Source = arguments.make(arguments)
    tally = Tally()
    good = False
    replay = replay_endpoint(arguments.replay, arguments.broker)
    asks = getattr(arguments, "questions", RESOLVER) != RESOLVER
    collect_seldom()
    if asks and replay is None:
        raise MisuseError(
            "--questions needs a broker that says what it takes: name its third socket with --replay"
        )
    pusher = Pusher(
        arguments.broker,
        sensor,
        stop,
        replay=replay,
        block_ms=arguments.block_ms if source.live else None,
        key=stop.unless_stopped(lambda: client_key(arguments.key)),  # it may be a pipe
        asks=asks,
        transport=_producer_end(arguments.broker),
    )
    if replay is None and arguments.replay != NO_REPLAY and not source.writes:
        _log.warning(
            "nothing will be acknowledged: name the third socket of this broker with --replay",
            extra={"endpoint": arguments.broker},
        )
    heartbeat = Heartbeat()
    pusher.beat = heartbeat.beat
    try:
        with (
            stop.unless_stopped(lambda: _serving(arguments, source, tally, pusher, heartbeat)),
            notified(heartbeat.stalled),
            pusher,
        ):
            good = source.run(pusher, stop, tally, arguments.connect_timeout)
    except Stopped:
        good = True  # asked for, and the summary tells what is left
    finally:
        pusher.close()  # where it has not come so far
        if tally.read or (good and not source.writes):
            pushed = together([pusher, *tally.others])
            _log.info("%s", summary(tally, pushed), extra=figures(tally, pushed))
    in_doubt = any(each.in_doubt for each in (pusher, *tally.others))
    return DONE if good and (source.live or not in_doubt) else FAILED


def _producer_end(broker: str) -> MakeProducerEnd:
    if not is_nats(broker):
        return Connection
    from nxcast.transport.nats.work_producer import WorkProducer  # here: only who wants it needs nats-py

    return WorkProducer


def parser() -> argparse.ArgumentParser:
    """Of all sources."""
    made: argparse.ArgumentParser = ArgumentParser(
        prog=_PROGRAM,
        description="Send DNS responses to an nxcast broker. See 'nxcast-produce SOURCE --help'.",
    )
    made.add_argument("--version", action="version", version=version_text())
    subparsers = made.add_subparsers(title="sources", dest="kind", metavar="SOURCE", required=True)
    common = common_options(made.error)
    for add in _SOURCES:
        add(subparsers, common)
    return made


def _serving(
    arguments: argparse.Namespace, source: Source, tally: Tally, pusher: Pusher, heartbeat: Heartbeat
) -> AbstractContextManager[object]:
    """Metrics and health while it is entered, where they are asked for; raises ProgramError."""
    if arguments.metrics is None or source.writes:
        return nullcontext()
    from nxcast.producers.producer_metrics import (  # here: only who wants them waits for their import
        Work,
        serve,
    )

    work = Work(arguments.kind, source, tally, pusher)
    endpoint = serve(arguments.metrics, arguments.metrics_names, work, heartbeat)
    _log.info("metrics on http://%s/metrics", endpoint.address, extra={"address": str(endpoint.address)})
    return endpoint
