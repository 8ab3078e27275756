#!/bin/sh
# Python 3.11's csv.Sniffer, and who asks it for the separator: pandas 3.1.1 (PyPI) with sep=None and jc 1.26.1 (PyPI), 'jc
#   --csv': a file with one domain name in each line, as lists of names are.
# Expected: one column, or an error that there is no separator.
# Seen: any character that the lines have equally often is taken for one, letters too: 'x' of example.com, example.net and
#   example.org. pandas makes the columns 'exa' and 'ple.co' of the first, jc of the header 'name' and mail.test {"nam": "mail.t",
#   "": "st"}.
# Costs: a block list or a list of names to ask for becomes other names, with no error; whether and where they are cut changes
#   with each line that comes or goes.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install jc==1.26.1 pandas==3.1.1 numpy==2.4.6 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
python3 --version
printf 'example.com\nexample.net\nexample.org\n' >"$dir/list"
printf 'name\nmail.test\nmx.mail.test\n' >"$dir/named"
cat >"$dir/try.py" <<'END'
import csv
import sys

import pandas

path = f"{sys.argv[1]}/list"
with open(path) as file:
    print(f"csv.Sniffer: {csv.Sniffer().sniff(file.read()).delimiter!r}")
print(f"pandas: {pandas.read_csv(path, sep=None, engine='python', header=None).iloc[:, :2].values.tolist()}")
END
seen=$("$dir/venv/bin/python" "$dir/try.py" "$dir" && echo "jc: $("$dir/venv/bin/jc" --csv <"$dir/named")") ||
    { echo "changed: there is an error"; exit 1; }
echo "$seen"
[ "$seen" = "csv.Sniffer: 'x'
pandas: [['exa', 'ple.co'], ['exa', 'ple.net'], ['exa', 'ple.org']]
jc: [{\"nam\":\"mail.t\",\"\":\"st\"},{\"nam\":\"mx.mail.t\",\"\":\"st\"}]" ] || { echo "changed: the columns are others"; exit 1; }
echo "the names are cut at a letter"
