"""The states of a producer, and the tables of what changes them.

Four things go on side by side, each with a table of its own: whether its source is open, whether a broker is
there, whether that tells what has arrived, and whether there is room for what a live source gives. What
follows from a state is decided in `delivery`.
"""

from __future__ import annotations

from enum import Enum

__all__ = [
    "ACKNOWLEDGEMENT",
    "PRESENCE",
    "ROOM",
    "SOURCE",
    "Acknowledgement",
    "AcknowledgementEvent",
    "Presence",
    "PresenceEvent",
    "Room",
    "RoomEvent",
    "Source",
    "SourceEvent",
]


class Source(Enum):
    """Whether the source gives anything."""

    CREATED = "it is not open yet, so no broker is waited for"
    OPEN = "a broker is waited for, and frames come"
    ENDED = "what waits is handed over"


class SourceEvent(Enum):
    """What becomes of a source."""

    OPEN = "it is open, perhaps anew, as the next file is"
    END = "it has no more, or a stop came"


SOURCE = {
    (Source.CREATED, SourceEvent.OPEN): Source.OPEN,
    (Source.OPEN, SourceEvent.OPEN): Source.OPEN,
    (Source.CREATED, SourceEvent.END): Source.ENDED,
    (Source.OPEN, SourceEvent.END): Source.ENDED,
}


class Presence(Enum):
    """Whether a broker is there. All comes from outside, so each event may come in each state but one."""

    NOT_YET = "none has been there"
    UP = "one is"
    AWAY = "none is, as people were told"
    REFUSED = "one is that does not know our key"


class PresenceEvent(Enum):
    """What became of a connection."""

    UP = "a broker let us in"
    DOWN = "the connection ended"
    REFUSAL = "our key is not known"
    MOVED = "the broker's name leads elsewhere"
    NOBODY = "none came in time, and a live source goes on without"


PRESENCE = {
    (Presence.NOT_YET, PresenceEvent.UP): Presence.UP,
    (Presence.UP, PresenceEvent.UP): Presence.UP,
    (Presence.AWAY, PresenceEvent.UP): Presence.UP,
    (Presence.REFUSED, PresenceEvent.UP): Presence.UP,
    (Presence.UP, PresenceEvent.DOWN): Presence.AWAY,
    (Presence.REFUSED, PresenceEvent.DOWN): Presence.AWAY,
    (Presence.NOT_YET, PresenceEvent.REFUSAL): Presence.REFUSED,
    (Presence.UP, PresenceEvent.REFUSAL): Presence.REFUSED,
    (Presence.AWAY, PresenceEvent.REFUSAL): Presence.REFUSED,
    (Presence.REFUSED, PresenceEvent.REFUSAL): Presence.REFUSED,
    (Presence.NOT_YET, PresenceEvent.MOVED): Presence.NOT_YET,
    (Presence.AWAY, PresenceEvent.MOVED): Presence.AWAY,
    (Presence.REFUSED, PresenceEvent.MOVED): Presence.AWAY,
    (Presence.NOT_YET, PresenceEvent.NOBODY): Presence.AWAY,
    (Presence.AWAY, PresenceEvent.NOBODY): Presence.AWAY,
}


class Acknowledgement(Enum):
    """Whether the broker tells what has arrived. Batches are kept in all states but OFF and UNANSWERED."""

    OFF = "there is nobody to ask"
    ASKING = "it is asked, and has not answered yet"
    ANSWERING = "it answers"
    MUTE = "it did, and has not for a while: it is waited for, as people were told"
    DENIED = "our key may not push as this sensor, so nothing arrives, as people were told"
    UNANSWERED = "nobody answers, or about others only: nothing is kept, as people were told"
    ASKING_AGAIN = "as ASKING, but nobody answered on a connection before"


class AcknowledgementEvent(Enum):
    """What comes of asking."""

    CONNECTION = "a connection begins: it may be another broker"
    ANSWER = "it told what has arrived"
    REFUSAL = "it told that our key may not push as this sensor"
    SILENCE = "it has not answered for too long"
    ABOUT_OTHERS = "what was sent twice is given up, and nothing was ever acknowledged"


