#!/bin/sh
# pdns-recursor 4.8.8-1+deb12u1 (Debian 12): auth-noerror-answers and its siblings ('rec_control get-all', metrics for Prometheus, Carbon and
#   SNMP), after ten questions each whose server answers NXDOMAIN, fails, never answers, and can't be reached (port unreachable).
# Expected: 'Count of RCodes returned by authoritative servers': ten auth-nxdomain-answers, ten auth-servfail-answers, and none of any kind
#   for servers that returned nothing; these are outgoing-timeouts and unreachables, which there are ten each of.
# Seen: ten auth-noerror-answers for the servers that never answer, and ten for those that aren't there. The status of an answer is 0 until one has
#   come, and it is counted before it is looked at whether one has.
# Costs: the worse servers do, the more NOERROR they seem to give: below it is half of all answers, though none was right. The share of
#   failures falls while servers go down, and who takes NOERROR for names that resolve counts those that nobody could.
# The package is unpacked in the folder, not installed. Needs root, for a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download pdns-recursor=4.8.8-1+deb12u1 && dpkg -x pdns-recursor*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's pdns-recursor can't be had: $(tail -n 1 "$dir/log")"
ldd "$dir/usr/sbin/pdns_recursor" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"

cat >"$dir/server.py" <<'END'
"""Names below 'fails' fail, those below 'silent' have no answer, and others don't exist. It says when it is there."""
import pathlib, socket, sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5300))
pathlib.Path(sys.argv[1]).touch()
while True:
    query, client = server.recvfrom(4096)
    status = 2 if b"\5fails\0" in query else 3
    if b"\6silent\0" not in query:
        server.sendto(query[:2] + bytes([0x81, 0x80 | status]) + b"\0\1\0\0\0\0\0\0" + query[12:query.index(0, 12) + 5], client)
END
cat >"$dir/ask.py" <<'END'
"""Ten names below each, and what the counters have more."""
import socket, struct, subprocess, sys, time

asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(5)
NAMES = "auth-noerror-answers", "auth-nxdomain-answers", "auth-servfail-answers", "outgoing-timeouts", "unreachables"


def ask(name):
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    asker.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.1", 53))
    return asker.recv(4096)[3] & 15


def counters():
    folder = sys.argv[1]
    command = [f"{folder}/usr/bin/rec_control", f"--config-dir={folder}", f"--socket-dir={folder}", "get-all"]
    lines = dict(line.split("\t") for line in subprocess.check_output(command, text=True).splitlines())
    return [int(lines[name]) for name in NAMES]


for _ in range(50):
    try:
        ask("ready.gone")
        break
    except OSError:
        time.sleep(0.2)
ask("again.gone")
seen = None
while seen != (seen := counters()):
    time.sleep(1)  # its own questions, for the root's servers, are over
for zone in "gone", "fails", "silent", "closed":
    before = counters()
    status = {ask(f"name{number}.{zone}") for number in range(10)}
    more = (f"{name} {after - first}" for name, after, first in zip(NAMES, counters(), before) if after > first)
    print(f"{zone} {status}: {', '.join(more)}")
END
cat >"$dir/run.sh" <<'END'
# in a network of its own
dir=$1
ip link set lo up
python3 "$dir/server.py" "$dir/there" 2>"$dir/log" & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e "$dir/there" ] || sleep 1; done
"$dir/usr/sbin/pdns_recursor" --config-dir="$dir" --socket-dir="$dir" --daemon=no --local-address=127.0.0.1 --dont-query= --dnssec=off \
    --network-timeout=100 --setuid=0 --setgid=0 --threads=1 --serve-rfc1918=no \
    --security-poll-suffix= --forward-zones-recurse=.=127.0.0.1:5300,closed=127.0.0.1:5301 >>"$dir/log" 2>&1 & recursor=$!
trap 'kill $server $recursor; wait $recursor' EXIT
python3 "$dir/ask.py" "$dir" 2>>"$dir/log"
END
seen=$(unshare -n sh "$dir/run.sh" "$dir" 2>/dev/null) || untried "the recursor doesn't answer: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    "gone {3}: auth-nxdomain-answers 10
fails {2}: auth-servfail-answers 10
silent {2}: "*"outgoing-timeouts 10
closed {2}: "*"unreachables 10") ;;
    *) untried "other answers are counted";;
esac
[ "$(echo "$seen" | tail -n 2)" = "silent {2}: auth-noerror-answers 10, outgoing-timeouts 10
closed {2}: auth-noerror-answers 10, unreachables 10" ] || { echo "changed: the counts are others"; exit 1; }
echo "no answer is NOERROR"
