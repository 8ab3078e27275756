#!/bin/sh
# ioc-extractor 8.2.0 (npm) and iocsearcher 3.1.0 (PyPI): the names in a line of a DNS log or a report.
# Expected: names as they stand, or none. An underscore is a part of a name (RFC 2181, 11; RFC 8552), and so is the slash of a
#   reverse name (RFC 2317). ioc-finder 9.4.1 (PyPI) has those with underscores.
# Seen: what stands behind the underscore: dmarc.example.com of _dmarc.example.com, or example.com; b.example.com of
#   a_b.example.com. And 0/25.2.0.192.in-addr.arpa gives the address 25.2.0.192, which nobody wrote.
# Costs: the domain that was attacked becomes an indicator of an attack, as does an address of a network that has
#   nothing to do with it; both are shared and blocked. The name that was meant is in no list.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" ioc-extractor@8.2.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install iocsearcher==3.1.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

set -- www.example.com _dmarc.example.com a_b.example.com 0/25.2.0.192.in-addr.arpa
cat >"$dir/try.mjs" <<'END'
import { extractIOC } from "ioc-extractor";
console.log(process.argv.slice(2).map((name) => {
  const { domains, ipv4s } = extractIOC(`query: ${name} IN TXT`);
  return [...domains, ...ipv4s].join(",");
}).join(" "));
END
npm=$(cd "$dir" && node try.mjs "$@")
pypi=$("$dir/venv/bin/python" -c '
import sys
from iocsearcher.searcher import Searcher
print(*[",".join(sorted(one.value for one in Searcher().search_data(f"query: {name} IN TXT"))) for name in sys.argv[1:]])' "$@")
echo "$*: ioc-extractor says $npm; iocsearcher says $pypi"
case "$npm; $pypi" in
"www.example.com dmarc.example.com b.example.com 25.2.0.192.in-addr.arpa,25.2.0.192; \
www.example.com example.com example.com 25.2.0.192,25.2.0.192.in-addr.arpa") echo "both give names and an address that nobody wrote" ;;
www.example.com*"; www.example.com"*) echo "changed: $npm; $pypi"; exit 1 ;;
*) untried "a plain name isn't found: $npm; $pypi" ;;
esac
