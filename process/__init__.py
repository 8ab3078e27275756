"""What all programs share as processes of a machine: how they are stopped, and what ends them.

Below everything: it knows nothing of DNS or of the transport, and imports nothing else of ours.
"""
