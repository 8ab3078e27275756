"""Hostile input: functions that take any octets, and programs that look for octets which break them."""
