"""What one run is made of: a broker's settings, who pushes and who subscribes, and what goes wrong when.

All of it follows from the seed, and all of it is data, so that a run that fails can be made smaller.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

from nxcast.broker.intake import SLICE_FRAMES
from nxcast.transport.simulated.network import Sizes

__all__ = ["ACTION_S", "PRIER", "Blow", "ProducerPlan", "Schedule", "SubscriberPlan", "make_schedule"]

ACTION_S = 8.0  # seconds in which frames are pushed and all goes wrong that does
PUSHING_S = 6.0  # seconds that a producer takes at most, where nothing goes wrong
BLOWS = (10, 16)
TOPICS = (
    ("nxdomain/",),
    ("dns-errors/",),
    ("nxdomain/", "dns-errors/", "malformed/"),
    ("nxdomain/MX/", "dns-errors/SERVFAIL/"),
)
BROKER = "broker"
PRIER = "prier"

What = Literal[
    "kill",
    "power",
    "term",
    "stop",
    "stop and kill",
    "full",
    "slow",
    "cut",
    "half-open",
    "mute",
    "delay",
    "clock",
    "revoke",
    "lend",
]
# What befalls a broker, a client, and the way of a client, as often as it stands here.
TO_BROKER: tuple[What, ...] = (
    *("kill", "kill", "power", "power", "term", "stop", "stop and kill"),
    *("full", "slow", "clock", "clock"),
)
TO_CLIENT: tuple[What, ...] = ("kill", "kill", "term", "stop")
TO_LINK: tuple[What, ...] = ("cut", "cut", "half-open", "mute", "delay", "delay")
SECONDS: dict[What, tuple[float, float]] = {
    "kill": (0.0, 3.0),  # until it is started again, as the next
    "power": (0.0, 3.0),
    "term": (0.0, 3.0),
    "stop and kill": (0.0, 3.0),
    "stop": (0.1, 4.0),
    "full": (0.1, 4.0),  # the log takes nothing
    "slow": (0.1, 4.0),  # it is not synced
    "cut": (0.0, 0.0),
    "half-open": (-1.0, 1.0),  # below 0: the client is told
    "mute": (0.1, 7.0),
    "delay": (0.2, 3.0),
    "clock": (-90.0, 90.0),  # by how much the time of day is set
    "revoke": (0.5, 4.0),  # until the prier has its key again
    "lend": (0.5, 4.0),  # until it has its own rights again, and not those of another one
}
DELAY_S = 0.3  # seconds from process to process while a link is slow
STORIES = 0.5  # runs of which a subscriber has a story
POWER_STORIES = 0.25  # runs of which the broker's machine has one
KEYED = 0.08  # runs where the broker lets in keys only, and somebody tries what its key does not allow
KEY_CHANGES = (1, 4)  # times that the rights of the one who pries change there
HASTY = 0.1  # runs where the broker ends once producers have, whatever subscribers still lack
LARGE = 0.1  # runs whose batches are published in parts
PARTS_LOOK_S = 0.004  # of a turn of 20 ms: what came of a part is committed some parts later
STEPS_MAX = 60  # steps of a program until a blow strikes in the midst of them


@dataclass(frozen=True)
class ProducerPlan:
    """A sensor. A file waits and begins anew when it was killed; a live source goes on, and drops."""

    name: str
    kind: Literal["file", "live", "unacknowledged"]
    frames: int
    pause_s: float
    """Seconds from one burst to the next."""
    burst: int
    """Frames."""


@dataclass(frozen=True)
class SubscriberPlan:
    """A subscriber, which keeps its cursor in a file or begins where it joins."""

    name: str
    topics: tuple[str, ...]
    cursor: bool
    since_s: float | None
    slow_s: float
    """Seconds that it takes for a batch."""


@dataclass(frozen=True)
class Blow:
    """Something that goes wrong: `seconds` is how long, or by how much; see SECONDS."""

    at: float
    what: What
    whom: str
    seconds: float
    steps: int
    """So many steps later, in the midst of what a program does; 0: while it waits."""


@dataclass(frozen=True)
class Schedule:
    """One run."""

    seed: int
    broker: dict[str, Any]
    sizes: Sizes
    step_s: float
    """Seconds that a step of the broker takes: a slow machine is behind its producers."""
    producers: tuple[ProducerPlan, ...]
    subscribers: tuple[SubscriberPlan, ...]
    blows: tuple[Blow, ...] = field(default=())
    slice_frames: int = SLICE_FRAMES
    """Frames of a batch that the broker works off at a time, and publishes."""
    keyed: bool = False
    look_s: float = 0.0
    """Seconds that a look of the broker at its clock takes: so much CPU does a slice cost its sender."""
    hasty: bool = False
    """The broker ends for good once producers have, whatever subscribers still lack."""

    def __str__(self) -> str:
        machine = f"{self.step_s * 1000:.2f} ms a step, {self.slice_frames} frames a slice"
        machine += ", keys" * self.keyed + ", hasty" * self.hasty
        lines = [f"seed {self.seed}: {self.broker}, {self.sizes}, {machine}"]
        lines += [f"  {each}" for each in (*self.producers, *self.subscribers)]
        lines += [
            f"  {blow.at:6.2f} s {blow.what} {blow.whom} ({blow.seconds:.2f} s, {blow.steps} steps)"
            for blow in self.blows
        ]
        return "\n".join(lines)


def make_schedule(seed: int) -> Schedule:
    """The schedule of a seed."""
    random = Random(seed)
    broker = {
        "batch_records": random.choice((1, 4, 32)),
        "linger_ms": random.choice((0, 20, 20, 200)),
        "high_water_mark": random.choice((3, 20, 1000)),
        "log": random.choice(("none", "disk", "disk")),
        "log_bytes": random.choice((5_000, 100_000, 1 << 28)),
        "log_sync_ms": random.choice((5, 50, 400)),
    }
    sizes = Sizes(
        out=random.choice((2, 16)),
        ingress=random.choice((1, 4, 16)),
        egress=random.choice((2, 8, 1000)),
    )
    producers = tuple(_producer(random, f"ns{number}") for number in range(3))
    subscribers = tuple(
        SubscriberPlan(
            f"sub{number}",
            random.choice(TOPICS),
            random.random() < 0.7,
            random.choice((None, None, 3.0)),
            random.choice((0.0, 0.0, 0.05)),
        )
        for number in range(3)
    )
    clients = [each.name for each in producers] + [each.name for each in subscribers]
    links = [f"{each.name} ingress" for each in producers]
    links += [f"{each.name} egress" for each in subscribers]
    links += [f"{name} replay" for name in clients]
    blows = [_blow(random, clients, links) for _ in range(random.randint(*BLOWS))]
    if random.random() < STORIES:
        blows += _story(random, random.choice(subscribers).name)
    if random.random() < POWER_STORIES:
        blows += _power_story(random)
    made = Schedule(
        seed,
        broker,
        sizes,
        random.choice((0.00001, 0.00001, 0.0005, 0.005)),
        producers,
        subscribers,
        tuple(sorted(blows, key=lambda blow: blow.at)),
    )
    # Of their own: what was drawn of all other seeds stays.
    large, keyed = Random(f"{seed}-large"), Random(f"{seed}-keyed")
    if keyed.random() < KEYED:
        made = _keyed(keyed, made)
    made = replace(made, hasty=Random(f"{seed}-hasty").random() < HASTY)
    return _large(large, made) if large.random() < LARGE else made


def _keyed(random: Random, made: Schedule) -> Schedule:
    """Where the broker has keys, and who pries has one that is revoked, and given others' rights."""
    changes: list[Blow] = []
    for _ in range(random.randint(*KEY_CHANGES)):
        what: What = random.choice(("revoke", "lend"))
        whom = PRIER if what == "revoke" else random.choice(made.subscribers).name
        changes.append(Blow(random.uniform(0.5, ACTION_S), what, whom, random.uniform(*SECONDS[what]), 0))
    return replace(
        made,
        keyed=True,
        broker=made.broker | {"log": "disk"},
        blows=tuple(sorted([*made.blows, *changes], key=lambda blow: blow.at)),
    )


