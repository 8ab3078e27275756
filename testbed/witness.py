"""A subscriber that writes down all it gets, one JSON line a message or loss, before it goes on.

Its log and its cursor survive a kill: started again, it goes on where it was. Used by `chaos`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys

from nxcast.consumers import Gap, Restart, Subscriber
from nxcast.consumers.client.events import Event, UnknownLoss


def main() -> None:
    """Write to the log until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--broker", required=True)
    parser.add_argument("--replay", required=True)
    parser.add_argument("--cursor", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("topics", nargs="+")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with open(args.log, "a", encoding="ascii", buffering=1) as log:

        def tell(event: Event) -> None:
            if isinstance(event, Gap):
                told = {"gap": [event.topic, event.epoch, event.first, event.last]}
                log.write(f"\n{json.dumps(told)}\n")
            elif isinstance(event, UnknownLoss):
                log.write(f"\n{json.dumps({'unknown': [event.epoch, event.next_epoch]})}\n")
            elif isinstance(event, Restart):
                log.write(f"\n{json.dumps({'restart': event.new_epoch})}\n")

        log.write(f"\n{json.dumps({'life': os.getpid()})}\n")  # a line that a kill cut off ends here
        with Subscriber(
            *args.topics, broker=args.broker, replay=args.replay, cursor=args.cursor, on_event=tell
        ) as subscriber:
            try:
                for batch in subscriber:
                    place = [batch.topic, batch.epoch, batch.sequence]
                    log.write(f"{json.dumps({'message': place})}\n")
            except KeyboardInterrupt:
                pass
    sys.exit(0)


if __name__ == "__main__":
    main()
