#!/bin/sh
# opendmarc 1.4.2-2+b1 (Debian 12): opendmarc-check for a domain whose _dmarc name has another TXT record too, as a token
#   that somebody's verification asked for.
# Expected: the policy: 'Records that do not start with a "v=" tag that identifies the current version of DMARC are
#   discarded' (RFC 7489, 6.6.3, step 2). mailauth 4.13.3 (npm) and authheaders 0.16.3 (PyPI) find it.
# Seen: 'lacked a DMARC record' when the other one comes first in the answer; servers turn the order of an answer's
#   records around as they like.
# Costs: a domain that asks for rejection of forged mail has no policy in some of the answers: forged mail comes
#   through, now and then, and no report says so.
# Needs root, for a resolv.conf of its own in a mount namespace and port 53 of 127.0.0.153.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
dpkg-query -W opendmarc 2>/dev/null || untried "needs Debian's opendmarc"
unshare -m true 2>/dev/null || untried "needs root and mount namespaces"

cat >"$dir/try.py" <<'END'
"""A server whose first answers have the policy first, and what opendmarc-check says of three orders."""
import socket, struct, subprocess, sys, threading

TEXTS = {
    "alone.example": [b"v=DMARC1; p=reject"],
    "before.example": [b"v=DMARC1; p=reject", b"token=1"],
    "after.example": [b"token=1", b"v=DMARC1; p=reject"],
}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.153", 53))

def serve():
    while True:
        query, client = server.recvfrom(512)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += query[at] + 1
        texts = TEXTS.get(".".join(labels[1:]), []) if labels[0] == "_dmarc" else []
        records = b"".join(struct.pack(">HHHIHB", 0xC00C, 16, 1, 60, len(text) + 1, len(text)) + text for text in texts)
        head = query[:2] + struct.pack(">5H", 0x8180 | (0 if texts else 3), 1, len(texts), 0, 0)
        server.sendto(head + query[12 : at + 5] + records, client)

threading.Thread(target=serve, daemon=True).start()
seen = []
for domain in TEXTS:
    done = subprocess.run(["opendmarc-check", domain], capture_output=True, text=True, check=False, timeout=60)
    said = done.stdout + done.stderr
    seen.append("reject" if "Domain policy: reject" in said else "none" if "lacked a DMARC record" in said else said)
print("policy alone, before and after another record:", ", ".join(seen))
if seen[0] != "reject":
    sys.exit(print("not tried: opendmarc-check does not find a policy that stands alone") or 2)
if seen[1:] != ["reject", "none"]:
    sys.exit(print(f"changed: {seen[1:]}") or 1)
print("a policy after another TXT record is not found")
END
printf 'nameserver 127.0.0.153\n' >"$dir/resolv.conf"
unshare -m sh -c "mount --bind $dir/resolv.conf /etc/resolv.conf && python3 $dir/try.py"
