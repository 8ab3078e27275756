#!/bin/sh
# pyzmq 27.2.0 with libzmq 4.3.5: connect() to ports that no TCP has.
# Expected: connect("tcp://127.0.0.1:70000") and port 0 are refused with EINVAL, as "tcp://127.0.0.1" and
#   "tcp://127.0.0.1:y" are, since the call checks the form of an endpoint before it returns.
# Seen: it returns as with a good one. Nothing is ever connected, and nobody is told but a socket monitor.
# Costs: a digit too many in a configuration is a program that starts, runs and gets or gives nothing.
set -eu
untried() { echo "not tried: $*"; exit 2; }
command -v python3 >/dev/null || untried "needs python3"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" install --quiet pyzmq==27.2.0 || untried "no pyzmq 27.2.0"

told=$("$dir/venv/bin/python" - <<'PYTHON'
import zmq


def says(endpoint):
    with zmq.Context() as context, context.socket(zmq.PUSH) as push:
        push.linger = 0
        try:
            push.connect(endpoint)
        except zmq.ZMQError:
            return "refused"
        return "accepted"


print(*(says(f"tcp://127.0.0.1{place}") for place in (":5555", "", ":y", ":0", ":70000")))
PYTHON
)
echo "port 5555, none, y, 0, 70000: $told"
case $told in
    "accepted refused refused accepted accepted") ;;
    "accepted refused refused "*) echo "changed: a port that is none is told"; exit 1 ;;
    *) untried "connect() says otherwise of plain endpoints" ;;
esac
echo "connect() takes port 70000 without a word."
