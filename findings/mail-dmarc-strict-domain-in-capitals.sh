#!/bin/sh
# libmail-dmarc-perl 1.20211209-4 with libnet-dns-perl 1.36-1+deb12u1 (Debian 12, Mail::DMARC), which filters in Perl check DMARC with: SPF has passed for
#   a sender at Strict.TEST, as the domain stands in the envelope, and the policy of strict.test asks for strict alignment (aspf=s, p=reject).
# Expected: pass: the domains are one, as 'strict' is an 'exact match' of domain names (RFC 7489, 3.1.2), which are compared without
#   regard to case (RFC 4343, 3), and case is kept in the envelope as the sender wrote it (RFC 5321, 2.4).
# Seen: fail, and 'reject'. The domain of From: is made small when it is set and that of a signature where it is compared; SPF's domain is
#   compared as it came. With relaxed alignment, the default, it is right, as both are made small on the way to the organizational domain.
# Costs: mail of a domain whose program writes it with a capital is refused as forged, by those who check with this, as soon as its owner turns
#   from relaxed to strict; reports say 'spf fail' beside an SPF result of 'pass', and nobody looks at a letter's case.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libmail-dmarc-perl=1.20211209-4 libnet-dns-perl=1.36-1+deb12u1 libconfig-tiny-perl=2.28-2 \
    libfile-sharedir-perl=1.118-3 libclass-inspector-perl=1.36-3 libnet-idn-encode-perl=2.500-3+b1 libnet-ip-perl=1.26-3 \
    libregexp-common-perl=2017060201-3 libsocket6-perl=0.29-3 liburi-perl=5.17-1 \
    libxml-libxml-perl=2.0207+dfsg+really+2.0134-1+deb12u1 libxml-sax-perl=1.02+dfsg-3 libxml-sax-base-perl=1.09-3 \
    libxml-namespacesupport-perl=1.12-2 libregexp-ipv6-perl=0.03-3 libemail-mime-perl=1.953-1 libtext-unidecode-perl=1.30-3 \
    libemail-mime-contenttype-perl=1.028-1 libemail-mime-encodings-perl=1.317-1 libemail-messageid-perl=1.408-1 \
    libemail-simple-perl=2.218-1 libemail-date-format-perl=1.008-1 libemail-address-xs-perl=1.05-1+b1 \
    libmodule-runtime-perl=0.016-2 libmime-types-perl=2.24-1 libdbix-simple-perl=1.37-2 libdbi-perl=1.643-4+deb12u3 \
    libdbd-sqlite3-perl=1.72-1 libparams-util-perl=1.102-2+b1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Two domains with a mail server each, and a policy: strict.test and relaxed.test, each below the public suffix 'test'."""
import socket, struct

policies = {b"strict": b"v=DMARC1; p=reject; aspf=s", b"relaxed": b"v=DMARC1; p=reject"}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    (kind,) = struct.unpack(">H", query[end - 4:end - 2])
    data = b""
    if kind == 15:
        data = b"\0\12\4mail\7example\0"
    elif kind == 16 and query[13:19] == b"_dmarc":
        policy = policies[query[20:20 + query[19]].lower()]
        data = bytes([len(policy)]) + policy
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, bool(data), 0, 0) + query[12:end] + record, client)
END
printf 'test\n' >"$dir/suffixes"
printf '[dns]\ntimeout = 3\npublic_suffix_list = %s/suffixes\n[report_store]\nauto_save = 0\n' "$dir" >"$dir/mail-dmarc.ini"
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Mail::DMARC::PurePerl;
for my $domain (qw(strict relaxed)) {
    for my $sender ("$domain.test", ucfirst $domain . ".TEST") {
        my $dmarc = Mail::DMARC::PurePerl->new;
        $dmarc->source_ip("192.0.2.1"); $dmarc->header_from("$domain.test"); $dmarc->dkim([]);
        $dmarc->spf([{domain => $sender, scope => "mfrom", result => "pass"}]);
        my $result = $dmarc->validate;
        print "$sender: ", $result->result, " ", $result->disposition, "\n";
    }
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
MAIL_DMARC_CONFIG_FILE="$dir/mail-dmarc.ini" perl -I "$dir/usr/share/perl5" -I "$(echo "$dir"/usr/lib/*/perl5/5.*)" "$dir/look.pl"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "strict.test: pass none
"*"
relaxed.test: pass none
"*) ;;
*) untried "small letters don't pass either: $(tail -n 1 "$dir/log")";; esac
[ "$seen" = "strict.test: pass none
Strict.TEST: fail reject
relaxed.test: pass none
Relaxed.TEST: pass none" ] || { echo "changed: the case of the domain doesn't matter"; exit 1; }
echo "a sender's domain in capitals isn't the domain, where alignment is strict"
