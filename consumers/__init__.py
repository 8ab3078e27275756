"""Subscribe to the channels, and what is made of them.

    from nxcast.consumers import Subscriber

Depends on schemas only: a consumer needs neither the broker's code nor the producers'. What is named here
is imported on first use, so that `nxcast-consume` can see to Ctrl-C before the slow imports.
"""

TYPE_CHECKING = False  # typing's own is worth no import; type checkers know the name
if TYPE_CHECKING:
    from nxcast.consumers.client.events import (
        Back,
        Batch,
        Connected,
        Counts,
        Event,
        Gap,
        Invalid,
        Losses,
        Refused,
        Repaired,
        Replayed,
        Restart,
        Silent,
        Unanswered,
        UnknownLoss,
        Unreplayed,
    )
    from nxcast.consumers.client.position import Position
    from nxcast.consumers.client.subscriber import DEFAULT_BROKER, Subscriber

__all__ = [
    "DEFAULT_BROKER",
    "Back",
    "Batch",
    "Connected",
    "Counts",
    "Event",
    "Gap",
    "Invalid",
    "Losses",
    "Position",
    "Refused",
    "Repaired",
    "Replayed",
    "Restart",
    "Silent",
    "Subscriber",
    "Unanswered",
    "UnknownLoss",
    "Unreplayed",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nxcast.consumers.client import events, position, subscriber

    return next(getattr(module, name) for module in (events, position, subscriber) if hasattr(module, name))
