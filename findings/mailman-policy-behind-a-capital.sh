#!/bin/sh
# mailman 3.3.10 (PyPI, with dnspython 2.7.0), the mailing list manager: its rule dmarc-mitigation, for a sender whose DMARC policy is an alias
#   (CNAME), as with providers that hold the policies of their customers' domains.
# Expected: the policy is found, and mail of p=reject gets the list's mitigation (dmarc_mitigate_action), whatever letters are large: names 'are
#   compared in a case-insensitive manner' (RFC 4343, 2), and a name is given as it was written. 'Don't be fooled by an answer with
#   uppercase in the name', says a comment of the rule.
# Seen: it is found where the alias' target is written in small letters, and not where one is large: the records of an answer are kept by
#   their owners' names in small letters, and looked for by the target as it was written. Nothing found there ends the search as
#   'no policy', without a line in the log, nor is the organizational domain asked.
# Costs: the sender's mail goes out with its own From and a signature that the list broke, each receiver that checks DMARC refuses it, and the
#   refusals count as bounces of those who receive: a capital in somebody's zone takes members off the list.
# Needs root, for port 53 and a resolv.conf in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install mailman==3.3.10 dnspython==2.7.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver that knows policies: of the domain itself, and behind an alias whose target is written in two ways."""
import socket, struct

ALIASES = {b"small": b"\6policy\10provider\7example\0", b"capital": b"\6policy\10Provider\7example\0"}
POLICY = b"v=DMARC1; p=reject"
TEXT = struct.pack(">HHIHB", 16, 1, 60, len(POLICY) + 1, len(POLICY)) + POLICY
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    domain = query[20:20 + query[19]].lower()
    count, records = 0, b""
    if domain == b"own":
        count, records = 1, b"\xc0\x0c" + TEXT
    elif domain in ALIASES:
        target = ALIASES[domain]
        alias = b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, len(target)) + target
        count, records = 2, alias + struct.pack(">H", 0xc000 | end + 12) + TEXT
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 if count else 0x8183, 1, count, 0, 0) + query[12:end] + records, client)
END
cat >"$dir/try.py" <<'END'
# what the rule says of a mail from each domain
import email.message, types

from mailman.config import config
from mailman.interfaces.mailinglist import DMARCMitigateAction
from mailman.rules import dmarc

config.dmarc = types.SimpleNamespace(resolver_timeout="3s", resolver_lifetime="5s")
dmarc.suffix_cache["example"] = False
mlist = types.SimpleNamespace(list_name="list", dmarc_addresses=[], dmarc_mitigate_action=DMARCMitigateAction.munge_from)
for domain in "own", "small", "capital", "none":
    mail, data = email.message.EmailMessage(), {}
    mail["From"] = f"somebody@{domain}.example"
    dmarc.DMARCMitigation().check(mlist, mail, data)
    print(f"{domain}: {'mitigated' if data.get('dmarc') else 'as it is'}")
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
"$dir/venv/bin/python" "$dir/try.py"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$(echo "$seen" | tr '\n' ' ')" in
"own: mitigated small: mitigated capital: as it is none: as it is ") echo "a policy behind an alias with a capital is none" ;;
"own: mitigated small: mitigated capital: "*) echo "changed: the policy is found"; exit 1 ;;
*) untried "the rule works otherwise: $(tail -n 1 "$dir/log")" ;;
esac
