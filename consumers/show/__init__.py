"""Records for people and programs: tail and channels, text, JSON and CSV, filters, what is hidden.

Also the console that the subcommands share, and records read back from what was shown. Not here: what a
record means (questions), and the stream itself (client).
"""
