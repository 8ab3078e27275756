#!/bin/sh
# mailauth 4.13.3 (npm) and authheaders 0.16.3 (PyPI): a DMARC policy with blanks around its first '='.
# Expected: a policy: dmarc-version = "v" *WSP "=" *WSP %x44 %x4d... (RFC 7489, 6.4); blanks are allowed around each '='.
#   dmarc-parse 1.2.1 (npm) and Mail::DMARC 1.20211209 (Debian 12) read it.
# Seen: none for both, though they take blanks around the other ones.
# Costs: a domain whose owner has it checked by one tool and found good is without a policy at those who use another: forged
#   mail is let through.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" mailauth@4.13.3 dmarc-parse@1.2.1 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" -q install authheaders==0.16.3 dnspython==2.9.2 dkimpy==1.1.8 publicsuffix2==2.20191221 \
        authres==1.2.0 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.cjs" <<'END'
const { dmarc } = require("mailauth/lib/dmarc");
const parse = require("dmarc-parse");
(async () => {
  const seen = [];
  for (const text of process.argv.slice(2)) {
    const resolver = async (name) => (name === "_dmarc.example.com" ? [[text]] : []);
    const { policy } = await dmarc({ headerFrom: ["a@example.com"], spfDomains: [], dkimDomains: [], resolver });
    seen.push(`${(policy || "none").trim()}/${parse(text).tags.p.value.trim()}`);
  }
  console.log(seen.join(" "));
})();
END
cat >"$dir/try.py" <<'END'
import sys
import dns.message, dns.resolver
from authheaders.dmarc_lookup import receiver_record

class Resolver:
    def resolve(self, name, *_, **__):
        message = dns.message.from_text(f'id 1\nflags QR\n;QUESTION\n{name}. IN TXT\n;ANSWER\n{name}. 60 IN TXT "{self.text}"\n')
        return dns.resolver.Answer(dns.name.from_text(name), dns.rdatatype.TXT, dns.rdataclass.IN, message)

def read(text):
    dns.resolver.default_resolver = resolver = Resolver()
    resolver.text = text
    return receiver_record("example.com")[0].get("p", "none")

print(*map(read, sys.argv[1:]))
END
set -- "v=DMARC1; p=reject" "v=DMARC1; p = reject" "v = DMARC1; p=reject"
node=$(cd "$dir" && node try.cjs "$@")
python=$("$dir/venv/bin/python" "$dir/try.py" "$@")
echo "mailauth/dmarc-parse: $node; authheaders: $python (no blanks, around the second '=', around the first)"
case "$node $python" in
"reject/reject reject/reject none/reject reject reject none") echo "a policy with blanks around its first '=' is none" ;;
"reject/reject reject/reject "*" reject reject "*) echo "changed: $node; $python"; exit 1 ;;
*) untried "a policy without blanks isn't read" ;;
esac
