"""One run: programs start, blows fall as the schedule says, then all heals and is held to what is promised.

After the action nothing goes wrong any more. Producers come to their end, subscribers catch up, the broker is
told to stop, and what the model has seen decides.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple
from unittest.mock import patch

from nxcast.broker import intake
from nxcast.broker.log import commit_log
from nxcast.broker.settings import Settings
from nxcast.consumers.client.repair import ANSWER_S
from nxcast.transport.simulated.network import LATENCY_S, Network
from nxcast.transport.simulated.timeline import Timeline
from testbed.simulation.model import Model, Reading
from testbed.simulation.processes import MachineClock, Process, SlowClock, take_turns
from testbed.simulation.programs import (
    AT,
    BrokerProgram,
    ProducerProgram,
    SubscriberProgram,
    expected_of,
    make_frames,
)
from testbed.simulation.prying import ALLOWED, Keyring, PrierProgram
from testbed.simulation.schedule import ACTION_S, BROKER, DELAY_S, PRIER, Blow, Schedule

__all__ = ["Outcome", "run"]

HEALING_S = 60.0  # seconds until all has come to its end; a side that has gone is noticed after 15
SETTLING_S = 2.0  # seconds until a log that was full has been tried again, and what waited is published
LOOK_S = 1.0
ROOMY = 1 << 24  # octets of a log: a run publishes a hundredth of that, of malformed/ a thousandth
STATUS_LATE_S = 3.0  # seconds without a status of a broker that is there
ENDING_S = 5.0  # seconds that a broker takes to stop: one to drain, two for subscribers that are behind
UNANSWERED_S = (
    3 * ANSWER_S
)  # until who asks for rights, a moment and what is missing knows that nobody answers
# Read once: it costs 4 ms, of the 100 that a run has.
SETTINGS = Settings(ingress=AT.ingress, egress=AT.egress, replay=AT.replay, insecure=True)
ROOM = 1000  # a high-water mark that no subscriber comes to in a run
STEPS_MAX = 2_000_000  # of one process: a run that has not ended by then goes round in circles

PRIED_FRAMES = 5  # of a batch that nobody may push

Program = BrokerProgram | ProducerProgram | SubscriberProgram | PrierProgram


class Outcome(NamedTuple):
    """What a run gave."""

    violations: list[str]
    published: int  # messages
    seconds: float  # of the run's own time
    steps: int  # of all processes, which tells two runs apart


class _World:
    def __init__(self, schedule: Schedule, folder: Path) -> None:
        self.schedule = schedule
        self._folder = folder
        self.timeline = Timeline(Random(schedule.seed))
        self.network = Network(self.timeline)
        self._expects: dict[str, tuple[str, ...]] = {}
        self.model = Model(lambda: self.timeline.now, self._expects)
        broker = dict(schedule.broker)
        self.model.keeps = broker["log"] == "disk"
        self.model.roomy = self.model.keeps and broker["log_bytes"] >= ROOMY
        if self.model.keeps:
            broker["log"] = str(folder / "log")
        self._keyring = (
            Keyring(
                folder,
                Random(schedule.seed),
                schedule.producers,
                schedule.subscribers,
                self.model.rights,
                self.model.now,
            )
            if schedule.keyed
            else None
        )
        if self._keyring is not None:
            broker |= {"keys": self._keyring.file, "insecure": False}
        self._settings = SETTINGS.model_copy(update=broker)
        self._clock = MachineClock(self.timeline)
        self._producers = {each.name: each for each in schedule.producers}
        self._subscribers = {each.name: each for each in schedule.subscribers}
        self.readings = {
            each.name: Reading(self.model, each.name, each.topics) for each in schedule.subscribers
        }
        self.pushed: dict[str, set[str]] = {each.name: set() for each in schedule.producers}
        self._lives: dict[str, int] = {}
        self.running: dict[str, tuple[Process, Program]] = {}
        self.processes: list[Process] = []
        self.programs: dict[str, list[Program]] = {}
        self.boot_id = folder / "boot_id"
        self._boots = 0
        self._boot()
        self._healed = False
        self._absent: set[Process] = set()  # that will be started again
        prier = (PRIER,) if schedule.keyed else ()
        for name in (BROKER, *self._producers, *self._subscribers, *prier):
            self._start(name)

    def run(self) -> None:
        for blow in self.schedule.blows:
            self.timeline.after(blow.at, partial(self._strike, blow))
        self._pass(ACTION_S)
        self._heal()
        self._pass(SETTLING_S)
        until = self.timeline.now + HEALING_S
        while not self._complete() and self.timeline.now < until and not self.model.violations:
            self._pass(LOOK_S)
        if not self.model.violations:
            self._judge_producers()
            for name in () if self.schedule.hasty else self._subscribers:
                self._judge_subscriber(name)
        if not self.model.violations:
            self._end_broker()

    def close(self) -> None:
        """End all processes."""
        for process in self.processes:
            process.kill()

    def _start(self, name: str) -> None:
        life = self._lives[name] = self._lives.get(name, -1) + 1
        program = self._program(name, life)
        process = Process(self.timeline, name, program.main)
        if name == BROKER:
            process.step_s = self.schedule.step_s
        self.processes.append(process)
        self.running[name] = (process, program)
        self.programs.setdefault(name, []).append(program)

    def _program(self, name: str, life: int) -> Program:
        sizes, keyring = self.schedule.sizes, self._keyring
        if name == BROKER:
            clock = SlowClock(self._clock, self.schedule.look_s) if self.schedule.look_s else self._clock
            return BrokerProgram(self.network, sizes, self._settings, clock, self.model)
        if name in self._subscribers:
            plan = self._subscribers[name]
            cursor = self._folder / name if plan.cursor else None
            path = None if keyring is None else keyring.path(name)
            return SubscriberProgram(
                self.network, sizes, plan, cursor, self._clock, self.readings[name], path
            )
        if name == PRIER:
            assert keyring is not None
            frames = make_frames(Random(self.schedule.seed), name, life, PRIED_FRAMES)
            self._expects.update({name: () for name, _ in frames})
            return PrierProgram(self.network, sizes, AT, frames, keyring.clients[name])
        source = self._producers[name]
        frames = make_frames(Random(f"{self.schedule.seed} {name} {life}"), name, life, source.frames)
        self._expects.update(expected_of(frames))
        key = None if keyring is None else keyring.clients[name]
        return ProducerProgram(self.network, sizes, source, frames, self._clock, self.pushed[name], key)

    def _strike(self, blow: Blow) -> None:
        if blow.whom in self.network.links:
            self._strike_link(blow)
        elif blow.whom in self.running:
            process, program = self.running[blow.whom]
            act = self._act(blow, process, program)
            if blow.steps:
                process.strike(blow.steps, act)
            else:
                act()

    def _act(self, blow: Blow, process: Process, program: Program) -> Callable[[], None]:
        match blow.what:
            case "kill":
                return partial(self._kill, blow, process)
            case "term":
                return partial(self._end, blow, process, program)
            case "stop and kill":
                return partial(self._stop_and_kill, blow, process)
            case "stop":
                return partial(process.stop, blow.seconds)
            case "power":
                return partial(self._lose_power, blow, process, program)
            case "full" | "slow":
                return partial(self._trouble_log, blow, program)
            case "revoke" | "lend":
                return partial(self._change_keys, blow)
            case _:
                return partial(self._set_clock, blow.seconds)

    def _kill(self, blow: Blow, process: Process) -> None:
        if not process.over and not self._healed:
            process.kill()
            self._away(blow, process)

    def _end(self, blow: Blow, process: Process, program: Program) -> None:
        if not process.over and not self._healed:
            program.end()
            self._away(blow, process)

    def _stop_and_kill(self, blow: Blow, process: Process) -> None:
        process.stop(blow.seconds + 1)
        self.timeline.after(blow.seconds, partial(self._kill, blow, process))

    def _lose_power(self, blow: Blow, process: Process, program: Program) -> None:
        if process.over or self._healed:
            return
        self._kill(blow, process)
        if isinstance(program, BrokerProgram) and program.log is not None:
            program.log.lose_power(self.timeline.random)
        self._boot()

    def _boot(self) -> None:
        """The machine of the broker starts: `boot_id` is another one from now on."""
        self._boots += 1
        self.boot_id.write_text(f"{self._boots}\n")

    def _trouble_log(self, blow: Blow, program: Program) -> None:
        if isinstance(program, BrokerProgram) and not self._healed:
            program.trouble_log(blow.what, self.timeline.now + blow.seconds)

    def _change_keys(self, blow: Blow) -> None:
        """The prier has no key, or what another one has, for a while."""
        keyring = self._keyring
        assert keyring is not None
        if blow.what == "revoke":
            keyring.give(())
        else:
            keyring.lend(blow.whom)
        self.timeline.after(blow.seconds, partial(keyring.give, ALLOWED))

    def _set_clock(self, seconds: float) -> None:
        self._clock.offset_s += seconds

    def _away(self, blow: Blow, process: Process) -> None:
        """It comes back after a while."""
        self._absent.add(process)
        self.timeline.after(blow.seconds, partial(self._start_again, blow.whom, process))

    def _start_again(self, name: str, process: Process) -> None:
        if self.running[name][0] is not process:
            return
        if process.over:
            self._absent.discard(process)
            self._start(name)
        else:
            self.timeline.after(0.1, partial(self._start_again, name, process))

    def _strike_link(self, blow: Blow) -> None:
        link = self.network.links[blow.whom]
        match blow.what:
            case "cut":
                link.cut()
            case "half-open":
                link.half_open(client_knows=blow.seconds < 0)
            case "mute":
                link.mute(silent=True)
                self.timeline.after(blow.seconds, partial(link.mute, silent=False))
            case _:
                link.latency_s = DELAY_S
                self.timeline.after(blow.seconds, partial(setattr, link, "latency_s", LATENCY_S))

    def _heal(self) -> None:
        self._healed = True
        for process, _ in self.running.values():
            process.strike(0, lambda: None)
        for link in self.network.links.values():
            link.mute(silent=False)
        _, broker = self.running[BROKER]
        assert isinstance(broker, BrokerProgram)
        broker.trouble_log("", 0.0)

    def _pass(self, seconds: float) -> None:
        """Let time pass, and look whether all is well meanwhile."""
        until = self.timeline.now + seconds
        while self.timeline.now < until:
            take_turns(self.timeline, min(self.timeline.now + LOOK_S, until))
            self._look()

    def _look(self) -> None:
        for name, (process, program) in self.running.items():
            if process.error is not None:
                raise process.error
            if process.steps > STEPS_MAX:
                self.model.violate(f"{name} goes round in circles")
            if isinstance(program, BrokerProgram):
                self._look_at_broker(process, program)

    def _look_at_broker(self, process: Process, program: BrokerProgram) -> None:
        now = self.timeline.now
        if process.over or process.resting or now - process.rested_at < STATUS_LATE_S:
            return
        if program.asked_to_end is not None:
            if now - max(program.asked_to_end, process.rested_at) > ENDING_S:
                self.model.violate("the broker does not end")
        elif now - program.epoch.status_at > STATUS_LATE_S:
            self.model.violate(f"no status for {now - program.epoch.status_at:.1f} s")

    def _complete(self) -> bool:
        """Whether producers have come to their end and, but in haste, subscribers know all there was."""
        broker, program = self.running[BROKER]
        if self._absent or broker.over or not isinstance(program, BrokerProgram) or not program.epoch.number:
            return False
        if self.timeline.now - broker.rested_at < STATUS_LATE_S:  # it was stopped, and may have more to say
            return False
        lacking = any(reading.missing(program.epoch) for reading in self.readings.values())
        return all(self.running[each.name][0].over for each in self.schedule.producers) and (
            self.schedule.hasty or not lacking
        )

    def _judge_producers(self) -> None:
        for plan in self.schedule.producers:
            for life in self.programs[plan.name]:
                assert isinstance(life, ProducerProgram)
                life.judge(self.model)
            if not self.running[plan.name][0].over:
                self.model.violate(f"{plan.name} does not come to its end")

    def _judge_subscriber(self, name: str) -> None:
        _, program = self.running[BROKER]
        assert isinstance(program, BrokerProgram)
        for text in self.readings[name].missing(program.epoch):
            self.model.violate(text)

    def _end_broker(self) -> None:
        process, program = self.running[BROKER]
        program.end()
        self._pass(ENDING_S + LOOK_S + (UNANSWERED_S if self.schedule.hasty else 0))
        if not process.over:
            self.model.violate("the broker does not end")
        for name in self._subscribers:
            _, subscriber = self.running[name]
            assert isinstance(subscriber, SubscriberProgram)
            self._judge_end(name, subscriber)

    def _judge_end(self, name: str, subscriber: SubscriberProgram) -> None:
        """Who has no room for the last messages, or for the last status, can ask nobody, and must say so."""
        if not subscriber.connected:
            return
        # One that was cut off may not be back, and with a key it may be asking what it may have.
        struck = any(blow.whom == f"{name} egress" for blow in self.schedule.blows)
        sure = not (struck or self.schedule.keyed or self.schedule.hasty)
        room = sure and self.schedule.broker["high_water_mark"] >= ROOM
        if not subscriber.unsettled:
            for text in self.readings[name].lacks():
                self.model.violate(text)
        elif room:
            self.model.violate(f"{name} has not got all of a broker that ended, though there was room")


def run(schedule: Schedule) -> Outcome:
    """Let a schedule happen."""
    log = logging.getLogger("nxcast")
    level = log.level
    log.setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="nxcast-simulation-", dir=_memory()))
    world = _World(schedule, folder)
    try:
        with (
            patch.object(commit_log, "BOOT", world.boot_id),
            patch.object(intake, "SLICE_FRAMES", schedule.slice_frames),
        ):
            world.run()
    except Exception as error:
        world.model.violate("".join(traceback.format_exception(error)))
    finally:
        world.close()
        shutil.rmtree(folder)
        log.setLevel(level)
    published = sum(
        len(messages) for epoch in world.model.epochs.values() for messages in epoch.published.values()
    )
    steps = sum(process.steps for process in world.processes)
    return Outcome(world.model.violations, published, world.timeline.now, steps)


def _memory() -> str | None:
    """A file system in memory, where there is one: cursors are synced again and again."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
