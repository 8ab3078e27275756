"""The wire as NATS JetStream: a stream of one server or three, in place of a broker's egress and its log.

Nothing else imports nats, which is installed where it is wanted (nats-py). Not here: what a message means,
and when a broker tells its producers that something has arrived.
"""
