#!/bin/sh
# dnslib 0.9.26, Twisted 26.10.0 (PyPI, twisted.names) and php-net-dns2 1.5.0-1 (Debian 12, Net_DNS2): messages of more than 16 kilobytes that
#   they write, as answers over TCP and zone transfers are up to 64.
# Expected: a name that stands behind octet 16383 is written out each time: a pointer to a name before has 14 bits for the offset (RFC 1035,
#   4.1.4), as dnspython 2.9.2 (PyPI), BIND and Net::DNS have it.
# Seen: they note each name's offset and put 0xC000 or it into two octets, so that of a larger offset the low 14 bits are left: the second
#   and third late.other.test, whose first stands at 16396, point to octet 12, and are the question's name. Where no label begins at
#   such an octet the message can't be read. No library says a word as it writes.
# Costs: in large transfers and answers records are of a name that nobody wrote; which ones depends on the length of all that is before
#   them, so that the same zone is right, or refused, or wrong after another change.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v php >/dev/null || untried "needs Debian's php-cli"
(cd "$dir" && apt-get -q download php-net-dns2=1.5.0-1 && dpkg -x php-net-dns2*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's php-net-dns2 can't be had: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnslib==0.9.26 twisted==26.10.0 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/large.py" <<'END'
"""One answer by each library: texts up to octet 16396, then three addresses of one name; as dnspython reads it."""
import sys
import dns.message, dns.rrset, dnslib
from twisted.names import dns as names

TEXTS = [f"{number:03}".ljust(200 if number < 76 else 168, "x") for number in range(77)]
ADDRESSES = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
FIRST, LATE = "a.example.", "late.other.test."

def by_dnspython():
    message = dns.message.make_response(dns.message.make_query(FIRST, "TXT"))
    message.answer = [dns.rrset.from_text_list(FIRST, 60, "IN", "TXT", [f'"{text}"' for text in TEXTS]),
                      dns.rrset.from_text_list(LATE, 60, "IN", "A", ADDRESSES)]
    return message.to_wire(max_size=65535)

def by_dnslib():
    message = dnslib.DNSRecord(dnslib.DNSHeader(qr=1), q=dnslib.DNSQuestion(FIRST, dnslib.QTYPE.TXT))
    for text in TEXTS:
        message.add_answer(dnslib.RR(FIRST, dnslib.QTYPE.TXT, ttl=60, rdata=dnslib.TXT(text)))
    for address in ADDRESSES:
        message.add_answer(dnslib.RR(LATE, dnslib.QTYPE.A, ttl=60, rdata=dnslib.A(address)))
    return bytes(message.pack())

def by_twisted():
    message = names.Message(answer=1, maxSize=0)
    message.queries = [names.Query(FIRST.rstrip(".").encode(), names.TXT)]
    data = [(FIRST, names.Record_TXT(text.encode())) for text in TEXTS] + [(LATE, names.Record_A(address)) for address in ADDRESSES]
    message.answers = [names.RRHeader(owner.rstrip(".").encode(), one.TYPE, ttl=60, payload=one) for owner, one in data]
    return message.toStr()

def tell(library, octets):
    answers = dns.message.from_wire(octets, one_rr_per_rrset=True).answer
    print(f"{library}: {len(octets)} octets, the name first at {octets.index(b'late') - 1},", *(answer.name for answer in answers[-3:]))

tell("dnspython", by_dnspython())
tell("dnslib", by_dnslib())
tell("twisted.names", by_twisted())
tell("Net_DNS2", bytes.fromhex(sys.argv[1]))
END
cat >"$dir/large.php" <<'END'
<?php
error_reporting(E_ALL & ~E_DEPRECATED);
require_once 'Net/DNS2.php';
$message = new Net_DNS2_Packet_Request('a.example', 'TXT', 'IN');
$message->header->qr = 1;
foreach (array_merge(array_fill(0, 76, 200), [168]) as $length) {
    $text = str_pad(sprintf('%03d', count($message->answer)), $length, 'x');
    $message->answer[] = Net_DNS2_RR::fromString("a.example. 60 IN TXT \"$text\"");
}
foreach (['192.0.2.1', '192.0.2.2', '192.0.2.3'] as $address) {
    $message->answer[] = Net_DNS2_RR::fromString("late.other.test. 60 IN A $address");
}
$message->header->ancount = count($message->answer);
echo bin2hex($message->get());
END
php -d include_path="$dir/usr/share/php" "$dir/large.php" >"$dir/octets" 2>"$dir/log" || untried "Net_DNS2 can't be run: $(tail -n 1 "$dir/log")"
seen=$("$dir/venv/bin/python" "$dir/large.py" "$(cat "$dir/octets")" 2>"$dir/log") || untried "not read: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    "dnspython: "*" late.other.test. late.other.test. late.other.test."*) ;;
    *) untried "the control is not as written";;
esac
[ "$(echo "$seen" | grep -c 'first at 16396, late.other.test. a.example. a.example.$')" -eq 3 ] || { echo "changed: other names"; exit 1; }
echo "names that come late in a large message become the question's"
