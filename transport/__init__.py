"""How messages travel between programs: sockets and endpoints. Only this room knows a wire.

Programs say what they want in words of the field: ingress (frames in), egress (messages out), replay
(requests answered). What a message means is not known here, nor is any program: keys, limits and endpoints
are passed in.
"""
