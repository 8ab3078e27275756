"""NMSG from files and ZeroMQ endpoints: the subcommand, and the framing of files.

Not here: what a container holds (schemas/nmsg).
"""
