"""Subscribe to the channels, and what is made of them.

    from nxcast.consumers import Subscriber

Depends on schemas only: a consumer needs neither the broker's code nor the producers'.
"""

from nxcast.consumers.events import Back, Batch, Connected, Counts, Event, Gap, Invalid, Restart, Silent
from nxcast.consumers.subscriber import DEFAULT_BROKER, Subscriber

__all__ = [
    "DEFAULT_BROKER",
    "Back",
    "Batch",
    "Connected",
    "Counts",
    "Event",
    "Gap",
    "Invalid",
    "Restart",
    "Silent",
    "Subscriber",
]
