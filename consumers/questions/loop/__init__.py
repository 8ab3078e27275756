"""What the consumers that answer a question share: findings, feeds, lists, bounded memory, state, reports.

A question is a class that is pure (records in, findings out; see `findings.Question`) and a few lines that
name its options (`command.add_question`, `command.answer`). Everything else stands here, once.
"""
