#!/bin/sh
# spamassassin 4.0.1-1~deb12u1 with libmail-dmarc-perl 1.20211209-4 and libmail-spf-perl 2.9.0-5 (Debian 12): what the plugin DMARC saves for the
#   reports to the domains of senders (dmarc_save_reports), of their SPF.
# Expected: the result that SPF had: none where the domain has no policy, temperror where it can't be looked up (SERVFAIL), permerror where it is
#   broken; reports have all seven results (SPFResultType in RFC 7489, Appendix C), for 'the authentication results' of the mail
#   (7.2), and Mail::DMARC takes each.
# Seen: none and permerror are saved as 'fail', and temperror as 'none'; pass, fail, softfail and neutral as they are. The plugin looks through
#   what the SPF plugin found, writes 'fail' for two of the results, and leaves its first value, 'none', for the one it doesn't ask
#   for. That Mail::SPF said otherwise is in the log.
# Costs: an owner reads that hosts of theirs failed a policy that was never there, and looks for what is wrong with the list of them; and that
#   mail which met a bad minute of their name servers came to a domain without SPF, so nobody looks at the servers, which is what
#   temperror in reports is for.
# The packages are unpacked in the folder, not installed. Needs root, for port 53 and a resolv.conf in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download spamassassin=4.0.1-1~deb12u1 libmail-dmarc-perl=1.20211209-4 libmail-spf-perl=2.9.0-5 libclass-inspector-perl \
    libconfig-tiny-perl libcrypt-openssl-bignum-perl libcrypt-openssl-rsa-perl libdbd-sqlite3-perl libdbi-perl libdbix-simple-perl \
    libemail-address-xs-perl libemail-messageid-perl libemail-mime-contenttype-perl libemail-mime-encodings-perl libemail-mime-perl \
    libemail-simple-perl liberror-perl libexporter-tiny-perl libfile-sharedir-perl libhtml-parser-perl libhtml-tagset-perl libhttp-date-perl \
    liblist-moreutils-perl liblist-moreutils-xs-perl libmail-dkim-perl libmailtools-perl libmodule-runtime-perl libnet-dns-perl \
    libnet-idn-encode-perl libnet-ip-perl libnet-libidn-perl libnetaddr-ip-perl libparams-util-perl libregexp-common-perl libsocket6-perl \
    libtext-unidecode-perl libtimedate-perl liburi-perl libxml-libxml-perl libxml-sax-base-perl libidn12 libxml2 libicu72 libsqlite3-0 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver: domains with each result of SPF, all of them with a DMARC policy and an address."""
import socket, struct

POLICIES = {b"pass": b"v=spf1 ip4:192.0.2.1 -all", b"fail": b"v=spf1 -all", b"softfail": b"v=spf1 ~all", b"neutral": b"v=spf1 ?all",
            b"permerror": b"v=spf1 nothing:known -all", b"temperror": None, b"none": None}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].lower())
        at += 1 + query[at]
    kind, first, data, code = query[end - 3], labels[0], b"", 0
    if first == b"_dmarc" and len(labels) == 4 and kind == 16:
        data = b"v=DMARC1; p=none; rua=mailto:reports@" + b".".join(labels[1:])
    elif first in POLICIES and kind == 16:
        data = POLICIES[first] or b""
        code = 2 if first == b"temperror" else 0
    elif first not in POLICIES:
        code = 3
    data = bytes([len(data)]) + data if data else bytes([192, 0, 2, 3]) if first in POLICIES and kind == 1 else b""
    records = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, 1 if records else 0, 0, 0) + query[12:end] + records, client)
END
mkdir "$dir/rules"
cat >"$dir/rules/all.pre" <<'END'
loadplugin Mail::SpamAssassin::Plugin::Check
loadplugin Mail::SpamAssassin::Plugin::SPF
loadplugin Mail::SpamAssassin::Plugin::DKIM
loadplugin Mail::SpamAssassin::Plugin::DMARC
END
cat >"$dir/rules/all.cf" <<'END'
util_rb_tld com
dns_available yes
dns_server 127.0.0.54
dmarc_save_reports 1
full DKIM_SIGNED eval:check_dkim_signed()
header SPF_PASS eval:check_for_spf_pass()
header DMARC_PASS eval:check_dmarc_pass()
priority DMARC_PASS 500
END
cat >"$dir/mail-dmarc.ini" <<END
[dns]
timeout = 5
[organization]
domain = this.example.com
org_name = this
email = reports@this.example.com
[report_store]
backend = SQL
dsn = dbi:SQLite:dbname=$dir/reports.sqlite
END
cat >"$dir/try.pl" <<'END'
# a mail of each domain, and what is kept for the report of it
use strict;
use DBI;
use Mail::SpamAssassin;
my $dir = shift;
my $filter = Mail::SpamAssassin->new({ dont_copy_prefs => 1, rules_filename => "$dir/rules", userprefs_filename => "/dev/null",
    userstate_dir => $dir, home_dir_for_helpers => $dir });
for my $result (qw(pass fail softfail neutral none permerror temperror)) {
    my $domain = "$result.example.com";
    my $mail = $filter->parse("Return-Path: <a\@$domain>\nReceived: from host.example.com (host.example.com [192.0.2.1]) by this.example.com"
        . " with ESMTP; Tue, 1 Dec 2026 10:00:00 +0000\nFrom: a\@$domain\nTo: b\@this.example.com\nSubject: a mail\n\nhello\n");
    $filter->check($mail)->finish;
    my ($kept) = DBI->connect("dbi:SQLite:dbname=$dir/reports.sqlite")->selectrow_array(
        "select result from report_record_spf where scope = 'mfrom' order by report_record_id desc");
    print "$result: $kept\n";
}
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
export MAIL_DMARC_CONFIG_FILE="$dir/mail-dmarc.ini" LD_LIBRARY_PATH="$dir/usr/lib/x86_64-linux-gnu:$dir/lib/x86_64-linux-gnu"
PERL5LIB=$(echo "$dir/usr/share/perl5" "$dir"/usr/lib/*/perl5/5.* | tr ' ' :) /usr/bin/perl "$dir/try.pl" "$dir"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "pass: pass
fail: fail
softfail: softfail
neutral: neutral
"*) ;; *) untried "other results are kept otherwise: $(tail -n 1 "$dir/log")" ;; esac
[ "$(echo "$seen" | tail -n 3 | tr '\n' ' ')" = "none: fail permerror: fail temperror: none " ] || { echo "changed: other results are kept"; exit 1; }
echo "a policy that isn't there has failed, and one that can't be looked up isn't there"
