"""Lists and rules of names that show, keep and questions share: suffixes, blocklists, services. All pure.

Imports nothing else of consumers. Not here: lists that users write (questions/loop/lists).
"""
