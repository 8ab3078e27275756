"""The broker: frames in over ZeroMQ, the channels out."""
