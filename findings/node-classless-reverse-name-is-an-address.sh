#!/bin/sh
# Node.js 20.20.2: url.domainToASCII and domainToUnicode of names of classless reverse delegations (RFC 2317), as
#   0/25.2.0.192.in-addr.arpa.
# Expected: the name as it stands, or the empty text: 'If the domain is an invalid domain, the empty string is returned', as of 'a
#   b.example' and 'a<b.example'.
# Seen: what follows the slash is dropped, and a number before it is an IPv4 address: 0.0.0.0 of that name, 0.0.0.128 of
#   128/26.2.0.192.in-addr.arpa, and 'a' of 'a/b.example'. Likewise at a '?', '#' or '\'.
# Costs: a normalizer of names makes addresses, or other names, of such zones: all '0/25' of the reverse tree are one key, and
#   counts and lists by name have 0.0.0.0 among them.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
node --version
cat >"$dir/try.js" <<'END'
const { domainToASCII, domainToUnicode } = require("node:url");
const names = ["1.2.0.192.in-addr.arpa", "a b.example", "0/25.2.0.192.in-addr.arpa", "128/26.2.0.192.in-addr.arpa", "a/b.example", "a?b.example"];
const seen = names.map(domainToASCII);
names.forEach((name, at) => console.log(`${name}: '${seen[at]}'`));
if (seen[0] !== names[0] || seen[1] !== "" || domainToUnicode(names[0]) !== names[0]) {
  console.log("not tried: other names are read otherwise");
  process.exitCode = 2;
} else if (seen.slice(2).join() !== "0.0.0.0,0.0.0.128,a,a" || domainToUnicode(names[2]) !== "0.0.0.0") {
  console.log(`changed: ${seen.slice(2).join()}`);
  process.exitCode = 1;
} else console.log("a reverse name becomes an address");
END
node "$dir/try.js"
