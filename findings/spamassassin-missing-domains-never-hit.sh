#!/bin/sh
# spamassassin 4.0.1-1~deb12u1 with libnet-dns-perl 1.36-1+deb12u1 (Debian 12): its rule NO_DNS_FOR_FROM, 'Envelope sender has no MX or A DNS
#   records' (eval:check_dns_sender), for a mail whose envelope sender's domain doesn't exist.
# Expected: the rule hits: both questions, A and MX, are asked and answered with NXDOMAIN, which its code looks for.
# Seen: it doesn't, for NXDOMAIN, for SERVFAIL, which its code looks for too, nor for a domain without such records. The status is looked at
#   within a loop over the answer's records of these types, and an NXDOMAIN has none (RFC 2308, 2.1), so the loop's body never runs. A rule
#   beside it, which asks a list for the same domain, hits.
# Costs: two questions for each mail, for nothing; statistics by rule say that no sender's domain is ever missing, and rules of one's own that
#   are built on it (meta) are never true. The counts of the rules' test that come with the package (STATISTICS-set1.txt), of an older
#   version, have it in 1.5 % of spam.
# Needs root, for port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
command -v spamassassin >/dev/null || untried "needs Debian's spamassassin"
rules=/usr/share/spamassassin
[ -f $rules/20_net_tests.cf ] && [ -f $rules/20_aux_tlds.cf ] || untried "needs the rules of Debian's spamassassin"

cat >"$dir/server.py" <<'END'
"""A resolver: a domain that takes mail, one that fails, one with other records only, and a list that has all four."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label, kind = query[13:13 + query[12]].decode(), query[end - 3]
    listed = b"\4list\7example" in query
    data = bytes([127, 0, 0, 2]) if listed else bytes([192, 0, 2, 1]) if kind == 1 else b"\0\12\4mail\7example\0"
    there = (listed or label == "well") and kind in (1, 15)
    code = 0 if listed or label in ("well", "other") else 2 if label == "failing" else 3
    print(label, {1: "A", 15: "MX"}.get(kind, kind), code, "list" if listed else "", flush=True)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, there, 0, 0) + query[12:end] + (record if there else b""), client)
END
mkdir "$dir/rules" "$dir/site"
cp $rules/20_aux_tlds.cf "$dir/rules"
grep NO_DNS_FOR_FROM $rules/20_net_tests.cf >"$dir/rules/rules.cf"
cat >>"$dir/rules/rules.cf" <<'END'
header LISTED eval:check_rbl_envfrom('listed', 'list.example.com')
tflags LISTED net
score NO_DNS_FOR_FROM 1
score LISTED 1
clear_headers
add_header all Tests _TESTS_
END
printf 'loadplugin Mail::SpamAssassin::Plugin::%s\n' Check DNSEval >"$dir/site/init.pre"
printf 'dns_server 127.0.0.54\ndns_available yes\n' >"$dir/site/local.cf"
cat >"$dir/run.sh" <<'END'
# in a network of its own: the rules that hit, by the envelope sender's domain, and what was asked for these
dir=$1
ip link set lo up
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
for label in well gone failing other; do
    printf 'Return-Path: <somebody@%s.example.com>\nFrom: somebody@well.example.com\nTo: you@well.example.com\nSubject: a mail\n\nhello\n' $label |
        spamassassin -x --siteconfigpath="$dir/site" --configpath="$dir/rules" | sed -n "s/^X-Spam-Tests: */$label: /p"
done
echo "asked: $(grep -E '^(gone|failing|other) (A|MX) [0-9] $' "$dir/asked" | sort | xargs)"
END
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | grep -c LISTED)" = 4 ] || untried "the list isn't asked: $(tail -n 1 "$dir/log")"
case "$seen" in *"asked: failing A 2 failing MX 2 gone A 3 gone MX 3 other A 0 other MX 0"*) ;;
*) untried "the domains aren't asked for";; esac
echo "$seen" | grep -q 'gone: .*NO_DNS_FOR_FROM' && { echo "changed: a missing domain hits"; exit 1; }
echo "no domain is missing"
