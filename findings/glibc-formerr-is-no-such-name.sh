#!/bin/sh
# glibc 2.36-9+deb12u14 (libc6, Debian 12): getaddrinfo, as every program calls it, for a name whose question the
# resolver fails.
# Expected: only an NXDOMAIN is 'Name or service not known' (EAI_NONAME), which programs take as final; other statuses
#   say nothing of the name and are 'Temporary failure' (EAI_AGAIN), as SERVFAIL, REFUSED and NOTIMP are.
# Seen: FORMERR is EAI_NONAME too, and it is the only one that isn't asked a second time.
# Costs: one old or broken server that doesn't read a question makes mail bounce at once instead of waiting, and makes
#   clients say that a name does not exist that no NXDOMAIN was ever sent for: nobody finds it in NXDOMAIN data.
# Needs root, for a resolv.conf of its own in a mount namespace and port 53 of 127.0.0.153.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
dpkg-query -W libc6 2>/dev/null || untried "needs Debian's glibc"
unshare -m true 2>/dev/null || untried "needs root and mount namespaces"

cat >"$dir/try.py" <<'END'
"""A resolver that answers with the status that the name's first letter stands for, and what getaddrinfo makes of it."""
import collections, socket, sys, threading

CODES = {"1": "FORMERR", "2": "SERVFAIL", "3": "NXDOMAIN", "4": "NOTIMP", "5": "REFUSED"}
asked = collections.Counter()
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.153", 53))

def serve():
    while True:
        query, client = server.recvfrom(512)
        code = query[13] - ord("0")
        asked[str(code)] += 1
        server.sendto(query[:2] + bytes([0x81, 0x80 | code]) + query[4:], client)

threading.Thread(target=serve, daemon=True).start()
outcome = {}
for code, status in CODES.items():
    try:
        socket.getaddrinfo(f"{code}.example.", 25)
    except socket.gaierror as error:
        outcome[status] = "EAI_NONAME" if error.errno == socket.EAI_NONAME else "EAI_AGAIN" \
            if error.errno == socket.EAI_AGAIN else error.strerror
        print(f"{status}: {error.strerror}, after {asked[code]} questions")
if not outcome or outcome["NXDOMAIN"] != "EAI_NONAME":
    sys.exit(print("not tried: getaddrinfo does not ask the server") or 2)
if outcome["FORMERR"] != "EAI_NONAME":
    sys.exit(print(f"changed: FORMERR is {outcome['FORMERR']}") or 1)
print("FORMERR is told as 'Name or service not known', as NXDOMAIN is")
END
printf 'nameserver 127.0.0.153\n' >"$dir/resolv.conf"
unshare -m sh -c "mount --bind $dir/resolv.conf /etc/resolv.conf && python3 $dir/try.py"
