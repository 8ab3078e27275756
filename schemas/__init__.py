"""The contract between producers, broker and subscribers.

Frames come in, records go out: the pydantic models here are the one definition of both, and
docs/protocol.md is their description for other languages. Nothing here does I/O, and nothing here
imports another folder of nxcast.
"""
