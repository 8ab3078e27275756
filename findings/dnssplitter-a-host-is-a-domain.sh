#!/bin/sh
# dnssplitter 1.1.1 (PyPI), 'breaking down DNS domains into parts' by the Public Suffix List: names below a domain that is no rule of
#   the list, but has rules below it, as azure.com, amazonaws.com and fastly.net have.
# Expected: www.azure.com is of the domain azure.com, below com: the prevailing rule is the matching one 'with the most labels'
#   (publicsuffix.org's algorithm, steps 1 and 4), and westus2.cloudapp.azure.com doesn't match. publicsuffixlist 1.1.2.20261023 (PyPI), of
#   the same file, has it so.
# Seen: www.azure.com is a domain of its own, below the public suffix azure.com, and azure.com itself is no domain at all. The rules are put
#   into a tree of labels, and each node on the way to a rule is taken for one: nothing marks where a rule ends.
# Costs: each host name of the largest clouds and CDNs is a 'new domain', so counts by domain and first sightings are full of them, and what
#   is known of azure.com or allowed for it isn't so for its hosts; all the smaller domains are right, and so are tests with them.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnssplitter==1.1.1 publicsuffixlist==1.1.2.20261023 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

from dnssplitter import DNSSplitter
from publicsuffixlist import PublicSuffixList

path = f"{sys.argv[1]}/list"
with open(path, "w") as file:
    file.write("\n".join(["com", "uk", "co.uk", "westus2.cloudapp.azure.com"]) + "\n")
small, own = DNSSplitter(), DNSSplitter()
small.load_psl_file(path)
own.init_tree()
with open(path, "rb") as file:
    other = PublicSuffixList(file)
names = ["www.example.com", "www.example.co.uk", "a.b.westus2.cloudapp.azure.com", "www.azure.com", "azure.com"]
seen = {name: (other.privatesuffix(name), *((splitter.search_tree(name) or [None] * 2)[1] for splitter in (small, own))) for name in names}
for name, values in seen.items():
    print(f"{name}: by publicsuffixlist {values[0]}, by dnssplitter {values[1] or 'none'}, with its own list {values[2] or 'none'}")
if [values[0] for values in seen.values()][3:] != ["azure.com"] * 2 or [len(set(seen[name][:2])) for name in names[:3]] != [1] * 3:
    sys.exit(print("not tried: other names are of other domains") or 2)
if [seen[name][1:] for name in names[3:]] != [("www.azure.com",) * 2, ("", "")]:
    sys.exit(print(f"changed: {seen}") or 1)
print("a host is a domain, and its domain is none")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
