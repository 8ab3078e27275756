"""A subscriber of the broker of the test."""

import pytest

from nxcast.consumers import Subscriber

LIMIT_S = 60  # a hard time-out for anything that a test waits for


@pytest.fixture
def subscribe(broker):
    """Subscribes, waits until the broker has seen it, and closes at the end of the test."""
    subscribers = []

    def start(*topics, **keywords):
        subscriber = Subscriber(*topics, **{"broker": broker.endpoint, "timeout": LIMIT_S, **keywords})
        subscribers.append(subscriber)
        broker.await_subscription()
        return subscriber

    yield start
    for subscriber in subscribers:
        subscriber.close()
