#!/bin/sh
# simple-dmarc-parser 1.1.0 (PyPI), which reads DMARC's aggregate reports from a mailbox and 'will print any DMARC reports which had a failed
#   result, so that you can review them': two reports of the same two records, one of failing and one of good mail, in either order.
# Expected: both are printed, with --silent too, which is for those who 'only want to see failures'.
# Seen: the one whose last record fails is printed, and the other is not: there is nothing of it with --silent. Each record's result takes
#   the place of the one before, and is looked at once, behind the last.
# Costs: reports have a record for each sending address, in no order, so whether somebody hears of failing mail is a matter of which address
#   comes last: of a report of ten addresses, one of which fails, nine times in ten nothing is told; the nightly mail of its README is
#   empty, and with --delete the report is gone from the mailbox.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" -q install simple-dmarc-parser==1.1.0 imap-tools==1.16.0 xmltodict==1.0.4 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
"""Its command, on a mailbox that is in here, with the report whose name is given."""
import gzip, sys, types

from simple_dmarc_parser import dmarc_parser

RECORD = """<record><row><source_ip>{}</source_ip><count>5</count>
<policy_evaluated><disposition>none</disposition><dkim>{result}</dkim><spf>{result}</spf></policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers></record>"""
BAD, GOOD = RECORD.format("192.0.2.66", result="fail"), RECORD.format("192.0.2.1", result="pass")
RECORDS = {"good-then-bad": GOOD + BAD, "bad-then-good": BAD + GOOD}

class Mailbox:
    def __init__(self, server):
        pass

    def login(self, *_):
        return self

    def fetch(self, *_):
        report = f"""<?xml version="1.0"?><feedback><report_metadata><org_name>receiver.example</org_name>
<report_id>{name}</report_id></report_metadata>{RECORDS[name]}</feedback>"""
        attachment = types.SimpleNamespace(filename="receiver.example!example.com!1!2.xml.gz", payload=gzip.compress(report.encode()))
        return [types.SimpleNamespace(uid="1", attachments=[attachment])]

name = sys.argv.pop(1)
dmarc_parser.MailBox = Mailbox
sys.argv += ["--server", "localhost", "--username", "a", "--password", "a"]
dmarc_parser.main()
END
run() { "$dir/venv/bin/python" "$dir/try.py" "$@" 2>"$dir/log" || untried "it can't be run: $(tail -n 1 "$dir/log")"; }
for name in good-then-bad bad-then-good; do
    run "$name" >"$dir/$name"
    run "$name" --silent >"$dir/$name.silent"
    echo "$name: $(grep -c 'Failed: 5' "$dir/$name" || true) counts of five failing messages," \
        "$(grep -c 'Failed DMARC report' "$dir/$name" || true) reports printed, $(wc -l <"$dir/$name.silent") lines with --silent"
done
[ "$(cat "$dir/good-then-bad" "$dir/bad-then-good" | grep -c 'Failed: 5')" -eq 4 ] || untried "the reports are not read"
grep -q 'Failed DMARC report' "$dir/good-then-bad.silent" || untried "no report is printed at all"
if [ -s "$dir/bad-then-good.silent" ] || grep -q 'Failed DMARC report' "$dir/bad-then-good"; then
    echo "changed: the failing record is told, though it isn't the last"; exit 1
fi
echo "failing mail is told of if it is in the last record"