ACKNOWLEDGEMENT = {
    (Acknowledgement.OFF, AcknowledgementEvent.CONNECTION): Acknowledgement.OFF,
    (Acknowledgement.ASKING, AcknowledgementEvent.CONNECTION): Acknowledgement.ASKING,
    (Acknowledgement.ANSWERING, AcknowledgementEvent.CONNECTION): Acknowledgement.ANSWERING,
    (Acknowledgement.MUTE, AcknowledgementEvent.CONNECTION): Acknowledgement.MUTE,
    (Acknowledgement.DENIED, AcknowledgementEvent.CONNECTION): Acknowledgement.DENIED,
    (Acknowledgement.UNANSWERED, AcknowledgementEvent.CONNECTION): Acknowledgement.ASKING_AGAIN,
    (Acknowledgement.ASKING_AGAIN, AcknowledgementEvent.CONNECTION): Acknowledgement.ASKING_AGAIN,
    (Acknowledgement.ASKING, AcknowledgementEvent.ANSWER): Acknowledgement.ANSWERING,
    (Acknowledgement.ANSWERING, AcknowledgementEvent.ANSWER): Acknowledgement.ANSWERING,
    (Acknowledgement.MUTE, AcknowledgementEvent.ANSWER): Acknowledgement.ANSWERING,
    (Acknowledgement.DENIED, AcknowledgementEvent.ANSWER): Acknowledgement.ANSWERING,
    (Acknowledgement.UNANSWERED, AcknowledgementEvent.ANSWER): Acknowledgement.ANSWERING,
    (Acknowledgement.ASKING_AGAIN, AcknowledgementEvent.ANSWER): Acknowledgement.ANSWERING,
    (Acknowledgement.ASKING, AcknowledgementEvent.REFUSAL): Acknowledgement.DENIED,
    (Acknowledgement.ANSWERING, AcknowledgementEvent.REFUSAL): Acknowledgement.DENIED,
    (Acknowledgement.MUTE, AcknowledgementEvent.REFUSAL): Acknowledgement.DENIED,
    (Acknowledgement.DENIED, AcknowledgementEvent.REFUSAL): Acknowledgement.DENIED,
    (Acknowledgement.UNANSWERED, AcknowledgementEvent.REFUSAL): Acknowledgement.DENIED,
    (Acknowledgement.ASKING_AGAIN, AcknowledgementEvent.REFUSAL): Acknowledgement.DENIED,
    (Acknowledgement.ASKING, AcknowledgementEvent.SILENCE): Acknowledgement.UNANSWERED,
    (Acknowledgement.ANSWERING, AcknowledgementEvent.SILENCE): Acknowledgement.MUTE,
    (Acknowledgement.MUTE, AcknowledgementEvent.SILENCE): Acknowledgement.MUTE,
    (Acknowledgement.DENIED, AcknowledgementEvent.SILENCE): Acknowledgement.DENIED,
    (Acknowledgement.ASKING_AGAIN, AcknowledgementEvent.SILENCE): Acknowledgement.UNANSWERED,
    (Acknowledgement.ANSWERING, AcknowledgementEvent.ABOUT_OTHERS): Acknowledgement.UNANSWERED,
}


class Room(Enum):
    """Whether there is room for what a live source gives."""

    FREE = "there is, or it is waited for"
    BEHIND = "there was none in time: what finds none is dropped at once, as people were told"


class RoomEvent(Enum):
    """What became of a batch."""

    NONE_IN_TIME = "it found no room in time"
    FOUND = "it found room"


ROOM = {
    (Room.FREE, RoomEvent.FOUND): Room.FREE,
    (Room.FREE, RoomEvent.NONE_IN_TIME): Room.BEHIND,
    (Room.BEHIND, RoomEvent.NONE_IN_TIME): Room.BEHIND,
    (Room.BEHIND, RoomEvent.FOUND): Room.FREE,
}
