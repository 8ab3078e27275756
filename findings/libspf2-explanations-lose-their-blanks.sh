#!/bin/sh
# libspf2 1.2.10-7.2+b1 (Debian 12), the SPF library of Exim, by its own command spfquery: the explanation of a domain (exp=), the text that
#   is given to a sender whose mail was refused.
# Expected: 'mail for %{d} may not come from %{i}' is 'mail for words.example may not come from 192.0.2.1', and a text without macros is
#   as it stands: an explain-string is made of macro-strings and blanks (RFC 7208, 6.2 and 12), as in the RFC's own example, 'See
#   http://%{d}/why.html?s=%{S}&i=%{I}'. Mail::SPF 2.9.0 (Debian 12) and pyspf 2.0.14 give that.
# Seen: 'mail%for%{d}%may%not%come%from%{i}', and 'not%from%there': each blank has become a percent sign, and a macro behind a blank stays
#   as it is. A text without blanks is right. The part that reads macros (SPF_c_parse_macro) stops at blanks as at percent signs,
#   since it was made for mechanisms, where a blank is the end, and takes a blank for the sign that begins a macro.
# Costs: the one line that tells a sender, in the refusal and in the bounce, which address is wrong and where to read on, is garbled with
#   nearly all domains that have one, and says neither: what is left in logs to find the reason by is '%{i}'.
# Needs root, for port 53 and a resolv.conf in namespaces of its own. The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download spfquery=1.2.10-7.2+b1 libspf2-2=1.2.10-7.2+b1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver: three domains that send no mail, and their explanations."""
import socket, struct

WHY = {b"words": b"mail for %{d} may not come from %{i}", b"plain": b"not from there", b"short": b"%{i}-is-not-for-%{d}"}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    first = query[13:13 + query[12]].lower()
    text = None
    if query[end - 3] == 16 and first in WHY:
        text = b"v=spf1 -all exp=why." + first + b".example"
    elif query[end - 3] == 16 and first == b"why":
        text = WHY.get(query[17:17 + query[16]].lower())
    records = b"\xc0\x0c" + struct.pack(">HHIHB", 16, 1, 60, len(text) + 1, len(text)) + text if text else b""
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 if text else 0x8183, 1, 1 if text else 0, 0, 0) + query[12:end] + records, client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: what is said of mail of each domain
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
export LD_LIBRARY_PATH="$dir/usr/lib"
for domain in short plain words; do
    "$dir/usr/bin/spfquery.libspf2" --ip=192.0.2.1 --sender=somebody@$domain.example --helo=host.example |
        sed -n "1h; 2{s/ : Reason.*//; H; g; s/\n/: /; s/^/$domain: /p}"
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "short: fail: 192.0.2.1-is-not-for-short.example
plain: fail: "*"
words: fail: "*) ;;
*) untried "an explanation without blanks is otherwise: $(tail -n 1 "$dir/log")";; esac
[ "$(echo "$seen" | tail -n 2)" = "plain: fail: not%from%there
words: fail: mail%for%{d}%may%not%come%from%{i}" ] || { echo "changed: blanks are something else"; exit 1; }
echo "the blanks of an explanation are percent signs"