def _large(random: Random, made: Schedule) -> Schedule:
    """Batches of many parts, each of a frame or a few, and a broker and connections that die over them.

    Without the compiled kernel, which takes a batch as a whole.
    """
    producers = (replace(each, frames=random.randrange(60, 120), burst=30) for each in made.producers)
    kills = [
        Blow(random.uniform(0.5, 5), "kill", BROKER, random.uniform(0, 1), random.randrange(STEPS_MAX))
        for _ in range(2)
    ]
    cuts = [
        Blow(random.uniform(0.5, 6), "cut", f"{each.name} ingress", 0, 0)
        for each in made.producers
        for _ in range(2)
    ]
    return replace(
        made,
        broker=made.broker | {"compiled": False},
        look_s=PARTS_LOOK_S,
        producers=tuple(replace(each, pause_s=max(each.pause_s, 0.3)) for each in producers),
        blows=tuple(sorted([*made.blows, *kills, *cuts], key=lambda blow: blow.at)),
        slice_frames=random.choice((1, 4)),
    )


def _producer(random: Random, name: str) -> ProducerPlan:
    frames, pause_s = random.randrange(10, 90), random.choice((0.05, 0.3, 1.0))
    burst = random.choice((1, 5, 20))
    return ProducerPlan(
        name,
        random.choice(("file", "file", "live", "unacknowledged")),
        min(frames, int(PUSHING_S / pause_s * burst)),
        pause_s,
        burst,
    )


def _blow(random: Random, clients: list[str], links: list[str]) -> Blow:
    whats, whoms = random.choice(((TO_BROKER, [BROKER]), (TO_CLIENT, clients), (TO_LINK, links)))
    what = random.choice(whats)
    seconds = random.uniform(*SECONDS[what])
    steps = random.choice((0, random.randrange(STEPS_MAX)))
    return Blow(random.uniform(0.3, ACTION_S), what, random.choice(whoms), seconds, steps)


def _story(random: Random, name: str) -> list[Blow]:
    """A subscriber misses something, can't ask for it, and is killed or told to end while it waits."""
    at = random.uniform(0.5, ACTION_S - 3)
    misses: What = random.choice(("cut", "half-open", "stop"))
    ends: What = random.choice(("kill", "term"))
    steps = random.choice((0, random.randrange(STEPS_MAX)))
    return [
        Blow(at, misses, name if misses == "stop" else f"{name} egress", random.uniform(-1, 1), 0),
        Blow(at, "mute", f"{name} replay", random.uniform(2, 9), 0),
        Blow(at + random.uniform(1, 3), ends, name, random.uniform(0, 2), steps),
    ]


def _power_story(random: Random) -> list[Blow]:
    """The log is not synced for a while, and then the machine loses its power."""
    at, seconds = random.uniform(0.5, ACTION_S - 4), random.uniform(0.5, 3)
    return [
        Blow(at, "slow", BROKER, seconds + 1, 0),
        Blow(
            at + seconds,
            "power",
            BROKER,
            random.uniform(0, 1),
            random.choice((0, random.randrange(STEPS_MAX))),
        ),
    ]
