#!/bin/sh
# monitoring-plugins-contrib 42.20230308+deb12u1+b1 (Debian 12, for Nagios, Icinga and so on): its check_rbl 1.7.0, which watches whether a mail
#   server's address is on lists, while a list's servers fail (SERVFAIL) or refuse to answer (REFUSED), as lists do with resolvers that
#   ask too often.
# Expected: that the list didn't say, as check_rbl has it for lists that don't answer at all: '(1 server timed out: silent.example)'. NXDOMAIN
#   alone is 'not listed' (RFC 5782, 2.1).
# Seen: 'CRITICAL - ... NOT WHITELISTED on 1 server' with --whitelistings, where a time-out is OK; and with blocklists 'OK - ... BLACKLISTED on 0
#   servers of 1' without a word more, and with -v 'not listed in failing.example'. It looks for an address in whatever answer came,
#   and none is 'not listed'; the status of the answer is never read, only where there is no answer.
# Costs: at a list's bad minute somebody is woken because their server was taken off a whitelist, which nobody did, and asks for an entry that
#   is there; and a blocklist that refuses their resolver for months is green for months.
# The packages are unpacked in the folder, not installed. Needs root, for port 53 and a resolv.conf in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download monitoring-plugins-contrib=42.20230308+deb12u1+b1 libcapture-tiny-perl libclass-accessor-perl \
    libconfig-tiny-perl libdata-validate-domain-perl libdata-validate-ip-perl libmath-calc-units-perl libmodule-implementation-perl \
    libmodule-runtime-perl libmonitoring-plugin-perl libnet-dns-perl libnet-domain-tld-perl libnet-ip-perl libnetaddr-ip-perl \
    libparams-validate-perl libreadonly-perl libsub-name-perl libtry-tiny-perl &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver: a list with the address, one without, and lists that fail, refuse and say nothing."""
import socket, struct

CODES = {b"with": 0, b"without": 3, b"failing": 2, b"refusing": 5}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    code = next((CODES[name] for name in CODES if bytes([len(name)]) + name + b"\7example" in query), None)
    if b"\6silent" in query:
        continue
    code = 3 if code is None else code
    records = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 2]) if code == 0 else b""
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, 1 if records else 0, 0, 0) + query[12:end] + records, client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: what check_rbl says of each list, as a whitelist and as a blocklist, and its status
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
for mode in --whitelistings ""; do
    for list in with without silent failing refusing; do
        said=$(/usr/bin/perl -I "$dir/usr/share/perl5" $(for folder in "$dir"/usr/lib/*/perl5/5.*; do echo -I "$folder"; done) \
            "$dir/usr/lib/nagios/plugins/check_rbl" -H 192.0.2.25 -s $list.example --query-timeout=2 $mode) && code=0 || code=$?
        echo "${mode:-blocklist} $list: $code$(echo "$said" | sed 's/.*192.0.2.25 \(([^)]*) \)*/ /; s/ |.*//')"
    done
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
status() { echo "$seen" | sed -n "s/^$1 \([a-z]*: [0-9]\).*/\1/p" | tr '\n' ' '; }
for mode in "--whitelistings with: 0 without: 2 silent: 0 " "blocklist with: 2 without: 0 silent: 0 "; do
    case "$(status "${mode%% *}")" in "${mode#* }"*) ;; *) untried "other lists are otherwise: $(tail -n 1 "$dir/log")" ;; esac
done
[ "$(echo "$seen" | grep -c 'silent: 0 .*timed out')" = 2 ] || untried "a list that says nothing is not said to have timed out"
[ "$(status --whitelistings | cut -d' ' -f 7-)$(status blocklist | cut -d' ' -f 7-)" = "failing: 2 refusing: 2 failing: 0 refusing: 0 " ] &&
    ! echo "$seen" | grep -E '(failing|refusing):.*(timed out|SERVFAIL|REFUSED)' || { echo "changed: lists that fail are otherwise"; exit 1; }
echo "lists that fail have said that the address is not on them"
