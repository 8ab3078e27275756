#!/bin/sh
# publicsuffix2 2.20191221 (PyPI): the registrable domain of a name below a TLD that its list of 2019 does not have, as .kids
#   (delegated in 2022) and internal ones as .corp.
# Expected: 'If no rules match, the prevailing rule is "*"' (publicsuffix.org's algorithm, step 2): www.example.kids is of
#   example.kids. publicsuffixlist 1.1.2.20261023 has it so, for .corp too.
# Seen: get_sld gives 'kids': the TLD itself. Below TLDs of the list it is right.
# Costs: what is counted, limited or muted by domain is so for a whole TLD, and DMARC looks for the policy of the TLD.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install publicsuffix2==2.20191221 \
    publicsuffixlist==1.1.2.20261023 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
"$dir/venv/bin/python" - <<'END'
import sys
from publicsuffix2 import get_sld
from publicsuffixlist import PublicSuffixList

names = "www.example.com", "www.example.kids", "mail.example.kids", "www.other.kids", "host.example.corp"
seen, right = [get_sld(name) for name in names], [PublicSuffixList().privatesuffix(name) for name in names]
print(f"publicsuffix2: {seen}; publicsuffixlist: {right}")
if right != ["example.com", "example.kids", "example.kids", "other.kids", "example.corp"]:
    sys.exit(print("not tried: publicsuffixlist is otherwise") or 2)
if seen != ["example.com", "kids", "kids", "kids", "corp"]:
    sys.exit(print(f"changed: {seen}") or 1)
print("all that is below a TLD that the list lacks is one domain")
END
