"""The command nxcast-broker."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from nxcast.process.ending import (
    DONE,
    FAILED,
    INTERRUPTED,
    MISUSED,
    EarlyInterrupt,
    MisuseError,
    ProgramError,
)
from nxcast.process.garbage import collect_seldom
from nxcast.process.standard_streams import version_told
from nxcast.version import version_text

if TYPE_CHECKING:
    from nxcast.broker.service import Broker
    from nxcast.broker.settings import Settings
    from nxcast.schemas.records import Counters
    from nxcast.telemetry.exposition import Endpoint

__all__ = ["main"]

PROGRAM = "nxcast-broker"

_log = logging.getLogger("nxcast.broker")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the broker until SIGTERM or SIGINT; 0 after a clean stop, 1 where it could not start."""
    words = list(sys.argv[1:] if argv is None else argv)
    if (told := version_told(PROGRAM, words, version_text)) is not None:
        return told
    try:
        with EarlyInterrupt():
            work = _read(words)
        return work()
    except KeyboardInterrupt:
        return INTERRUPTED


def _read(words: list[str]) -> Callable[[], int]:
    """What these words ask for, ready to be done: all that it imports has been."""
    if words[:1] == ["keys"]:
        from nxcast.broker.rights.keys_command import main as keys
        from nxcast.transport.zeromq.broker_end import key_pair

        return lambda: keys(words[1:], key_pair)
    if words[:1] == ["log"]:
        from nxcast.broker.log.log_command import main as log

        return lambda: log(words[1:])
    if words[:1] == ["nats"]:
        from nxcast.broker.nats_command import main as nats
        from nxcast.transport.zeromq.broker_end import key_pair

        return lambda: nats(words[1:], key_pair)
    from nxcast.broker.settings import load, origins
    from nxcast.process.standard_streams import plain_line

    try:
        settings = load(words)
    except MisuseError as error:
        plain_line(PROGRAM, str(error))
        return lambda: MISUSED
    from nxcast.broker import service  # noqa: F401  once the words are good: it takes the longest

    return partial(_serve, settings, origins(settings, words))


def _serve(settings: Settings, origin: str) -> int:
    from nxcast.telemetry.logs import log_lines

    with log_lines(PROGRAM, settings.log_format):
        return _run(settings, origin)


def _run(settings: Settings, origin: str) -> int:
    from nxcast.broker.service import Broker
    from nxcast.telemetry.service_manager import notified

    with ExitStack() as stack:
        try:
            broker = Broker(settings)
            stack.callback(broker.close)
            endpoint = _endpoint(broker, settings)  # a name server may be silent: signals end that at once
        except ProgramError as error:
            _log.error(str(error))
            return FAILED
        if endpoint is not None:
            stack.callback(endpoint.close)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: broker.stop())
        signal.signal(signal.SIGHUP, lambda *_: broker.reload())
        _tell_start(broker, endpoint, origin)
        collect_seldom()
        with notified(broker.healthy):
            broker.run()
        counters = broker.status()["counters"]
    _tell_stop(counters)
    return DONE


def _endpoint(broker: Broker, settings: Settings) -> Endpoint | None:
    if settings.metrics is None:
        return None
    from nxcast.broker.broker_metrics import Metrics
    from nxcast.telemetry.exposition import Endpoint  # here: only who wants metrics waits for its import
    from nxcast.telemetry.metrics_address import parse_address, parse_names

    metrics = Metrics(lambda: broker.account)
    return Endpoint(
        parse_address(settings.metrics),
        metrics,
        healthy=broker.healthy,
        ready=broker.ready,
        names=parse_names(settings.metrics_names),
    )


def _tell_start(broker: Broker, endpoint: Endpoint | None, origin: str) -> None:
    ingress, egress, replay = broker.endpoints
    metrics = None if endpoint is None else f"http://{endpoint.address}/metrics"
    _log.info(
        f"taking frames on {ingress}, publishing on {egress}, answering on {replay}, "
        + (f"metrics on {metrics}, " if metrics else "")
        + f"for {broker.admits} (settings: {origin})",
        extra={"ingress": ingress, "egress": egress, "replay": replay, "metrics": metrics},
    )


def _tell_stop(counters: Counters) -> None:
    malformed = {**counters["messages_malformed"], **counters["malformed"]}
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(malformed.items()))
    frames_malformed = sum(counters["malformed"].values())
    _log.info(
        f"stopped: {counters['frames_received']} frames = {counters['noerror']} noerror "
        f"({counters['answers']} answers) "
        f"+ {counters['errors']} errors + {counters['questions']} questions "
        f"({counters['nxdomain']} nxdomain) "
        f"+ {counters['unsolicited']} unsolicited + {counters['mismatched']} mismatched "
        f"+ {counters['forwarder']} forwarder + {frames_malformed} malformed, "
        f"in {counters['messages_received']} messages" + (f"; malformed: {reasons}" if reasons else ""),
        extra={
            "messages_received": counters["messages_received"],
            "messages_malformed": sum(counters["messages_malformed"].values()),
            "frames_received": counters["frames_received"],
            "noerror": counters["noerror"],
            "errors": counters["errors"],
            "nxdomain": counters["nxdomain"],
            "questions": counters["questions"],
            "unsolicited": counters["unsolicited"],
            "mismatched": counters["mismatched"],
            "forwarder": counters["forwarder"],
            "frames_malformed": frames_malformed,
        },
    )


if __name__ == "__main__":
    sys.exit(main())
