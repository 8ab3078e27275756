#!/bin/sh
# pdns-recursor 4.8.8-1+deb12u1 (Debian 12): 'rec_control top-queries', and 'top-remotes' beside it.
# Expected: 'the top-20 most active queries': what clients ask most, as top-remotes shows the clients that ask most.
#   A name that was asked for nine times comes before one that was asked for twice.
# Seen: only what the packet cache doesn't answer is counted, so each name once in the cache's life, however often it is
#   asked: nine and two questions are one each, while top-remotes has all eleven.
# Costs: the dead name that a broken client asks for a thousand times a second isn't at the top, names that are asked for once
#   are as high; top-remotes says who floods and top-queries doesn't say with what.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
dpkg-query -W pdns-recursor 2>/dev/null || untried "needs Debian's pdns-recursor"
cat >"$dir/recursor.conf" <<END
local-address=127.0.0.1
local-port=5447
socket-dir=$dir
auth-zones=example=$dir/zone
daemon=no
setuid=
setgid=
security-poll-suffix=
END
cat >"$dir/zone" <<'END'
$ORIGIN example.
@ 300 IN SOA ns host 1 7200 3600 1209600 300
@ 300 IN NS ns
ns 300 IN A 192.0.2.1
END
pdns_recursor --config-dir="$dir" >"$dir/log" 2>&1 &
server=$!
cat >"$dir/ask.py" <<'END'
import socket, sys, time

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(1)
client.connect(("127.0.0.1", 5447))

def ask(label):
    for _ in range(30):
        try:
            client.send(b"\0\1\1\0\0\1\0\0\0\0\0\0" + bytes([len(label)]) + label + b"\7example\0\0\1\0\1")
            return client.recv(512)[3] & 15
        except OSError:
            time.sleep(0.1)
    sys.exit(2)

ask(b"ns")
print(*{ask(b"often") for _ in range(9)} | {ask(b"twice") for _ in range(2)})
END
status=$(python3 "$dir/ask.py") || untried "the server doesn't start: $(tail -n 1 "$dir/log")"
[ "$status" = 3 ] || untried "the names aren't denied but answered with status $status"
rec_control --socket-dir="$dir" top-queries | grep example || untried "no name is shown"
names=$(rec_control --socket-dir="$dir" top-queries | sed -n 's/^Over last \([0-9]*\) .*/\1/p')
remotes=$(rec_control --socket-dir="$dir" top-remotes | sed -n 's/^Over last \([0-9]*\) .*/\1/p')
echo "of 12 questions, top-queries counts $names and top-remotes $remotes"
[ "$names $remotes" = "3 12" ] || { echo "changed: $names and $remotes"; exit 1; }
echo "a name that is asked for nine times counts as one that is asked for once"
