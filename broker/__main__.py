"""The command nxcast-broker."""

from __future__ import annotations

import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nxcast.schemas.records import Counters

__all__ = ["main"]

COLLECTED = (100_000, 50, 100)  # objects made, young and middle collections between two of the next kind
INTERRUPTED = 130  # exit status of a program that SIGINT ended before it could serve, as shells have it


def main(argv: Sequence[str] | None = None) -> int:
    """Run the broker until SIGTERM or SIGINT; 0 after a clean stop, 1 where it could not start."""
    try:
        return _run(argv)
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(argv: Sequence[str] | None) -> int:
    # Imported here, so that a Ctrl-C meanwhile is caught.
    from nxcast.broker.key_files import KeyFileError
    from nxcast.broker.service import BindError, Broker, key_pair
    from nxcast.broker.settings import SettingsError, load, origins

    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["keys"]:
        from nxcast.broker.keys_command import main as keys

        return keys(words[1:], key_pair)
    log = logging.getLogger("nxcast.broker")
    log.addHandler(_Lines())
    log.propagate = False
    try:
        settings = load(words)
        broker = Broker(settings)
    except (SettingsError, KeyFileError, BindError) as error:
        _say(str(error))
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: broker.stop())
    if settings.keys is not None:
        signal.signal(signal.SIGHUP, lambda *_: broker.reload())
    ingress, egress, replay = broker.endpoints
    _say(
        f"taking frames on {ingress}, publishing on {egress}, answering on {replay}, "
        f"for {broker.admits} (settings: {origins(settings, words)})"
    )
    # A batch is thousands of small objects and no cycle among them: looking for some takes half of the time
    # that a hostile message of nested arrays costs.
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    broker.run()
    counters = broker.status()["counters"]
    broker.close()
    _say(f"stopped: {_account(counters)}")
    return 0


class _Lines(logging.Handler):
    """What the broker logs, as lines of this command."""

    def emit(self, record: logging.LogRecord) -> None:
        _say(record.getMessage())


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads it any more
        print(f"nxcast-broker: {text}", file=sys.stderr, flush=True)


def _account(counters: Counters) -> str:
    malformed = {**counters["messages_malformed"], **counters["malformed"]}
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(malformed.items()))
    return (
        f"{counters['frames_received']} frames = {counters['noerror']} noerror + {counters['errors']} errors "
        f"({counters['nxdomain']} nxdomain) + {counters['unsolicited']} unsolicited "
        f"+ {sum(counters['malformed'].values())} malformed, in {counters['messages_received']} messages"
        + (f"; malformed: {reasons}" if reasons else "")
    )


if __name__ == "__main__":
    sys.exit(main())
