#!/bin/sh
# argparse-manpage 4.8 (PyPI): a parser whose epilog has a line that begins with a quotation mark.
# Expected: all words of the epilog are in the manual page, as they are in --help.
# Seen: the line is gone from the page that man shows: it was written as it stands, and roff takes a line that begins with
#   an apostrophe for a request of its own, which it doesn't know, and passes over.
# Costs: a manual without the sentence that tells where there is more ("'tool COMMAND --help' tells more"), and no error but
#   where man is asked for warnings.
set -eu
untried() { echo "not tried: $*"; exit 2; }
command -v groff >/dev/null || untried "needs groff"
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || untried "needs python3-venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check argparse-manpage==4.8 || untried "argparse-manpage can't be had"
cat > "$dir/tool.py" <<'END'
import argparse
from argparse_manpage.manpage import Manpage

parser = argparse.ArgumentParser(
    prog="tool", epilog="A line before.\n'tool COMMAND --help' tells more.\nA line after.",
    formatter_class=argparse.RawDescriptionHelpFormatter,
)
print(Manpage(parser))
END
"$dir/venv/bin/python" "$dir/tool.py" > "$dir/tool.1" || untried "it makes no page"
page=$(groff -man -Tascii "$dir/tool.1" 2>"$dir/warnings")
echo "$page" | grep "A line" || untried "no epilog in the page: $page"
if echo "$page" | grep -q "tells more"; then echo "changed: the line is there"; exit 1; fi
echo "the lines before and after it are there, and the one that begins with an apostrophe is not"
