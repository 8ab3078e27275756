"""Observations gathered until they are written: a row for each key, merged here first. Pure, bounded.

Most of a stream comes again and again within seconds, so that most observations never cost the disk a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from nxcast.consumers.store.observation import OUTCOMES, Failure, Observation, observed
from nxcast.consumers.store.rows import Seen, failure_key, merged_failure, merged_rrset, rrset_key

__all__ = ["Gathered"]

# Rows, of 0.3 to 1 KB with their dict and tuple: 40 to 100 MB. Octets of their keys, so that RRsets of 64 KiB
# don't make that more.
ROWS_MAX = 100_000
OCTETS_MAX = 64 << 20


class Gathered:
    """What is to be written next: RRsets and failures by key, and the account of what came."""

    def __init__(self) -> None:
        self.rrsets: dict[bytes, Seen] = {}
        self.failures: dict[bytes, tuple[Failure, list[Any]]] = {}
        self.account: Counter[str] = Counter()
        self._octets = 0

    @property
    def full(self) -> bool:
        """Whether it is to be written now."""
        return len(self.rrsets) + len(self.failures) >= ROWS_MAX or self._octets >= OCTETS_MAX

    def take(self, records: Iterable[Mapping[str, Any]], now_s: float) -> None:
        """Take validated records of the channels."""
        for record in records:
            self._add(observed(record, now_s))

    def add_rrset(self, key: bytes, value: Seen) -> None:
        """Take the row of an RRset."""
        kept = self.rrsets.get(key)
        if kept is None:
            self.rrsets[key] = value
            self._octets += len(key)
        else:
            self.rrsets[key] = merged_rrset(kept, value)

    def _add(self, seen: Observation) -> None:
        account = self.account
        account["received"] += 1
        account[seen.outcome if seen.outcome in OUTCOMES else f"dropped.{seen.outcome}"] += 1
        for reason, count in seen.dropped.items():
            account[f"records.{reason}"] += count
        if seen.rrsets:
            account["rrsets"] += len(seen.rrsets)
            for rrset in seen.rrsets:
                self.add_rrset(rrset_key(rrset, seen.zone), (seen.time_s, seen.time_s, 1))
        if seen.failure is not None:
            account["failures"] += 1
            self._add_failure(seen.failure, seen.time_s)

    def _add_failure(self, failure: Failure, time_s: int) -> None:
        key = failure_key(failure)
        value = [time_s, time_s, 1, failure.soa, [failure.server]]
        kept = self.failures.get(key)
        if kept is None:
            self.failures[key] = failure, value
            self._octets += len(key)
        else:
            self.failures[key] = failure, merged_failure(kept[1], value)
