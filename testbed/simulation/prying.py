"""Keys for all who take part in a run, and one who tries with a key of its own what that does not allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from random import Random

from nxcast.broker.rights.key_files import own_key_path
from nxcast.process.stop import Stop
from nxcast.schemas.client_rights import Client, Keys, render_keys
from nxcast.schemas.curve import KEY_OCTETS, ClientKey, render_client_key, z85_encode
from nxcast.schemas.frames import Frame, encode_batch
from nxcast.schemas.requests import Request, decode_answer, encode_request
from nxcast.schemas.topics import STATUS
from nxcast.transport.ends import Endpoints
from nxcast.transport.simulated.network import Network
from nxcast.transport.simulated.simulated_ends import SimulatedProducer, SimulatedSubscriber, Sizes
from testbed.simulation.model import Model
from testbed.simulation.processes import Process
from testbed.simulation.schedule import ProducerPlan, SubscriberPlan

__all__ = ["PRIER", "Keyring", "PrierProgram"]

PRIER = "prier"
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
    ) -> None:
        def new() -> str:
            return z85_encode(random.randbytes(KEY_OCTETS))

        self.file = folder / "keys.toml"
        self._folder = folder
        push = {each.name: (each.name,) for each in producers} | {PRIER: (f"{PRIER}-*",)}
        subscribe = {each.name: each.topics for each in subscribers} | {PRIER: ALLOWED}
        names = sorted({*push, *subscribe})
        broker = new()
        self.clients = {
            name: ClientKey(name=name, public=new(), secret=new(), broker=broker) for name in names
        }
        known = {
            name: Client(
                key=self.clients[name].public,
                replay=True,
                push=push.get(name, ()),
                subscribe=subscribe.get(name, ()),
            )
            for name in names
        }
        self.file.write_text(render_keys(Keys(known)))
        own = own_key_path(self.file)
        own.touch(mode=0o600)
        own.write_text(f'public = "{broker}"\nsecret = "{new()}"\n')
        for name, key in self.clients.items():
            self.path(name).write_text(render_client_key(key))

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
        model: Model,
    ) -> None:
        self._network = network
        self._sizes = sizes
        self._at = at
        self._frames = [frame for _, frame in frames]
        self._key = key
        self._model = model

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
                while (message := end.receive()) is not None:
                    self._given(message[0].decode())
            while (answer := ends[0].answer()) is not None:
                self._answered(answer)

    def end(self) -> None:
        """It does not end."""

    def _given(self, topic: str) -> None:
        if not topic.startswith((*ALLOWED, STATUS)):
            self._model.violate(f"{PRIER} was given {topic}")

    def _answered(self, parts: Sequence[bytes]) -> None:
        header, _ = decode_answer(list(parts))
        if header["answer"] == "range" and header["topic"] in BEYOND:
            self._model.violate(f"{PRIER} was answered for {header['topic']}")
        if header["answer"] == "since" and set(header["topics"]) & set(BEYOND):
            self._model.violate(f"{PRIER} was answered where {', '.join(header['topics'])} are")
        if header["answer"] == "arrived":
            self._model.violate(f"{PRIER} was told what of ns0 has arrived")


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
