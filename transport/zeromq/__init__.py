"""The wire as ZeroMQ: a module for each end, and what their sockets have in common.

Nothing else imports zmq. Not here: endpoints as text (transport/endpoints), who may come in (broker/rights).
"""
