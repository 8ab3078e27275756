"""What a service imports: the subscriber, its events, and the account of what is missing.

Imports nothing else of consumers. Not here: how records are shown, kept or judged.
"""
