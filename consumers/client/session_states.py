"""The states of a subscriber, and the tables of what changes them.

Six things go on side by side, each with a table of its own: how far it has joined the stream, whether it
knows what its key allows, whether anything is heard of the broker, whether what it published is told, whether
it lets us in, and whether a request to its store is out. What follows from a state is decided in `session`
and `repair`.
"""

from __future__ import annotations

from enum import Enum

__all__ = [
    "ADMISSION",
    "EXCHANGE",
    "HEARING",
    "JOINING",
    "RIGHTS",
    "TELLING",
    "Admission",
    "AdmissionEvent",
    "Exchange",
    "ExchangeEvent",
    "Hearing",
    "HearingEvent",
    "Joining",
    "JoiningEvent",
    "Rights",
    "RightsEvent",
    "Telling",
    "TellingEvent",
]


class Joining(Enum):
    """How far the stream is joined. Before the first status a loss can't be told from what came before."""

    LIVE = "each topic begins with the first message that comes"
    SINCE = "the next status's broker is asked where `since` is; messages are passed over"
    PLACED = "it is known where to begin, or that nobody can tell; messages before a status are passed over"
    JOINED = "a status came: all subscriptions are in force, and each loss shows"


class JoiningEvent(Enum):
    """What joins a stream."""

    PLACE = "where `since` is was answered, or won't be"
    OTHER_EPOCH = "the answer is of another broker than the status"
    STATUS = "a status was accounted for"


JOINING = {
    (Joining.SINCE, JoiningEvent.OTHER_EPOCH): Joining.SINCE,
    (Joining.SINCE, JoiningEvent.PLACE): Joining.PLACED,
    (Joining.LIVE, JoiningEvent.STATUS): Joining.JOINED,
    (Joining.PLACED, JoiningEvent.STATUS): Joining.JOINED,
    (Joining.JOINED, JoiningEvent.STATUS): Joining.JOINED,
}


class Rights(Enum):
    """Whether we know what our key allows. It is asked before a status is accounted for."""

    KEYLESS = "there is no key: all is allowed, or nothing"
    DUE = "to be asked with the next status"
    ASKED = "asked; the status waits for the answer"
    KNOWN = "the broker told"
    ASSUMED = "it did not tell: as far as we know all is allowed"


class RightsEvent(Enum):
    """What changes that. After a request that is refused `repair` asks by itself."""

    HANDSHAKE = "a connection is made: the broker, or its keys, may be others"
    REQUEST = "they are asked for"
    ANSWER = "they were told"
    NO_ANSWER = "they were not"


RIGHTS = {
    (Rights.KEYLESS, RightsEvent.HANDSHAKE): Rights.KEYLESS,
    (Rights.DUE, RightsEvent.HANDSHAKE): Rights.DUE,
    (Rights.ASKED, RightsEvent.HANDSHAKE): Rights.DUE,
    (Rights.KNOWN, RightsEvent.HANDSHAKE): Rights.DUE,
    (Rights.ASSUMED, RightsEvent.HANDSHAKE): Rights.DUE,
    (Rights.DUE, RightsEvent.REQUEST): Rights.ASKED,
    (Rights.KEYLESS, RightsEvent.ANSWER): Rights.KEYLESS,
    (Rights.DUE, RightsEvent.ANSWER): Rights.DUE,
    (Rights.ASKED, RightsEvent.ANSWER): Rights.KNOWN,
    (Rights.KNOWN, RightsEvent.ANSWER): Rights.KNOWN,
    (Rights.ASSUMED, RightsEvent.ANSWER): Rights.KNOWN,
    (Rights.KEYLESS, RightsEvent.NO_ANSWER): Rights.KEYLESS,
    (Rights.DUE, RightsEvent.NO_ANSWER): Rights.DUE,
    (Rights.ASKED, RightsEvent.NO_ANSWER): Rights.ASSUMED,
    (Rights.KNOWN, RightsEvent.NO_ANSWER): Rights.KNOWN,
    (Rights.ASSUMED, RightsEvent.NO_ANSWER): Rights.ASSUMED,
}


class Hearing(Enum):
    """Whether the broker is heard; a status comes each second."""

    HEARD = "something came not long ago, or could not come before"
    SILENT = "nothing has come for a while, which was told"


class HearingEvent(Enum):
    """What begins and ends a silence."""

    QUIET = "nothing came for too long"
    MESSAGE = "a message came after all"
    HANDSHAKE = "with a key only now there is something to be heard"


HEARING = {
    (Hearing.HEARD, HearingEvent.QUIET): Hearing.SILENT,
    (Hearing.SILENT, HearingEvent.MESSAGE): Hearing.HEARD,
    (Hearing.HEARD, HearingEvent.HANDSHAKE): Hearing.HEARD,
    (Hearing.SILENT, HearingEvent.HANDSHAKE): Hearing.HEARD,
}


class Telling(Enum):
    """Whether the broker tells how much it published, so that nothing of it is missing unseen."""

    COUNTED = "it is there: the status of each second tells what is missing"
    AWAITED = "it was away or silent: the next status tells what is missing since"
    AWAY = "its connection ended, and nothing tells what it published after what we have"
    ENDED = "it told its last: nothing can be missing that was not told"


