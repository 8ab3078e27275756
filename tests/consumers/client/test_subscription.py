import pytest

from nxcast.consumers.client.subscription import TOPICS, checked_topic


@pytest.mark.parametrize(
    "topic", ["nxdomain/", "nxdomain/MX/", "dns-errors/OTHER/", "nxdomain/OTHER/", "answers/A/", "status/"]
)
def test_channels_and_their_topics_can_be_subscribed_to(topic):
    assert checked_topic(topic) == topic


@pytest.mark.parametrize(
    ("topic", "hint"),
    [
        ("nxdomain", "did you mean nxdomain/?"),
        ("nxdomain/mx", "did you mean nxdomain/MX/?"),
        ("nxdomain/M/", ""),
        ("dns-errors/NOERROR/", ""),
        ("", ""),
        ("\x1b[2J/", ""),
    ],
)
def test_what_would_never_match_is_refused(topic, hint):
    with pytest.raises(ValueError, match="no such topic") as caught:
        checked_topic(topic)
    assert hint in str(caught.value)
    assert "dns-errors/, nxdomain/, answers/, malformed/, servers/, status/" in str(caught.value)
    assert str(caught.value).isprintable()


def test_topics_are_about_as_many_as_the_contract_says():
    assert 215 <= len(TOPICS) <= 265
