#!/bin/sh
# libmail-dmarc-perl 1.20211209-4 (Debian 12, Mail::DMARC with its dmarc_receive), which puts DMARC's aggregate reports into a database
#   (libdbd-sqlite3-perl 1.72-1): a message with two DKIM signatures, the mailing list's, which fails, and the domain's own, which is good.
# Expected: two results, list.example.net fail and example.com pass, as the report has them: 'dkim' may be there more than once in
#   'auth_results', each with its domain, selector and result (RFC 7489, appendix C, maxOccurs="unbounded").
# Seen: two rows that are both the first one, list.example.net fail; example.com and its pass are nowhere. For each signature the values
#   are looked for from the record's root again, by a path that has all signatures below it, and the first that is found is taken.
# Costs: whoever looks in the database for why a message has passed finds no signature that did, and one that has failed twice; counts by
#   signing domain and by selector are those of whatever stood first in each report, so a new selector that works isn't there, or one
#   that fails isn't. With one signature, as in most tests, it is right.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
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
cat >"$dir/mail.py" <<'END'
"""The report's mail, as a receiver sends it."""
import gzip, sys
from email.message import EmailMessage

signature = "<dkim><domain>{}</domain><selector>{}</selector><result>{}</result></dkim>"
report = """<?xml version="1.0"?>
<feedback>
<report_metadata><org_name>Receiver</org_name><email>dmarc@receiver.example.org</email><report_id>7</report_id>
<date_range><begin>1764547200</begin><end>1764633599</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp><pct>100</pct></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>10</count>
<policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers>
<auth_results>""" + signature.format("list.example.net", "old", "fail") + signature.format("example.com", "new", "pass") + """
<spf><domain>list.example.net</domain><scope>mfrom</scope><result>pass</result></spf></auth_results></record>
</feedback>
"""
mail = EmailMessage()
mail["From"] = "dmarc@receiver.example.org"
mail["Subject"] = "Report Domain: example.com Submitter: receiver.example.org Report-ID: <7>"
mail.set_content("a report")
mail.make_mixed()
mail.add_attachment(gzip.compress(report.encode()), "application", "gzip", filename="receiver.example.org!example.com!1764547200!1764633599.xml.gz")
sys.stdout.buffer.write(bytes(mail))
END
python3 "$dir/mail.py" >"$dir/mail"
printf '%s\n' '[organization]' 'domain = example.com' 'org_name = Us' 'email = dmarc@example.com' '[report_store]' 'backend = SQL' \
    "dsn = dbi:SQLite:dbname=$dir/reports.sqlite" 'user =' 'pass =' 'auto_save = 0' '[dns]' "public_suffix_list = $dir/suffixes" >"$dir/mail-dmarc.ini"
printf 'com\nnet\norg\n' >"$dir/suffixes"
MAIL_DMARC_CONFIG_FILE="$dir/mail-dmarc.ini" perl -I "$dir/usr/share/perl5" -I "$(echo "$dir"/usr/lib/*/perl5/5.*)" -MMail::DMARC::Report::Receive \
    -e 'Mail::DMARC::Report::Receive->new->from_file($ARGV[0]) or exit 1' "$dir/mail" >"$dir/log" 2>&1 ||
    untried "the report can't be taken in: $(tail -n 1 "$dir/log")"
seen=$(python3 -c '
import sqlite3, sys

database = sqlite3.connect(sys.argv[1])
for row in database.execute("SELECT count, dkim FROM report_record"):
    print("record:", *row)
for row in database.execute("SELECT domain, selector, result FROM report_record_dkim d JOIN domain ON domain.id = d.domain_id"):
    print("signature:", *row)
' "$dir/reports.sqlite")
echo "$seen"
case "$seen" in "record: 10 pass
signature: list.example.net old fail
signature: "*) ;;
*) untried "the record isn't there";; esac
case "$seen" in *"signature: list.example.net old fail
signature: list.example.net old fail") ;;
*) echo "changed: the second signature is another"; exit 1;; esac
echo "the first signature twice, and no other"
