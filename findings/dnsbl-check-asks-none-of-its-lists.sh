#!/bin/sh
# dnsbl-check 2.0.2 (PyPI, with aiodns 3.5.0 and pycares 4.9.0), 'a tool/library to check if an IP or Domain is listed on DNS-BLs': its command,
#   dnsbl-check --ip ADDRESS, with and without --add-providers and --skip-providers.
# Expected: the 80 and more lists that it has are asked, and those that are added: its README's example has 43 of them checked for the same
#   command, and 'detected_by' two.
# Seen: nothing is asked, whether a list is added or not: '"detected": false', '"checked": 0' and status 0. --only-providers, when it isn't
#   given, is the empty text, which is split at its commas into one list without a name; so it always has something in it, and takes the
#   place of all others. The empty text of --skip-providers becomes such a one too, and skips it; where that option is given, the nameless
#   list is asked for 1.1.1.1 as a name below the root, whose NXDOMAIN is 'not detected' by the one list that was checked.
# Costs: an address that is on every list is on none, and a mail server's owner, or the job that asks each night, looks elsewhere for why its
#   mail is refused.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnsbl-check==2.0.2 aiodns==3.5.0 pycares==4.9.0 setuptools==80.9.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""All addresses are on zen.spamhaus.org and list.example, and no other name exists; what is asked is written down."""
import socket, struct, sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
while True:
    query, client = server.recvfrom(4096)
    labels, end = [], 12
    while query[end]:
        labels.append(query[end + 1:end + 1 + query[end]].decode())
        end += 1 + query[end]
    name = ".".join(labels).lower()
    print(name, flush=True)
    listed = name.endswith((".zen.spamhaus.org", ".list.example"))
    answer = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 127, 0, 0, 2) if listed else b""
    head = query[:2] + struct.pack(">5H", 0x8180 if listed else 0x8183, 1, bool(answer), 0, 0)
    server.sendto(head + query[12:end + 5] + answer, client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: what the command says, and what it has asked for
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
: >"$dir/asked"
python3 "$dir/server.py" >>"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent ahostsv4 ready.list.example >/dev/null && break
    sleep 1
done
check() {
    : >"$dir/asked"
    "$dir/venv/bin/dnsbl-check" --json --ip 1.1.1.1 "$@" >"$dir/said"
    python3 - "$dir" "$*" <<'PYTHON'
import json, sys

said, asked = json.load(open(f"{sys.argv[1]}/said")), open(f"{sys.argv[1]}/asked").read().split()
print(f"{sys.argv[2] or '-'}: on {' '.join(said['detected_by']) or 'none'}, checked {said['count']['checked']}, asked for {' '.join(sorted(set(asked)))}")
PYTHON
}
check
check --add-providers list.example
check --skip-providers bl.spamcop.net
check --only-providers zen.spamhaus.org,list.example
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
lists=$("$dir/venv/bin/python" -c 'import dnsbl_check, provider_config; print(len(provider_config.BASE_PROVIDERS_IP))')
echo "$seen"
case "$(echo "$seen" | tail -n 1)" in
*"on zen.spamhaus.org list.example, checked 2,"*) ;;
*) untried "lists that are named aren't asked: $(tail -n 1 "$dir/log")" ;;
esac
case "$(echo "$seen" | head -n 3 | sed 's/.*: //' | tr '\n' '/')" in
"on none, checked 0, asked for /on none, checked 0, asked for /on none, checked 1, asked for 1.1.1.1/") ;;
*) echo "changed: lists are asked"; exit 1 ;;
esac
echo "none of its $lists lists was asked"
