"""What a broker is made of that has a place outside: sockets, log, and what stands between, by its settings.

Its egress is sockets or a stream of NATS, its ingress a socket or a work queue that others share.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.outbox import Outbox
from nxcast.broker.egress import Egress
from nxcast.broker.intake import Intake
from nxcast.broker.log.interface import Log
from nxcast.broker.log.opening import OpenLog, open_stream
from nxcast.broker.publication import Publication
from nxcast.broker.rights.gate import Gate
from nxcast.broker.rights.key_files import own_key
from nxcast.broker.settings import Settings
from nxcast.broker.stream_egress import StreamEgress
from nxcast.broker.turns import Turns
from nxcast.process.ending import ProgramError
from nxcast.process.system_clock import Clock
from nxcast.transport.endpoints import is_nats
from nxcast.transport.ends import BrokerEnd, Endpoints, MakeBrokerEnd
from nxcast.transport.memory_shares import shares
from nxcast.transport.zeromq.broker_end import key_pair

if TYPE_CHECKING:
    from nxcast.broker.shared_work import WorkTurns

__all__ = ["Assembly", "bound", "shared"]


class Assembly(NamedTuple):
    """What the loop turns."""

    sockets: BrokerEnd
    turns: Turns | WorkTurns
    log: Log
    egress: Egress | StreamEgress
    outbox: Outbox
    publication: Publication


def shared(settings: Settings, intake: Intake, arrivals: Arrivals, now_ns: int) -> Assembly:
    """Take batches from a work queue, with others; raises StreamError."""
    from nxcast.broker.shared_work import share  # here: only who wants it needs nats-py

    made = share(settings.ingress, intake, arrivals, now_ns, _own_secret(settings), servers=settings.servers)
    egress = StreamEgress(made.publication.publish_status)
    return Assembly(made.end, made.turns, made.log, egress, made.outbox, made.publication)


def bound(
    settings: Settings,
    transport: MakeBrokerEnd,
    open_log: OpenLog,
    intake: Intake,
    arrivals: Arrivals,
    gate: Gate | None,
    clock: Clock,
) -> Assembly:
    """Take what comes to a socket; raises BindError, KeyFileError, LogError and StreamError."""
    now_ns, now_s = clock.time_ns(), clock.monotonic()
    secret = _own_secret(settings)
    sockets = transport(
        Endpoints(settings.ingress, settings.egress, settings.replay),
        high_water_mark=settings.high_water_mark,
        memory_max=settings.memory_max,
        secret=secret,
    )
    turns = Turns(
        sockets.message,
        intake,
        name=str if gate is None else gate.name,
        octets_max=shares(settings.memory_max).senders,
        cpu_s=time.thread_time if clock is time else clock.monotonic,
    )
    log: Log
    egress: Egress | StreamEgress
    try:
        if is_nats(settings.egress):
            stream = open_stream(settings, now_ns, secret)
            log, egress = stream, StreamEgress(stream.publish_status)
        else:
            egress = Egress(sockets, gate, settings.egress, settings.egress_ports)
            log = open_log(settings, now_ns, now_s)
        arrivals.restore(log.restored or ())
        log.begin(arrivals.state, now_ns)
    except ProgramError:
        sockets.close()
        raise
    outbox = Outbox(log.epoch, batch_records=settings.batch_records)
    publication = Publication(outbox, log, arrivals, egress.publish, linger_s=settings.linger_ms / 1000)
    return Assembly(sockets, turns, log, egress, outbox, publication)


def _own_secret(settings: Settings) -> str | None:
    """The secret key of the broker itself, None where there are no keys; raises KeyFileError."""
    return None if settings.keys is None else own_key(settings.keys, key_pair).secret
