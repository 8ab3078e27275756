#!/bin/sh
# spamassassin 4.0.1-1~deb12u1 (Debian 12): its rule NO_DNS_FOR_FROM, 'Envelope sender has no MX or A DNS records', which its rules have by default
#   (20_net_tests.cf; check_dns_sender of its plugin DNSEval).
# Expected: the rule hits for mail whose sender's domain doesn't exist (NXDOMAIN for both questions), or has no record, as it did when the scores
#   were made: STATISTICS-set1.txt of the package has it in 1.5 % of spam.
# Seen: it never hits. Both questions are asked and answered, but the status is looked at within the loop over the answer's records A and MX, and
#   NXDOMAIN, no records and SERVFAIL have none (RFC 2308, 2); where the loop has a record to look at, the domain is there.
#   Other rules of the plugin work.
# Costs: two look-ups for each mail, for a result that is always 'it exists'. Who counts made-up senders by the rule's hits counts none, and who gave
#   the rule a score, or combines it with others (meta), has a rule less and no line in a log about it.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download spamassassin=4.0.1-1~deb12u1 libhtml-parser-perl libhtml-tagset-perl liburi-perl libnet-dns-perl \
    libnetaddr-ip-perl libsocket6-perl libsys-hostname-long-perl libhttp-date-perl libtimedate-perl libio-string-perl &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver with a list that has one host, and domains that exist, are gone, are empty, or fail."""
import socket, struct
CODES = {b"gone": 3, b"failing": 2}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5481))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    name, kind = query[12:end - 5].lower(), query[end - 3]
    code = CODES.get(name[1:1 + name[0]], 3 if b"list" in name and b"\0014" not in name else 0)
    there = code == 0 and kind == 1 and b"empty" not in name
    record = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 127, 0, 0, 2)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, there, 0, 0) + query[12:end] + (record if there else b""), client)
    print(query[13:13 + query[12]].decode(), kind, flush=True)
END
mkdir "$dir/rules" "$dir/site" "$dir/home"
grep -h 'NO_DNS_FOR_FROM' "$dir/usr/share/spamassassin/20_net_tests.cf" >"$dir/rules/rules.cf"
cp "$dir/usr/share/spamassassin/20_aux_tlds.cf" "$dir/rules"
printf 'loadplugin Mail::SpamAssassin::Plugin::%s\n' Check DNSEval >"$dir/site/site.pre"
cat >"$dir/site/site.cf" <<'END'
dns_available yes
dns_server [127.0.0.1]:5481
header ON_A_LIST eval:check_rbl('list', 'list.example.')
tflags ON_A_LIST net
score ON_A_LIST 1
score NO_DNS_FOR_FROM 1
add_header all Hits _TESTS_
END
python3 "$dir/server.py" >"$dir/asked" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/asked" ] && break
    sleep 1
done
PERL5LIB="$dir/usr/share/perl5:$(echo "$dir"/usr/lib/*/perl5/*)"
export PERL5LIB
check() { # the rules that hit for a mail from a domain, by way of the host 192.0.2.$2
    printf 'Return-Path: <a@%s.example>\nReceived: from host.example (host.example [192.0.2.%s]) by here.example; Mon, 1 Jan 2024 00:00:00 +0000\n' "$1" "$2"
    printf 'From: a@%s.example\nTo: b@here.example\nSubject: hello\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <1@host.example>\n\nhello\n' "$1"
}
for domain in there empty gone failing; do
    hits=
    for host in 4 5; do
        check $domain $host | HOME="$dir/home" perl -T -I "$dir/usr/share/perl5" -I "$(echo "$dir"/usr/lib/*/perl5/*)" \
            "$dir/usr/bin/spamassassin" -x -C "$dir/rules" --siteconfigpath="$dir/site" >"$dir/mail" 2>"$dir/log" ||
            untried "spamassassin does not run: $(tail -n 1 "$dir/log")"
        hits="$hits; host $host: $(sed -n 's/^X-Spam-Hits: //p' "$dir/mail")"
    done
    echo "$domain: questions of A and MX: $(grep -cE "^$domain (1|15)$" "$dir/asked" || true)$hits"
done >"$dir/seen"
cat "$dir/seen"
[ "$(grep -c '4: ON_A_LIST' "$dir/seen")" = 4 ] && [ "$(grep -c 'MX: 4' "$dir/seen")" = 4 ] || untried "it asks or hits otherwise: $(tail -n 1 "$dir/log")"
if grep NO_DNS "$dir/seen"; then echo "changed: the rule hits"; exit 1; fi
echo "a sender's domain that doesn't exist is never one without DNS records"
