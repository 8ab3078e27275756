"""The command nxcast-broker."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from nxcast.broker.service import BindError, Broker
from nxcast.broker.settings import SettingsError, load
from nxcast.schemas.records import Counters

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the broker until SIGTERM or SIGINT; 0 after a clean stop, 1 where it could not start."""
    try:
        broker = Broker(load(argv))
    except (SettingsError, BindError) as error:
        print(f"nxcast-broker: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: broker.stop())
    ingress, egress = broker.endpoints
    print(f"nxcast-broker: taking frames on {ingress}, publishing on {egress}", file=sys.stderr, flush=True)
    broker.run()
    counters = broker.status()["counters"]
    broker.close()
    print(f"nxcast-broker: stopped: {_account(counters)}", file=sys.stderr)
    return 0


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
