"""What the page says of a broker that was there."""

from nxcast.consumers.page.state_words import StateWords
from tests.consumers.conftest import status

SECOND_NS = 1_000_000_000


def test_a_broker_that_was_stopped_is_told_from_one_that_is_silent():
    words = StateWords("tcp://192.0.2.1:5556", 0)
    words.status(status(), 0)
    assert words.words(SECOND_NS).word == "live"
    silent = words.words(30 * SECOND_NS)
    assert silent.text == "the broker at tcp://192.0.2.1:5556 has been silent for 30 s: below is what was"
    words.status(status(ended=True), 40 * SECOND_NS)
    stopped = words.words(41 * SECOND_NS)
    assert stopped.text == "the broker at tcp://192.0.2.1:5556 was stopped 1 s ago: below is what was"
    assert stopped.word == silent.word == "silent"
    words.status(status(epoch=2), 42 * SECOND_NS)
    assert words.words(43 * SECOND_NS).word == "live"
