"""The lab: a real resolver that asks real authoritative servers on loopback, and a capture made with it."""
