"""A network that exists in one process only, with a time of its own: for whoever wants to see what the loops
of broker, producer and subscriber do when everything goes wrong, again and again in the same order.

What libzmq and TCP do is reckoned as far as our programs can tell: queues that are full, connections that
end, are delayed or only half there, messages that a dead process took along. No socket, thread or clock here.
"""
