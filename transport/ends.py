"""The ends that a transport has for a broker, a producer and a subscriber, as those who use them see them.

`transport/zeromq` has them over sockets; whoever makes a Broker, a Pusher or a Subscriber may hand it others.
An end is one thread's, decides nothing, and hands on what peers send as octets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from nxcast.process.ending import ProgramError
from nxcast.process.stop import Stop
from nxcast.schemas.curve import ClientKey
from nxcast.transport.endpoints import EGRESS

__all__ = [
    "BEYOND",
    "FLOODED",
    "MEMORY",
    "STALLED",
    "BindError",
    "BrokerEnd",
    "ConnectionEvent",
    "Cut",
    "Cuts",
    "Endpoints",
    "HandshakeEvent",
    "MakeBrokerEnd",
    "MakeProducerEnd",
    "MakeSubscriberEnd",
    "Octets",
    "Peer",
    "ProducerEnd",
    "Ready",
    "Received",
    "Said",
    "SubscriberEnd",
]


class BindError(ProgramError):
    """An endpoint that can't be bound; the text says which and why."""


class Endpoints(NamedTuple):
    """Where a broker is reached, with the port that a wildcard got."""

    ingress: str
    egress: str
    replay: str


class Ready(Enum):
    """What a broker's `wait` has found."""

    STOP = "a stop was asked for"
    KNOCK = "a client wants to come in"
    SUBSCRIPTION = "a subscriber said something"
    MESSAGE = "a producer sent something"
    REQUEST = "a client asked something"


Octets = bytes | memoryview


class Received(NamedTuple):
    """What a peer sent, and the User-Id of its connection: None without keys, or if libzmq itself says it.

    `sender` tells senders apart as well as can be: by key, without keys by connection, else not at all.
    Of more than PARTS_MAX parts there are as many, and one more. A large part is a view of what the transport
    has, so that one that is refused is never copied.
    """

    parts: Sequence[Octets]
    user_id: str | None
    sender: str = ""


class Said(NamedTuple):
    """What a subscriber said, \\1 or \\0 and a prefix or anything else, and the User-Id as in Received."""

    octets: bytes
    user_id: str | None
    socket: str = EGRESS  # by its name


PARTS_MAX = 64  # of a message that are handed on; ours have three
BEYOND, STALLED, MEMORY, FLOODED = "beyond", "stalled", "memory", "flooded"
"""Why a connection was cut off: there was no room for one more; it took nothing; it held what others need; it
was refused again and again, or sent or subscribed without end."""


class Cut(NamedTuple):
    """A connection that was cut off: of which socket, why, and whose: User-Id as in Received, and address."""

    socket: str
    why: str
    user_id: str | None
    address: str


Cuts = Counter[Cut]


class Peer(NamedTuple):
    """Who is connected to a socket, by kind: User-Id as in Received, None also where it has said nothing yet.

    `waiting`, octets: in our kernel for it, that its own has not acknowledged; at the ingress in our kernel
    of it. None where the system does not tell. What libzmq holds beyond that nobody can tell.
    """

    socket: str
    user_id: str | None
    address: str  # empty where it is no TCP
    age_s: float
    waiting: int | None
    stalled_s: float  # for how long it has taken less than a message, though something waits for it


class BrokerEnd(Protocol):
    """Frames in, messages out, requests answered; with keys, who may come in is asked."""

    @property
    def endpoints(self) -> Endpoints:
        """Where it is reached."""

    def wait(self, timeout_ms: int, *, messages: bool = True) -> set[Ready]:
        """Until something is there, or the time is over; without `messages` those of producers wait."""

    def stop(self) -> None:
        """Make `wait` find a stop, now or next; may be called from a signal handler or another thread."""

    def message(self) -> Received | None:
        """The next message of a producer, None where there is none."""

    @property
    def short(self) -> bool:
        """Whether memory is: what producers sent has to be read then, and refused where it is too much.

        Also where there is much waiting, and a little of somebody else behind it.
        """

    @property
    def waits(self) -> int:
        """How often so far a producer of large messages had to wait until there was memory for them."""

    def message_waits(self, timeout_ms: int) -> bool:
        """Whether there is one, or comes within this time."""

    def subscription(self) -> Said | None:
        """The next thing that a subscriber said, None where there is nothing."""

    def open_egress(self, name: str, endpoint: str) -> str:
        """With keys: one socket more of the egress, and where it is bound. Raises BindError."""

    def close_egress(self, name: str) -> None:
        """End it, and all its connections."""

    def publish(self, message: Sequence[bytes], sockets: Sequence[str] = (EGRESS,)) -> None:
        """Send a message to all that subscribe to its topic there; who is too far behind misses it."""

    def request(self) -> Received | None:
        """The next request, None where there is none; its first part says who asks."""

    def answer(self, parts: Sequence[bytes]) -> None:
        """Answer a request, the first part being that of the request; lost where there is no room for it."""

    def knock(self) -> list[bytes] | None:
        """The next question (ZAP) whether a client may come in; `admit` has to answer it."""

    def admit(self, reply: Sequence[bytes]) -> None:
        """Answer it."""

    def cut(self, name: str, whose: Callable[[str], bool]) -> None:
        """With keys: end the connections of a socket that have such a User-Id, or have sent nothing yet.

        Who may come in again does so by itself.
        """

    def cut_sender(self, sender: str) -> None:
        """End the connections of a sender of messages, by its name as Received has it: it floods."""

    def heard(self, name: str) -> set[str]:
        """With keys: the User-Ids of the connections of a socket that have said something."""

    def cuts(self, other_octets: int = 0) -> Cuts:
        """Who was cut off since the last call, for want of room or of taking anything, and how often.

        `other_octets` are those that the process has for other things than messages on their way.
        """

    def connections(self) -> dict[str, int]:
        """How many are connected to each."""

    def peers(self) -> list[Peer]:
        """Who they are, and what waits: some 30 µs for each."""

    def close(self) -> object:
        """Give up all endpoints; subscribers that are behind get two seconds for what is theirs."""


