"""The hot path: frames of a batch in, records packed by topic out.

Not here: counting, numbering, headers, sending, and whatever a peer did wrong with a message as a whole.
"""
