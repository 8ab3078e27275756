"""A subscriber for run.py, made of `nxcast.consumers.Subscriber`: python client.py TOPIC BROKER."""

from __future__ import annotations

import signal
import sys

from nxcast.consumers import Event, Subscriber


def main(topic: str, broker: str) -> None:
    """Print records until SIGTERM, then the account."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Subscriber(topic, broker=broker, replay=False, on_event=_ignore) as subscriber:
        try:
            for batch in subscriber:
                for record in batch.records:
                    values = (f"{key}={'-' if value is None else value}" for key, value in record.items())
                    print(batch.topic, *values, flush=True)
        except KeyboardInterrupt:
            pass
        counts = subscriber.counts
        unknown = " and an unknown number" if counts.unknown_losses else ""
        print(
            f"messages {counts.messages}, records {counts.records}, lost {counts.lost_at_least}{unknown}, "
            f"restarts {counts.restarts}, malformed {counts.invalid}",
            file=sys.stderr,
        )


def _ignore(_event: Event) -> None:
    pass


if __name__ == "__main__":
    main(*sys.argv[1:])
