"""NMSG, Farsight's container format, and the payloads in it that say something of DNS.

Here: containers and their fragments, payloads to frames, the form of dnsqr, and numbers of containers.
Not here: files and sockets (producers/nmsg, consumers/keep), and what the broker makes of a container.
"""
