"""Keys for all who take part in a run, and one who tries with a key of its own what that does not allow."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from random import Random

from nxcast.broker.rights.key_files import own_key_path
from nxcast.process.stop import Stop
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.curve import KEY_OCTETS, ClientKey, render_client_key, z85_encode
from nxcast.schemas.frames import Frame, encode_batch
from nxcast.schemas.requests import Request, encode_request
from nxcast.transport.ends import ConnectionEvent, Endpoints, HandshakeEvent
from nxcast.transport.simulated.network import Network, Sizes
from nxcast.transport.simulated.simulated_clients import SimulatedProducer, SimulatedSubscriber
from testbed.simulation.processes import Process
from testbed.simulation.rights import Held, Rights
from testbed.simulation.schedule import PRIER, ProducerPlan, SubscriberPlan

__all__ = ["ALLOWED", "Keyring", "PrierProgram"]

ALLOWED = ("dns-errors/SERVFAIL/",)
BEYOND = ("nxdomain/MX/", "nxdomain/A/", "dns-errors/NXDOMAIN/", "malformed/")
EVERYTHING = ("nxdomain/", "dns-errors/", "malformed/")
SETS = 4  # of rights, and so sockets of the egress, that it knocks at
PAUSE_S = 0.3


class Keyring:
    """The keys of a run, in files of a folder: `file` is the broker's."""

    def __init__(
        self,
        folder: Path,
        random: Random,
        producers: Sequence[ProducerPlan],
        subscribers: Sequence[SubscriberPlan],
        rights: Rights,
        now: Callable[[], float],
    ) -> None:
        def new() -> str:
            return z85_encode(random.randbytes(KEY_OCTETS))

        self.file = folder / "keys.toml"
        self._folder = folder
        self._push = {each.name: (each.name,) for each in producers} | {PRIER: (f"{PRIER}-*",)}
        self._subscribe = {each.name: each.topics for each in subscribers}
        names = sorted({*self._push, *self._subscribe})
        broker = new()
        self.clients = {
            name: ClientKey(name=name, public=new(), secret=new(), broker=broker) for name in names
        }
        self._rights, self._now = rights, now
        self._versions = 0
        self.give(ALLOWED)
        own = own_key_path(self.file)
        own.touch(mode=0o600)
        own.write_text(f'public = "{broker}"\nsecret = "{new()}"\n')
        for name, key in self.clients.items():
            self.path(name).write_text(render_client_key(key))

    def give(self, topics: tuple[str, ...]) -> None:
        """Write the broker's file anew: the prier may have these topics. None: its key is revoked."""
        subscribe = self._subscribe | {PRIER: topics}
        clients = {
            name: Client(
                key=key.public, replay=True, push=self._push.get(name, ()), subscribe=subscribe.get(name, ())
            )
            for name, key in self.clients.items()
            if name != PRIER or topics
        }
        self._versions += 1
        self.file.write_text(render_keys(Keys(clients)))
        os.utime(self.file, (0, self._versions))  # no two within a tick of the file system's clock
        held = {each.key: Held(name, each.subscribe, each.push) for name, each in clients.items()}
        self._rights.change(self._now(), held)

    def lend(self, name: str) -> None:
        """Give the prier what another one may have."""
        self.give(self._subscribe[name])

    def path(self, name: str) -> Path:
        """The file of a client."""
        return self._folder / f"{name}.key"


class PrierProgram:
    """Pushes as another's sensor, subscribes to everything everywhere, and asks for what it may not have."""

    def __init__(
        self,
        network: Network,
        sizes: Sizes,
        at: Endpoints,
        frames: Sequence[tuple[str, Frame]],
        key: ClientKey,
    ) -> None:
        self._network = network
        self._sizes = sizes
        self._at = at
        self._frames = [frame for _, frame in frames]
        self._key = key

    def main(self, process: Process) -> None:
        def listener(endpoint: str) -> SimulatedSubscriber:
            end = SimulatedSubscriber(self._network, process, self._sizes, endpoint, EVERYTHING, self._key)
            process.on_death.append(end.died)
            return end

        host, _, _ = self._at.egress.rpartition(":")
        ends = [listener(each) for each in (self._at.egress, *(f"{host}:{5560 + n}" for n in range(SETS)))]
        pushing = SimulatedProducer(
            self._network, process, self._sizes, self._at.ingress, Stop.__new__(Stop), self._key
        )
        process.on_death.append(pushing.died)
        for number in count(1):
            batch = {"sensor": "ns0", "epoch": 1, "sequence": number, "count": len(self._frames), "held": 1}
            pushing.send(encode_batch(batch, self._frames))  # type: ignore[arg-type]
            for request in _requests(number):
                ends[0].request(self._at.replay, encode_request(request))
            until = self._network.timeline.now + PAUSE_S
            while (left := until - self._network.timeline.now) > 0:
                process.wait(left)
            process.step()
            for end in ends:
                _read(end)
            if ConnectionEvent.REFUSED in pushing.events():
                pushing.reopen()

    def end(self) -> None:
        """It does not end."""


def _read(end: SimulatedSubscriber) -> None:
    """All that has come, for it is the model that judges; who was refused tries again."""
    while end.receive() is not None or end.answer() is not None:
        pass
    if HandshakeEvent.UNKNOWN_KEY in end.events():
        end.renew()


def _requests(number: int) -> list[Request]:
    return [
        {
            "version": 1,
            "id": number,
            "ask": "range",
            "topic": BEYOND[number % len(BEYOND)],
            "epoch": 1,
            "first": 1,
            "last": 9,
        },
        {"version": 1, "id": number, "ask": "since", "topics": [*ALLOWED, *BEYOND], "time_ns": 1},
        {"version": 1, "id": number, "ask": "arrived", "sensor": "ns0", "epoch": 1},
    ]
