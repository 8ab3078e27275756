"""The walk of a newcomer: the commands that somebody types in the first week, on a terminal of 80x24.

`steps` lists them, `terminal` is what they are typed at, `python -m testbed.walk` walks and shows what
was seen. Not here: what a command does beyond its first screen (the tests of each).
"""
