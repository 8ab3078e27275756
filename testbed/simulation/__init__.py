"""`make simulate`: broker, producers and subscribers, their real loops, in one process and without real time.

What happens follows from a seed alone: `schedule` says what is run and what goes wrong, `world` lets it
happen, and `model`, what docs/protocol.md promises, decides after each run. Nothing here is product.
"""
