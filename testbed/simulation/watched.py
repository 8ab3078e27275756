"""A broker's log and its end on the network, which show a model what goes through them, and fail as told."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import msgpack

from nxcast.broker.arrivals import Taken
from nxcast.broker.derivation.outbox import Message
from nxcast.broker.log.commit_log import CommitLog
from nxcast.broker.log.segment_file import scan_file
from nxcast.broker.log.segments import SUFFIX
from nxcast.schemas.topics import STATUS
from nxcast.transport.endpoints import EGRESS
from nxcast.transport.ends import Received
from nxcast.transport.simulated.network import Connection
from nxcast.transport.simulated.simulated_broker import SimulatedBroker
from testbed.simulation.model import Epoch, Model
from testbed.simulation.processes import Process

__all__ = ["WatchedBroker", "WatchedLog"]


class WatchedLog(CommitLog):
    """Shows a model which commit each name is in. Until `full_until` it takes nothing."""

    def watch(
        self, model: Model, epoch: Epoch, now: Callable[[], float], sync_soon: Callable[[CommitLog], None]
    ) -> None:
        self.full_until = 0.0
        self._model, self._seen = model, epoch
        self._now = now
        self._sync_soon = sync_soon
        self._there = True
        epoch.synced = lambda: self._records.synced
        if model.powerless:
            model.kept({(block.epoch, block.number) for path in self._files() for block in scan_file(path)})

    def let_go(self) -> None:
        if self._there:  # a kill may come while it ends
            self._there = False
            super().let_go()

    def commit(self, published: Sequence[Message], taken: Taken, now_ns: int, now_s: float) -> int:
        if self._now() < self.full_until:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced = not self.unsynced
        number = super().commit(published, taken, now_ns, now_s)
        if synced:
            self._sync_soon(self)
        for message in published:
            for place in self._model.published(self._seen, message):
                self._seen.commits[place] = number
        return number

    def sync(self) -> None:
        super().sync()
        # Without pathlib, which took a fortieth of a run.
        self._on_device: dict[str, int] = {}
        for part in (self._records, self._malformed):
            with os.scandir(part.folder) as found:
                self._on_device.update((entry.path, entry.stat().st_size) for entry in found)

    def lose_power(self, random: Random) -> None:
        """Of what was written since the last sync any part is on the device, of each file another one."""
        self._model.powerless.append(self._seen)
        self._seen.power_lost = True
        for path in self._files():
            synced = self._on_device.get(str(path), 0)
            if not synced and random.random() < 0.5:
                path.unlink()  # its folder was not synced either
            else:
                os.truncate(path, random.randint(synced, path.stat().st_size))

    def _files(self) -> list[Path]:
        """Of records/ first."""
        return sorted(
            path for part in (self._records, self._malformed) for path in part.folder.glob(f"*{SUFFIX}")
        )


class WatchedBroker(SimulatedBroker):
    """Shows a model what is taken, published and answered."""

    def watch(self, model: Model, epoch: Epoch, process: Process) -> None:
        self._model = model
        self._epoch = epoch
        self._process = process

    def message(self) -> Received | None:
        received = super().message()
        if received is not None:
            self._model.took(self._epoch, list(map(bytes, received.parts)))
        return received

    def publish(self, message: Sequence[bytes], sockets: Sequence[str] = (EGRESS,)) -> None:
        entrance = self._keyed and sockets == (EGRESS,)  # the same Status again
        if not entrance and (not self._model.keeps or message[0] == STATUS.encode()):
            self._model.published(self._epoch, message)  # else with the commit: a kill may come between
        if self._keyed:
            for each in [each for name in sockets for each in self._bound[name].connections]:
                if any(map(message[0].startswith, each.prefixes)):
                    self._model.gave(_key(each), [message[0].decode()], self._process.rested_at)
        super().publish(message, sockets)

    def request(self) -> Received | None:
        received = super().request()
        self._asked = received
        return received

    def answer(self, parts: Sequence[bytes]) -> None:
        answer = msgpack.unpackb(parts[1])
        key, rested_at = _key(self._names[parts[0]]), self._process.rested_at
        match answer["answer"]:
            case "arrived" if self._asked is not None:
                request = msgpack.unpackb(self._asked.parts[1])
                self._model.acknowledged(self._epoch, (request["sensor"], request["epoch"]), answer)
                if self._keyed:
                    self._model.told_arrived(key, request["sensor"], rested_at)
            case "range" if self._keyed:
                self._model.gave(key, [answer["topic"]], rested_at)
            case "since" if self._keyed:
                self._model.gave(key, answer["topics"], rested_at)
        super().answer(parts)


def _key(connection: Connection) -> str:
    """The public key that it came in by; empty where there are none."""
    return (connection.user_id or "").partition(" ")[2]
