"""Which connections of a broker have to end, so that all of them stay within its memory; and how it is done.

Rule 1: each socket has room for so many connections. Beyond that one goes that has said nothing for
`SILENT_S`, else the one that came last.
Rule 2: who has taken less than a message for `STALLED_S`, though something waits, goes; it comes back by
itself, and finds what it missed in the log.
Rule 3: where the process has more than `PRESSED` of its memory, producers of large messages wait for room,
and where there is none for the first of them, the one with the most goes (`large_messages.py`).
Rule 4: where it has more than `TIGHT`, those go at once that hold it: subscribers and askers that have taken
less for `TIGHT_STALLED_S`. Producers that come wait at the door.
Rule 5: where it has more than `LAST` nevertheless, producers go of whose messages libzmq has most. It keeps
the whole ones until they are read, so this is no way to have memory soon.
Rule 6: a subscriber goes that says more in a second, or subscribes to more, than `WORDS_MAX`: libzmq
remembers all of it, and has no bound of its own.
Rule 7: who sends a message of more parts than `PARTS_OF_ONE_MAX`, or more than `PARTS_READ_MAX` in a second
in messages of more than are handed on, goes.
Who holds little is never ended for what others hold; `short` says that what came has to be read, by rules 3
and 4.

Times are seconds of a clock that nobody can set.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY
from nxcast.transport.ends import BEYOND, FLOODED, MEMORY, STALLED, Cut, Cuts, Peer
from nxcast.transport.memory_shares import MESSAGE, Shares
from nxcast.transport.zeromq.connections import Connection, Connections
from nxcast.transport.zeromq.large_messages import LargeMessages

__all__ = ["Crowding", "kind_of"]

SILENT_S = 5.0  # seconds; with keys a client on a slow line has said something after two
STALLED_S = 30.0  # seconds; as long as the log of a broker with a short one has all of it, at least
TIGHT_STALLED_S = 2.0
# Seconds from one look at all subscribers and askers to the next, and how many at once: 40 µs each.
LOOK_S, LOOKED_AT_ONCE = 1.0, 128
MEMORY_LOOK_S = 0.02  # seconds from one look at the memory to the next; 30 MB may come meanwhile
AT_ONCE = 256  # producers that are looked at as often; of four times as many a look takes 20 ms, and is rarer
PRESSED, TIGHT, LAST = 1 / 4, 3 / 4, 7 / 8  # of memory_max
# Octets; what is so large has pages of its own, as many as came of it, which go back to the system once it is
# free. Else a large message has all its pages from its first octet on, of one that was there before; and what
# is free between others stays: 400 MiB, beside fifty producers of 8 MiB.
LARGE = 1 << 20
# Octets of subscriptions of one connection, and of what it says of them in a second, each with
# `WORD_OVERHEAD`: 500 topics. libzmq keeps some 32 octets for each, so 512 KiB.
WORDS_MAX, WORD_OVERHEAD = 16 << 10, 15
# Parts of a message, and a second of a connection's long messages, 2 to 4 us each, in which nobody else's are
# read: 16 ms and 0.1 s.
PARTS_OF_ONE_MAX, PARTS_READ_MAX = 1 << 12, 1 << 15
# Octets free at the heap's end that stay the process's. With 128 KiB, as glibc has it, what a message takes
# goes back after it, and comes again page by page for the next.
FREE = 16 << 20
HELD_MIN = 1 << 20  # octets; a producer of ours has half of that under way
CUTS_TOLD = 64  # whose cuts are told each by itself; the others of the second are one
PAGE = os.sysconf("SC_PAGE_SIZE")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc

_LIBC = ctypes.CDLL(None) if hasattr(ctypes.CDLL(None), "malloc_trim") else None  # glibc, else none


class Crowding:
    """Over the connections of all sockets, by the sockets' names; `memory_max` in octets."""

    def __init__(self, memory_max: int, shares: Shares, sockets: Mapping[str, Connections]) -> None:
        self.cuts = Cuts()
        self.short = False  # whether all that came has to be read, as of the last look
        self.other_octets = 0  # that the process has for other purposes, beside its own
        self.pressed = False  # whether it has to be looked at often
        self.dry = False  # whether libzmq had no message since the last look
        self._memory_max = memory_max
        self._shares = shares
        self._sockets = sockets
        if _LIBC is not None:
            _LIBC.mallopt(M_MMAP_THRESHOLD, LARGE)
            _LIBC.mallopt(M_TRIM_THRESHOLD, FREE)
        self._large: LargeMessages | None = None
        self._tight = False  # whether memory is, as of the last look
        self._to_look_at: list[tuple[str, Connection]] = []  # subscribers and askers
        self._looked_s = self._memory_s = self._trimmed_s = self._producers_s = 0.0

    @property
    def waits(self) -> int:
        """How often so far a producer of large messages had to wait."""
        return 0 if self._large is None else self._large.waits

    def count(self, kind: str) -> int:
        """How many connections there are, of all sockets of a kind."""
        return sum(len(each) for name, each in self._sockets.items() if kind_of(name) == kind)

    def peers(self, kind: str, now_s: float) -> Iterator[Peer]:
        """Who is connected to the sockets of a kind, and what waits."""
        for name, each in self._there(kind):
            traffic = self._sockets[name].traffic(each)
            waiting = None if traffic is None else traffic.unread if kind == INGRESS else traffic.waiting
            stalled_s = 0.0 if kind == INGRESS else self._stalled_s(name, each, now_s)
            address = self._sockets[name].address(each)
            yield Peer(kind, each.user_id, address, now_s - each.since_s, waiting, stalled_s)

    def look(self, now_s: float, *, events: bool) -> None:
        """End those that have to end; without `events` nobody came or went."""
        if events:
            self._count(now_s)
        if now_s - self._memory_s >= MEMORY_LOOK_S:
            self._memory_s = now_s
            self._tight = self._relieve(now_s)
            self.short = self._tight or (self._large is not None and self._large.little_waits)
        self._look_at_readers(now_s)

    def _look_at_readers(self, now_s: float) -> None:
        """End who takes nothing: of a part of them, so that nobody waits for a look at all."""
        if not self._to_look_at and now_s - self._looked_s >= (LOOK_S / 2 if self._tight else LOOK_S):
            self._looked_s = now_s
            self._to_look_at = [*self._there(EGRESS), *self._there(REPLAY)]
        longest, why = (TIGHT_STALLED_S, MEMORY) if self._tight else (STALLED_S, STALLED)
        for _ in range(min(len(self._to_look_at), LOOKED_AT_ONCE)):
            name, connection = self._to_look_at.pop()
            gone = name not in self._sockets or connection not in self._sockets[name]
            if not gone and self._stalled_s(name, connection, now_s) >= longest:
                self.end(name, connection, why)

    def _count(self, now_s: float) -> None:
        for each in self._sockets.values():
            each.look(now_s)
        for kind, limit in zip((INGRESS, EGRESS, REPLAY), self._shares.connections_max, strict=True):
            while self.count(kind) > limit:
                self._make_room(kind, now_s)

    def _make_room(self, kind: str, now_s: float) -> None:
        by_age = sorted(self._there(kind), key=lambda each: each[1].since_s)
        silent = (each for each in by_age if not each[1].said and now_s - each[1].since_s >= SILENT_S)
        name, connection = next(silent, by_age[-1])
        self.end(name, connection, BEYOND)

    def _relieve(self, now_s: float) -> bool:
        """Keep producers within memory, and say whether it is short."""
        used = self._used()
        if used > self._memory_max * TIGHT and _LIBC is not None and now_s - self._trimmed_s >= LOOK_S:
            self._trimmed_s = now_s
            _LIBC.malloc_trim(0)  # what is free already goes back
            used = self._used()
        self.pressed = used > self._memory_max * PRESSED
        short = used > self._memory_max * TIGHT
        ingress = self._sockets.get(INGRESS)
        if ingress is not None:
            self._look_at_producers(ingress, used, now_s)
            ingress.shut_door(shut=short)
        return short

    def _look_at_producers(self, ingress: Connections, used: int, now_s: float) -> None:
        if self._large is None:
            self._large = LargeMessages(ingress, self._shares.ingress // 2)
        if not self.pressed:
            self._large.release()
            return
        if now_s - self._producers_s < MEMORY_LOOK_S * (len(ingress) // AT_ONCE):
            return
        self._producers_s = now_s
        dry, self.dry = self.dry, False
        room, reserve = (int(self._memory_max * each) for each in (TIGHT, LAST - TIGHT))
        goes = self._large.look(room - used, reserve, now_s, dry=dry)
        if goes is not None:
            self.end(INGRESS, goes, MEMORY)
        over = used - int(self._memory_max * LAST)
        held = [(ingress.held(each), each) for each in ingress.all()] if over > 0 else []
        for octets, connection in sorted(held, key=lambda each: each[0], reverse=True):
            if octets < HELD_MIN or over <= 0:
                break
            self.end(INGRESS, connection, MEMORY)
            over -= octets

    def _used(self) -> int:
        """Octets of memory, without those that are for other purposes."""
        return _anonymous() - self.other_octets

    def _there(self, kind: str) -> Iterator[tuple[str, Connection]]:
        """The connections of all sockets of a kind."""
        for name, each in self._sockets.items():
            if kind_of(name) == kind:
                yield from ((name, connection) for connection in each.all())

    def _stalled_s(self, name: str, connection: Connection, now_s: float) -> float:
        """For how long a connection has taken less than a message, though something waits for it."""
        traffic = self._sockets[name].traffic(connection)
        if traffic is None or not traffic.waiting or traffic.taken >= connection.taken + MESSAGE:
            connection.moved_s = now_s
            connection.taken = 0 if traffic is None else traffic.taken
        return now_s - connection.moved_s

    def subscriber_said(self, name: str, connection: Connection, octets: bytes, now_s: float) -> None:
        """Take in that it subscribes (an octet 1, and a prefix), or no more (0); end it by rule 6."""
        size = len(octets) + WORD_OVERHEAD
        words = self._words(connection, size, now_s)
        connection.prefixes = max(connection.prefixes + (size if octets[:1] == b"\1" else -size), 0)
        if max(words, connection.prefixes) > WORDS_MAX:
            self.end(name, connection, FLOODED)

    def sent_parts(self, name: str, connection: Connection, parts: int, now_s: float) -> None:
        """Take in a message of so many parts, more than are handed on; end its connection by rule 7."""
        if self._words(connection, parts, now_s) > PARTS_READ_MAX or parts > PARTS_OF_ONE_MAX:
            self.end(name, connection, FLOODED)

    def _words(self, connection: Connection, more: int, now_s: float) -> int:
        """What it said in this second, with these."""
        if now_s - connection.words_s >= 1:
            connection.words, connection.words_s = 0, now_s
        connection.words += more
        return connection.words

    def end(self, name: str, connection: Connection, why: str) -> None:
        """End a connection of a socket, and count it as cut off."""
        cut = Cut(kind_of(name), why, connection.user_id, self._sockets[name].end(connection))
        if cut not in self.cuts and len(self.cuts) >= CUTS_TOLD:
            cut = cut._replace(user_id=None, address="others")
        self.cuts[cut] += 1


def kind_of(name: str) -> str:
    """Ingress, egress or replay: the kind of socket that has this name."""
    return name.partition("-")[0]


def _anonymous() -> int:
    """Octets of this process that are no files'; 0 on a system that does not tell."""
    try:
        _, resident, shared, *_ = Path("/proc/self/statm").read_text().split()
    except OSError:
        return 0
    return (int(resident) - int(shared)) * PAGE
