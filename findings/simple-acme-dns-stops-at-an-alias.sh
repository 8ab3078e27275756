#!/bin/sh
# simple_acme_dns 4.0.1 (PyPI), which gets certificates by the DNS challenge of ACME: check_dns_propagation, which one waits with
#   until the token can be seen, for a domain whose _acme-challenge is an alias into a zone that is there for it.
# Expected: True: the token is in the answer, behind the CNAME, as dnspython 2.7.0 (PyPI), on which it is built, gives it. What the CA
#   does is 'Query for TXT records for the validation domain name' (RFC 8555, 8.4), and that follows aliases (RFC 1034, 3.6.2).
# Seen: False, after the whole time that one gives it (300 s by default): of the answer it reads the first record set, which is the CNAME,
#   and compares the alias' target with the token ('not found in ['one.acme.example.']'). Without an alias it is True.
# Costs: an alias is what one has for domains whose zone no program may change (acme-dns and CA's documentation are built on it): these get
#   no certificate, since a program that goes by the result doesn't ask for it, with nothing wrong in the DNS; each try takes
#   five minutes, a renewal at night too.
# Needs root, for port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install simple_acme_dns==4.0.1 dnspython==2.7.0 acme==4.2.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""Whether the token is seen, with and without an alias, by a server in the same process."""
import contextlib, io, socketserver, threading

import dns.flags, dns.message, dns.resolver, dns.rrset
import simple_acme_dns

TOKEN = "gfj9Xq...Rg85nM"
TEXT = dns.rrset.from_text("one.acme.example.", 60, "IN", "TXT", f'"{TOKEN}"')
ALIAS = dns.rrset.from_text("_acme-challenge.alias.example.", 60, "IN", "CNAME", "one.acme.example.")
PLAIN = dns.rrset.from_text("_acme-challenge.plain.example.", 60, "IN", "TXT", f'"{TOKEN}"')

class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        data, sender = self.request
        response = dns.message.make_response(dns.message.from_wire(data))
        response.flags |= dns.flags.RA
        response.answer += [ALIAS, TEXT] if response.question[0].name == ALIAS.name else [PLAIN]
        sender.sendto(response.to_wire(), self.client_address)

server = socketserver.UDPServer(("127.0.0.54", 53), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers = ["127.0.0.54"]
for domain in "plain.example", "alias.example":
    client = simple_acme_dns.ACMEClient(domains=[domain], directory="https://127.0.0.1/", nameservers=["127.0.0.54"])
    client._verification_tokens = {f"_acme-challenge.{domain}": [TOKEN]}  # as a CA's order fills them
    with contextlib.redirect_stdout(io.StringIO()) as said:
        seen = client.check_dns_propagation(timeout=3, interval=1, round_robin=False, verbose=True)
    texts = resolver.resolve(f"_acme-challenge.{domain}", "TXT")
    print(f"{domain}: dnspython {' '.join(text.to_text() for text in texts)}, propagated: {seen}")
    print(said.getvalue().splitlines()[-1])
END
seen=$(unshare -n sh -c 'ip link set lo up && "$1/venv/bin/python" "$1/try.py"' sh "$dir" 2>"$dir/log") ||
    untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 1)" = 'plain.example: dnspython "gfj9Xq...Rg85nM", propagated: True' ] || untried "no token is seen"
[ "$(echo "$seen" | sed -n 3p)" = 'alias.example: dnspython "gfj9Xq...Rg85nM", propagated: False' ] ||
    { echo "changed: $(echo "$seen" | sed -n 3p)"; exit 1; }
echo "a token behind an alias is not seen"
