#!/bin/sh
# spf-parse 1.0.4 (npm), 'Parse SPF records into their constituent parts': policies that include, or redirect to, a domain below .ca, .ua,
#   .za or .mx, or that name a mail host there.
# Expected: include:spf.example.ca is an include of spf.example.ca, as include:spf.example.com is one of spf.example.com: the name of a
#   mechanism is what stands before the ':', and must be one of eight (RFC 7208, 4.6.1 and 12).
# Seen: it is the mechanism 'a', without a domain, and include:spf.example.mx is 'mx'; so are redirect=, mx: and exists: with such names.
#   The policy is 'valid', and there is no message. The patterns for 'a' and 'mx' are bound to the term's end alone, not to its beginning,
#   and are tried before that for 'include', so every term is an 'a' whose name ends with an a.
# Costs: what is left of the policy allows the domain's own address and not the provider's: who counts providers, flattens a policy or
#   shows what a customer has set finds none for all of Canada, Ukraine and South Africa, and sees nothing wrong in tests with .com.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" spf-parse@1.0.4 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const parse = require("spf-parse");
const TERMS = ["include:spf.example.com", "include:spf.example.ca", "include:spf.example.com.ua", "redirect=spf.example.com",
    "redirect=spf.example.co.za", "mx:mail.example.com", "mx:mail.example.ca", "exists:%{i}.spf.example.ca", "include:spf.example.mx"];
const seen = {};
for (const term of TERMS) {
    const policy = parse(`v=spf1 ${term}${term.startsWith("redirect") ? "" : " -all"}`);
    const { type, value } = policy.mechanisms[1];
    seen[term] = `${type} ${value ?? "without a domain"}`;
    console.log(`${term}: ${seen[term]}, ${policy.valid ? "valid" : "not valid"}`);
}
if (seen["include:spf.example.com"] !== "include spf.example.com" || seen["redirect=spf.example.com"] !== "redirect spf.example.com") {
    console.log("not tried: it reads no include at all");
    process.exit(2);
}
const others = TERMS.filter((term) => !term.endsWith(".com"));
if (!others.every((term) => seen[term] === `${term.endsWith(".mx") ? "mx" : "a"} without a domain`)) {
    console.log("changed: names below .ca, .ua, .za or .mx are read");
    process.exitCode = 1;
} else console.log("an include below .ca is an address of one's own");
END
node "$dir/try.js"
