"""Responses out of packets: capture files, pipes, and live interfaces."""
