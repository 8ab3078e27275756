#!/bin/sh
# dkimpy 1.1.8 (PyPI), which mail filters check DKIM with: the DNS server of the signer's domain fails (SERVFAIL).
# Expected: an exception, as dkimpy has one for this (DnsTimeoutError), so that the caller can say 'temperror' (RFC 6376, 6.1.2,
#   and RFC 8601, 2.7.1). mailauth 4.13.3 (npm) says temperror.
# Seen: verify() gives False, as for a signature that is wrong and a key that doesn't exist; only a logger that the caller
#   hands over is told 'missing public key', which isn't so.
# Costs: while a domain's DNS has a bad minute its signed mail is forged for good, for filters and for DMARC; the log has
#   no word of DNS, and the operator looks for a fault in the signing.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v openssl >/dev/null || untried "needs openssl"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dkimpy==1.1.8 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
openssl genrsa -out "$dir/key.pem" 1024 2>/dev/null
openssl rsa -in "$dir/key.pem" -pubout -outform DER 2>/dev/null | base64 -w 0 >"$dir/public"

cat >"$dir/try.py" <<'END'
"""A server that has the key, says that there is none, or fails, by the selector, and what verify says."""
import pathlib, socket, struct, sys, threading
import dkim, dns.resolver

folder = pathlib.Path(sys.argv[1])
key = b"v=DKIM1; p=" + (folder / "public").read_bytes().strip()
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))

def serve():
    while True:
        query, client = server.recvfrom(512)
        at = 12
        selector = query[13 : 13 + query[12]].decode()
        while query[at]:
            at += query[at] + 1
        parts = [key[:200], key[200:]]
        data = b"".join(bytes([len(part)]) + part for part in parts) if selector == "good" else b""
        answer = data and struct.pack(">HHHIH", 0xC00C, 16, 1, 60, len(data)) + data
        status = {"good": 0, "missing": 3, "fails": 2}[selector]
        head = query[:2] + struct.pack(">5H", 0x8180 | status, 1, bool(data), 0, 0)
        server.sendto(head + query[12 : at + 5] + answer, client)

threading.Thread(target=serve, daemon=True).start()
dns.resolver.default_resolver = resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
mail = b"From: someone@example.com\r\nTo: other@example.net\r\n\r\nhello\r\n"
seen = {}
for selector in ("good", "missing", "fails"):
    signature = dkim.sign(mail, selector.encode(), b"example.com", (folder / "key.pem").read_bytes(), include_headers=[b"from"])
    try:
        seen[selector] = str(dkim.DKIM(signature + mail).verify())
    except dkim.DKIMException as error:
        seen[selector] = type(error).__name__
print("key there, no key, SERVFAIL:", *seen.values())
if seen["good"] != "True":
    sys.exit(print("not tried: the key isn't found") or 2)
if (seen["missing"], seen["fails"]) != ("False", "False"):
    sys.exit(print(f"changed: {seen}") or 1)
print("a server that fails makes a signature wrong")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
