"""What is asked of the channels, a folder a question, and in loop/ the frame that they share.

Not here: lists of names that others need too (names).
"""