class TellingEvent(Enum):
    """What changes that."""

    STATUS = "a status was accounted for"
    LAST_STATUS = "so was the one that a broker ends with"
    QUIET = "nothing came for too long"
    GONE = "the connection ended; what it brought may still be read"
    HANDSHAKE = "a connection is made"
    OTHER_EPOCH = "a message came of another epoch than the status before"


TELLING = {
    (Telling.COUNTED, TellingEvent.STATUS): Telling.COUNTED,
    (Telling.AWAITED, TellingEvent.STATUS): Telling.COUNTED,
    (Telling.AWAY, TellingEvent.STATUS): Telling.AWAY,
    (Telling.ENDED, TellingEvent.STATUS): Telling.COUNTED,
    (Telling.COUNTED, TellingEvent.LAST_STATUS): Telling.ENDED,
    (Telling.AWAITED, TellingEvent.LAST_STATUS): Telling.ENDED,
    (Telling.AWAY, TellingEvent.LAST_STATUS): Telling.ENDED,
    (Telling.ENDED, TellingEvent.LAST_STATUS): Telling.ENDED,
    (Telling.COUNTED, TellingEvent.QUIET): Telling.AWAITED,
    (Telling.AWAITED, TellingEvent.QUIET): Telling.AWAITED,
    (Telling.AWAY, TellingEvent.QUIET): Telling.AWAY,
    (Telling.ENDED, TellingEvent.QUIET): Telling.ENDED,
    (Telling.COUNTED, TellingEvent.GONE): Telling.AWAY,
    (Telling.AWAITED, TellingEvent.GONE): Telling.AWAY,
    (Telling.AWAY, TellingEvent.GONE): Telling.AWAY,
    (Telling.ENDED, TellingEvent.GONE): Telling.ENDED,
    (Telling.COUNTED, TellingEvent.HANDSHAKE): Telling.COUNTED,
    (Telling.AWAITED, TellingEvent.HANDSHAKE): Telling.AWAITED,
    (Telling.AWAY, TellingEvent.HANDSHAKE): Telling.AWAITED,
    (Telling.ENDED, TellingEvent.HANDSHAKE): Telling.AWAITED,
    (Telling.COUNTED, TellingEvent.OTHER_EPOCH): Telling.COUNTED,
    (Telling.AWAITED, TellingEvent.OTHER_EPOCH): Telling.AWAITED,
    (Telling.AWAY, TellingEvent.OTHER_EPOCH): Telling.AWAY,
    (Telling.ENDED, TellingEvent.OTHER_EPOCH): Telling.AWAITED,
}


class Admission(Enum):
    """Whether the broker lets us in."""

    AWAITED = "no handshake has ended yet"
    ADMITTED = "it let us in"
    REFUSED = "it does not, or allows nothing of what we want; why was told"


class AdmissionEvent(Enum):
    """What a handshake, or an answer about rights, tells."""

    HANDSHAKE = "it was done"
    REFUSAL = "it failed, or nothing is allowed"


ADMISSION = {
    (Admission.AWAITED, AdmissionEvent.HANDSHAKE): Admission.ADMITTED,
    (Admission.ADMITTED, AdmissionEvent.HANDSHAKE): Admission.ADMITTED,
    (Admission.REFUSED, AdmissionEvent.HANDSHAKE): Admission.ADMITTED,
    (Admission.AWAITED, AdmissionEvent.REFUSAL): Admission.REFUSED,
    (Admission.ADMITTED, AdmissionEvent.REFUSAL): Admission.REFUSED,
    (Admission.REFUSED, AdmissionEvent.REFUSAL): Admission.REFUSED,
}


class Exchange(Enum):
    """Whether a request to the broker's store is out; there is one at a time."""

    READY = "the next may be sent"
    AWAITING = "one is out, and goes out again now and then until its answer is overdue"
    PAUSED = "no try was answered, and what would be asked is given up, since each wait holds up the stream"


class ExchangeEvent(Enum):
    """What becomes of requests."""

    REQUEST = "one is sent, the first time or again"
    ANSWER = "its answer came, good or bad"
    UNSENDABLE = "there is nowhere to send it to"
    OVERDUE = "its answer did not come in time, nor after that"
    FORGONE = "its answer did not come in time, and can be done without"
    RESUME = "the pause is over, the answer came after all, or it may be another broker by now"


EXCHANGE = {
    (Exchange.READY, ExchangeEvent.REQUEST): Exchange.AWAITING,
    (Exchange.AWAITING, ExchangeEvent.REQUEST): Exchange.AWAITING,
    (Exchange.AWAITING, ExchangeEvent.ANSWER): Exchange.READY,
    (Exchange.AWAITING, ExchangeEvent.UNSENDABLE): Exchange.READY,
    (Exchange.AWAITING, ExchangeEvent.OVERDUE): Exchange.PAUSED,
    (Exchange.AWAITING, ExchangeEvent.FORGONE): Exchange.READY,
    (Exchange.READY, ExchangeEvent.RESUME): Exchange.READY,
    (Exchange.AWAITING, ExchangeEvent.RESUME): Exchange.AWAITING,
    (Exchange.PAUSED, ExchangeEvent.RESUME): Exchange.READY,
}
