"""dnstap from files and from resolvers that connect: Frame Streams, the listener, the subcommand.

Not here: what a dnstap payload says (schemas/dnstap), and the way to the broker (pusher).
"""
