#!/bin/sh
# dmarc-metrics-exporter 1.3.1 (PyPI), which counts what is in DMARC's aggregate reports for Prometheus: mail with two DKIM signatures, as
#   a mailing list or a provider that sends for others makes it, of which the first fails and the second, the domain's own, is good.
# Expected: dmarc_compliant_total has the ten messages: the report says so of them ('dkim' in 'policy_evaluated' is 'the DMARC-aligned
#   authentication result', RFC 7489, appendix C), and it is a pass 'if any DKIM signature is aligned and verifies' (3.1.1).
# Seen: 0, and 10 where the same two signatures stand in the other order: compliant is what is aligned by the report and has passed by the
#   list of signatures, of which only the first is looked at, whose domain is the metric's label too (dkim_domain).
# Costs: which signature stands first is a matter of the reporter. A share of compliant mail of 100 % looks like 0 % for a domain
#   that sends by lists or providers, its owner dares no 'p=reject', or looks for a fault in DKIM that isn't there.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dmarc-metrics-exporter==1.3.1 xsdata==26.10 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys
from email.message import EmailMessage

from dmarc_metrics_exporter.deserialization import convert_to_events, get_aggregate_report_from_email
from dmarc_metrics_exporter.dmarc_metrics import DmarcMetricsCollection

REPORT = """<?xml version="1.0"?>
<feedback>
  <report_metadata>
    <org_name>receiver.example</org_name><email>reports@receiver.example</email><report_id>1</report_id>
    <date_range><begin>1700000000</begin><end>1700086399</end></date_range>
  </report_metadata>
  <policy_published><domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>
  <record>
    <row>
      <source_ip>192.0.2.1</source_ip><count>10</count>
      <policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated>
    </row>
    <identifiers><header_from>example.com</header_from></identifiers>
    <auth_results>%s<spf><domain>lists.example</domain><result>pass</result></spf></auth_results>
  </record>
</feedback>
"""
failed, good = (f"<dkim><domain>{domain}</domain><result>{result}</result></dkim>" for domain, result in (
    ("provider.example", "fail"), ("example.com", "pass")))

def count(signatures):
    mail = EmailMessage()
    mail.add_attachment(REPORT % signatures, subtype="xml")
    metrics = DmarcMetricsCollection()
    for report in get_aggregate_report_from_email(mail):
        for event in convert_to_events(report):
            metrics.update(event)
    ((meta, values),) = metrics.items()
    return meta.dkim_domain, values.total_count, values.dkim_aligned_count, values.dmarc_compliant_count

seen = {order: count(text) for order, text in (("good alone", good), ("good, failed", good + failed), ("failed, good", failed + good))}
for order, values in seen.items():
    print(f"{order}: domain {values[0]}, messages {values[1]}, aligned {values[2]}, compliant {values[3]}")
whole = ("example.com", 10, 10, 10)
if (seen["good alone"], seen["good, failed"]) != (whole, whole):
    sys.exit(print("not tried: the reports are read otherwise") or 2)
if seen["failed, good"] != ("provider.example", 10, 10, 0):
    sys.exit(print(f"changed: {seen['failed, good']}") or 1)
print("what is aligned and good is not compliant, by the order of signatures")
END
"$dir/venv/bin/python" "$dir/try.py"
