#!/bin/sh
# dmarc-report-parser 0.1.5 (npm), which reads DMARC's aggregate reports 'contained in a .zip, .gz or .xml attachment': one that gives a
#   reason, as reports do where forwarded mail or a mailing list wasn't treated by the policy, and one that is attached as XML.
# Expected: the reports: policy_evaluated may have a 'reason' with a 'type', as local_policy (RFC 7489, appendix C: minOccurs="0"
#   maxOccurs="unbounded"). The attachment .xml is read, as its README says.
# Seen: an error for the first, and for all that were read with it, 'expected forwarded | ... | local_policy | ..., received array': of all
#   elements, which its reader of XML gives as lists, it takes the one out of the list, and forgets it for this one. The second is
#   'No DMARC reports found in email': the attachment's octets aren't made a text, and only texts are looked at.
# Costs: reports of large receivers, which give such reasons, can't be read, and one in a batch takes the others with it; who
#   passes over what fails has the numbers of those alone who had nothing special to say, and no forwarded mail.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --ignore-scripts --prefix "$dir" dmarc-report-parser@0.1.5 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.cjs" <<'END'
const { gzipSync } = require("node:zlib");
const { parseDmarcReportFromEmail, parseDmarcReportsFromXml } = require("dmarc-report-parser");

const report = (reason) => `<?xml version="1.0"?>
<feedback>
  <report_metadata>
    <org_name>receiver.example</org_name><email>reports@receiver.example</email><report_id>1</report_id>
    <date_range><begin>1700000000</begin><end>1700086399</end></date_range>
  </report_metadata>
  <policy_published><domain>example.com</domain><adkim>r</adkim><aspf>r</aspf><p>reject</p><sp>reject</sp><pct>100</pct></policy_published>
  <record>
    <row>
      <source_ip>192.0.2.1</source_ip><count>10</count>
      <policy_evaluated><disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>${reason}</policy_evaluated>
    </row>
    <identifiers><header_from>example.com</header_from></identifiers>
    <auth_results><spf><domain>lists.example</domain><result>pass</result></spf></auth_results>
  </record>
</feedback>
`;
const mail = (name, octets) => ["From: reports@receiver.example", "To: dmarc@example.com", "Subject: Report", "MIME-Version: 1.0",
    "Content-Type: multipart/mixed; boundary=part", "", "--part", "Content-Type: application/octet-stream",
    "Content-Transfer-Encoding: base64", `Content-Disposition: attachment; filename="${name}"`, "", octets.toString("base64"), "--part--", ""].join("\r\n");
const tell = (promise) => promise.then((found) => `${found.totalReports} read`, (error) => /array|No DMARC/.exec(error.message)?.[0] ?? error.message);
const reason = "<reason><type>local_policy</type><comment>a mailing list</comment></reason>";
(async () => {
    console.log(`without a reason: ${await tell(parseDmarcReportsFromXml([report("")]))}`);
    console.log(`as .xml.gz: ${await tell(parseDmarcReportFromEmail(mail("report.xml.gz", gzipSync(report("")))))}`);
    console.log(`with a reason: ${await tell(parseDmarcReportsFromXml([report(reason)]))}`);
    console.log(`both: ${await tell(parseDmarcReportsFromXml([report(""), report(reason)]))}`);
    console.log(`as .xml: ${await tell(parseDmarcReportFromEmail(mail("report.xml", Buffer.from(report("")))))}`);
})();
END
seen=$(cd "$dir" && node --no-deprecation try.cjs 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 2 | tr '\n' ';')" = "without a reason: 1 read;as .xml.gz: 1 read;" ] || untried "no report is read"
last=$(echo "$seen" | tail -n +3 | tr '\n' ';')
[ "$last" = "with a reason: array;both: array;as .xml: No DMARC;" ] || { echo "changed: $last"; exit 1; }
echo "a report with a reason is none, nor is what comes as XML"
