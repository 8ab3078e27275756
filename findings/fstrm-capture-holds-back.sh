#!/bin/sh
# fstrm-bin 0.6.1-1 (Debian 12): fstrm_capture, the reference receiver of Frame Streams, as in most dnstap how-tos.
# Expected: what a server sends is in the file soon: fstrm_capture has no other task, and its start says nothing else.
# Seen: frames stay in the memory of fstrm_capture until some kilobytes have come, however long that takes; after that
#   the file ends within a frame. Killed, it takes them with it, and the sender was told nothing.
# Costs: behind a server with few answers, as NXDOMAIN only, 'tail'ing or copying the file shows hours-old data, or 42
#   octets; an out-of-memory kill or a power cut loses them all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
capture=
trap 'kill $capture 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W fstrm-bin 2>/dev/null || untried "needs Debian's package fstrm-bin"

fstrm_capture -t protobuf:dnstap.Dnstap -u "$dir/socket" -w "$dir/file" 2>"$dir/log" &
capture=$!
for try in 1 2 3 4 5 6 7 8 9 10; do [ -S "$dir/socket" ] && break; sleep 1; done
size=$(python3 - "$dir/socket" "$dir/file" <<'END'
import os, socket, struct, sys, time

def control(kind):
    content = b"protobuf:dnstap.Dnstap"
    body = struct.pack(">III", kind, 1, len(content)) + content
    return struct.pack(">II", 0, len(body)) + body

sender = socket.socket(socket.AF_UNIX)
sender.connect(sys.argv[1])
sender.sendall(control(4))  # READY; ACCEPT comes back
sender.recv(100)
sender.sendall(control(2))  # START
for _ in range(20):
    sender.sendall(struct.pack(">I", 100) + bytes(100))
time.sleep(10)
print(os.path.getsize(sys.argv[2]))
END
)
kill -9 $capture; wait $capture 2>/dev/null || true
left=$(fstrm_dump "$dir/file" 2>/dev/null | grep -c '"' || true)
echo "20 frames of 100 octets sent; octets in the file 10 s later: $size; lines of data after a kill: $left"
[ "$size" = 42 ] || { echo "changed: the file has $size octets"; exit 1; }
echo "10 s after 20 frames the file has a start frame alone"
