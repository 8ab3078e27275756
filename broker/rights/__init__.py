"""Who may come in at a broker, and what each may do: gate, keys, key files, ZAP.

Not here: sockets (they ask the gate), and what becomes of what was let in.
"""
