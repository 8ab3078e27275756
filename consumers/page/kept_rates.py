"""Failures by time in a file, so that the page of a server that is started again shows the day before.

The file is JSON and written anew as a whole, once a minute and at the end: some 10 to 200 KB. It is of one
broker and of the topics that were counted. When no server counted is told as `unknown`, not as no failure.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, time_ns

from nxcast.consumers.page.failure_rates import FailureRates
from nxcast.consumers.show.console import CommandError, say
from nxcast.process.ending import reason
from nxcast.process.file_replacement import replace_file
from nxcast.schemas.units import SECOND_NS

__all__ = ["KeptRates"]

EVERY_S = 60.0  # seconds after which it is written again
OCTETS_MAX = 1 << 20  # of the file; 1,020 periods twice, of 13 RCODEs, are half of it
FORM = 1  # raised when an older server could not read it
MODE = 0o600


class KeptRates:
    """`rates` are those of the file, or new ones where there is none.

    CommandError for what can't be read or written: who starts a server is told while they look.

    `counted` says of what they are: the broker and the topics.
    """

    def __init__(self, path: Path, counted: Sequence[str]) -> None:
        self._path = path
        self._counted = list(counted)
        self._due_s = monotonic() + EVERY_S
        self._failing = False
        self.rates = FailureRates(time_ns() // SECOND_NS)
        try:
            with path.open("rb") as file:
                self._load(file.read(OCTETS_MAX + 1))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise CommandError(f"can't read {path}: {reason(error)}") from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise CommandError(f"{path} is damaged, or no file of serve --state: {error}") from error
        try:
            self._write()
        except OSError as error:
            raise CommandError(f"can't write {path}: {reason(error)}") from error

    def is_due(self) -> bool:
        """Whether it is time to save."""
        return monotonic() >= self._due_s

    def save(self) -> None:
        """Write the file; what can't be written is told once, and tried again."""
        self._due_s = monotonic() + EVERY_S
        try:
            self._write()
        except OSError as error:
            if not self._failing:
                say(f"can't write {self._path}: {reason(error)}; it is tried again", level=logging.WARNING)
            self._failing = True
        else:
            self._failing = False

    def _write(self) -> None:
        kept = {
            "form": FORM,
            "counted": self._counted,
            "saved": time_ns() // SECOND_NS,
            "rates": self.rates.dump(),
        }
        replace_file(self._path, json.dumps(kept, separators=(",", ":")).encode(), mode=MODE)

    def _load(self, octets: bytes) -> None:
        if len(octets) > OCTETS_MAX:
            raise ValueError(f"more than {OCTETS_MAX:,} octets")
        kept = json.loads(octets)
        if kept["form"] != FORM:
            raise ValueError(f"its form is not {FORM}")
        if kept["counted"] != self._counted:
            raise CommandError(
                f"{self._path} is of other records ({' '.join(map(str, kept['counted']))}): name another file"
            )
        self.rates.load(kept["rates"], kept["saved"])