class ConnectionEvent(Enum):
    """What became of a producer's connection."""

    UP = "a broker is there"
    DOWN = "it went away"
    REFUSED = "it does not know our key"
    MOVED = "its name leads elsewhere, and what waited for it at the old address is lost"


class ProducerEnd(Protocol):
    """Batches to a broker, and questions about what has arrived."""

    accepted: bool  # something accepted a connection, a broker or not

    @property
    def unknown(self) -> str | None:
        """Why nothing is connected to: the name of the broker is not known; None where it is."""

    def open_asker(self, endpoint: str) -> None:
        """Connect anew to where questions go. Raises AddressError."""

    def close_asker(self) -> None:
        """Ask no more."""

    def reopen(self) -> None:
        """Begin anew, with nothing left of what waited."""

    def send(self, parts: Sequence[bytes]) -> bool:
        """Hand over a batch; false if there is no room."""

    def ask(self, request: bytes) -> None:
        """Send a request; where there is no room for it, it is lost."""

    def answers(self) -> Iterator[list[bytes]]:
        """The answers that have come, each as its parts."""

    def events(self) -> Iterator[ConnectionEvent]:
        """What has happened to the connection since."""

    def wait(self, timeout_ms: float, *, writable: bool) -> None:
        """Until there is room (if that is asked for), an answer, an event, a stop, or the time is over."""

    def see_out(self, *, patient: bool, linger_ms: int, beat: Callable[[], object]) -> bool:
        """End once all that waits has left, or a time is over; false if some of it has not left."""

    def close(self) -> None:
        """End at once; what waits is lost."""


class HandshakeEvent(Enum):
    """What became of a subscriber's handshake, and of the connection after it."""

    ACCEPTED = "done"
    ENDED = "the connection ended"
    UNKNOWN_KEY = "the broker does not know the key"
    FAILED = "one side has keys and the other has none, or another one, or there is no broker"


class SubscriberEnd(Protocol):
    """Messages from a broker, and requests for what is missing."""

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""

    @property
    def unknown(self) -> str | None:
        """Why nothing is connected to: the name of the broker is not known; None where it is."""

    def receive(self) -> list[bytes] | None:
        """The next message, if there is one."""

    def events(self) -> Iterator[HandshakeEvent]:
        """What has happened since."""

    def renew(self, own_egress: str | None = None) -> None:
        """Connect anew: to where the broker is, or to the client's own egress."""

    def open_requests(self, endpoint: str) -> None:
        """Connect to where requests go, if that is not done. Raises AddressError."""

    def close_requests(self) -> None:
        """Let go of that, and of what was asked there."""

    def request(self, endpoint: str, octets: bytes) -> None:
        """Send a request there; AddressError where that can't be done."""

    def answer(self) -> list[bytes] | None:
        """The next answer, if there is one."""

    def wait(self, seconds: float, *, answer: bool) -> None:
        """Until a message or an event may be there, with `answer` an answer instead, or the time is over."""

    async def wait_async(self, seconds: float, *, answer: bool) -> None:
        """The same for an event loop, which is never blocked."""

    def close(self) -> None:
        """End at once; harmless if done already."""


class MakeBrokerEnd(Protocol):
    """Binds these endpoints; raises BindError."""

    def __call__(
        self, endpoints: Endpoints, *, high_water_mark: int, memory_max: int, secret: str | None
    ) -> BrokerEnd: ...


MakeProducerEnd = Callable[[str, Stop, ClientKey | None], ProducerEnd]
"""To a broker's ingress; raises AddressError."""

MakeSubscriberEnd = Callable[[str, Sequence[str], ClientKey | None], SubscriberEnd]
"""To a broker's egress, with topics; raises AddressError."""
