"""What running programs tell of themselves: log lines, and metrics and health over HTTP.

Broker, producers and consumers share it. It knows nothing of DNS or of the transport, and imports nothing
else of ours.
"""
