"""What all programs share as processes of a machine: how they are stopped, how they end, how far they are.

Below everything: it knows nothing of DNS or of the transport, and imports nothing else of ours.
"""
