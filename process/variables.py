"""The variables of the environment that the programs read, and what one that none reads may mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from nxcast.process.arguments import meant

__all__ = ["PREFIX", "VARIABLES", "unknown_variables"]

PREFIX = "NXCAST_"

_NAMES = frozenset(
    (
        "CONFIG", "KEY", "LOG_FORMAT", "WEBHOOK", "METRICS", "METRICS_NAMES", "INGRESS", "EGRESS", "REPLAY",
        # settings of the broker alone
        "BATCH_RECORDS", "LINGER_MS", "HIGH_WATER_MARK", "MEMORY_MAX", "LOG", "LOG_BYTES", "LOG_SECONDS",
        "LOG_SYNC_MS", "EGRESS_PORTS", "ACCEPT_UNSOLICITED", "ACCEPT_FORWARDERS", "ANSWERS", "SERVERS",
        "COMPILED", "KEYS", "INSECURE",
    )
)  # fmt: skip

VARIABLES = frozenset(PREFIX + name for name in _NAMES)
"""Of all programs; complete."""


def unknown_variables(names: Iterable[str]) -> list[str]:
    """A line for each name of a variable that begins as ours do and that no program reads."""
    ours = sorted(name for name in names if name.upper().startswith(PREFIX))
    return [
        f"no program reads the variable {name}{meant(name[len(PREFIX) :].upper(), _NAMES, PREFIX)}"
        for name in ours
        if name.upper() not in VARIABLES
    ]
