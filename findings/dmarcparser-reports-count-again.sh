#!/bin/sh
# dmarcparser 0.1 (PyPI), 'Extract and parse DMARC reports/forensic feedback': three aggregate reports of ten, twenty and thirty messages,
#   read by one DmarcParser, file by file.
# Expected: read_file gives the report of its file, under the file's hash: 'Takes a path argument and returns a dictionary of parsed data',
#   so sixty messages in all.
# Seen: the second call gives the first report too, and the third all three: a hundred messages. The list of reports is made with the parser,
#   each call adds to it, and what is given back is the list itself, so the result of the first call grows by what is read later. Its
#   dmarc_from_folder makes a parser for each file, and has them right.
# Costs: of n files the first counts n times and the last once, so a day of thirty reports has about fifteen times the failing messages that
#   there were, and the older ones weigh most; a hash, by which one knows what was read already, stands for the reports of other files.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dmarcparser==0.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import logging, pathlib, sys

from dmarcparser.parser import DmarcParser

REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<feedback>
<report_metadata><org_name>receiver.example</org_name><email>dmarc@receiver.example</email><report_id>{number}</report_id>
<date_range><begin>1700000000</begin><end>1700086400</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>{count}</count>
<policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers>
<auth_results><spf><domain>example.com</domain><result>fail</result></spf></auth_results></record>
</feedback>
"""
folder = pathlib.Path(sys.argv[1])
parser = DmarcParser(logging.getLogger("quiet"))
results = []
for number, count in enumerate((10, 20, 30)):
    path = folder / f"{number}.xml"
    path.write_text(REPORT.format(number=number, count=count))
    (reports,) = parser.read_file(path).values()
    results.append([int(row["count"]) for one in reports for record in one["report"]["records"] for row in record["rows"]])
    print(f"file {number}, {count} messages: {results[-1]}")
total = sum(sum(counts) for counts in results)
print(f"in all: {total}")
if results[0] != [10] or total not in (60, 100):
    sys.exit(print("not tried: the reports are not read") or 2)
if results != [[10], [10, 20], [10, 20, 30]]:
    sys.exit(print("changed: each file has its own report") or 1)
print("reports that were read already are read again")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
