#!/bin/sh
# dmarcreporting 0.3.1 (PyPI), which shows what fails in DMARC's aggregate reports: mail without any DKIM signature, as from a host or a
#   service that was never set up to sign.
# Expected: 'DKIM Auth' is empty or none, as there is no result: 'dkim' may be missing in 'auth_results' (RFC 7489, appendix C,
#   minOccurs="0"), and a report says 'fail' for 'DKIM Align' of it.
# Seen: 'pass', as for mail whose signature is good: it looks for the first result that isn't 'pass', and where there is none says
#   'pass', whether all have passed or there are none to look at. A signature that fails is 'fail'.
# Costs: 'DKIM Auth pass, DKIM Align fail' is the picture of mail that is signed well by another domain, so one looks for the alignment of
#   the provider's domain and not for the host that doesn't sign, which is the most frequent fault; and counts of signed mail by it are
#   those of all mail.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dmarcreporting==0.3.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import gzip, subprocess, sys

REPORT = """<?xml version="1.0"?>
<feedback>
  <report_metadata>
    <org_name>receiver.example</org_name><email>reports@receiver.example</email><report_id>1</report_id>
    <date_range><begin>1700000000</begin><end>1700086399</end></date_range>
  </report_metadata>
  <policy_published><domain>example.com</domain><p>none</p></policy_published>
  <record>
    <row>
      <source_ip>127.0.0.1</source_ip><count>10</count>
      <policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated>
    </row>
    <identifiers><header_from>example.com</header_from></identifiers>
    <auth_results>%s<spf><domain>example.com</domain><result>fail</result></spf></auth_results>
  </record>
</feedback>
"""
SIGNED = "<dkim><domain>%s</domain><result>%s</result></dkim>"
cases = {"another's": SIGNED % ("provider.example", "pass"), "broken": SIGNED % ("example.com", "fail"), "unsigned": ""}
for number, signatures in enumerate(cases.values()):
    with gzip.open(f"{sys.argv[1]}/{number}.xml.gz", "wt") as file:
        file.write(REPORT % signatures)
command = [sys.executable, "-m", "DMARCReporting", "-c", f"{sys.argv[1]}/out.csv", sys.argv[1]]
shown = subprocess.run(command, capture_output=True, text=True)
try:
    with open(f"{sys.argv[1]}/out.csv") as file:
        head, *rows = [line.strip().split(",") for line in file]
except OSError:
    sys.exit(print(f"not tried: it can't be run: {shown.stderr.strip()[-200:]}") or 2)
seen = {name: (row[head.index("DKIM Auth")], row[head.index("DKIM Align")]) for name, row in zip(cases, rows)}
for name, values in seen.items():
    print(f"{name}: DKIM Auth {values[0]}, DKIM Align {values[1]}")
if (seen.get("another's"), seen.get("broken")) != (("pass", "fail"), ("fail", "fail")):
    sys.exit(print("not tried: the reports are read otherwise") or 2)
if seen["unsigned"] != ("pass", "fail"):
    sys.exit(print(f"changed: {seen['unsigned']}") or 1)
print("mail without a signature has passed DKIM")
END
mkdir "$dir/reports"
"$dir/venv/bin/python" "$dir/try.py" "$dir/reports"
