#!/bin/sh
# python-hosts 1.1.3 (PyPI), which reads and writes hosts files: one name is added to a file that has an address with a zone.
# Expected: the file with one line more. 'fe80::1%lo0 localhost' (RFC 4007, 11) is at the head of much used merged blocklists and in
#   macOS' own file; a line that a program doesn't understand is left as it is, or refused.
# Seen: lines with such an address are gone from the file, with the names in them. add() counts 'invalid_count': 0, the entries it has
#   read don't hold them, and write() says nothing. Comments and blank lines are kept.
# Costs: a program that only adds a name takes others away, from the system's own file; nobody finds it in a log, and nothing says
#   which file was the right one when a link-local router or printer has no name any more.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" 2>"$dir/log" || untried "can't make a virtual environment"
"$dir/venv/bin/pip" --quiet install python-hosts==1.1.3 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/hosts" <<'END'
# the system's names
127.0.0.1	localhost
::1	localhost
fe80::1%lo0	localhost
fe80::2%eth0	router.example

192.0.2.1	host.example
END
cat >"$dir/try.py" <<'END'
import sys
from python_hosts import Hosts, HostsEntry

hosts = Hosts(path=sys.argv[1])
counts = hosts.add([HostsEntry(entry_type="ipv4", address="192.0.2.2", names=["new.example"])])
print("added", counts["ipv4_count"], "invalid", counts["invalid_count"])
hosts.write(sys.argv[2])
before, after = ({tuple(line.split()) for line in open(path)} for path in sys.argv[1:])
print("new:", *sorted(" ".join(words) for words in after - before), sep="; ")
print("gone:", *sorted(" ".join(words) for words in before - after), sep="; ")
END
seen=$("$dir/venv/bin/python" "$dir/try.py" "$dir/hosts" "$dir/written" 2>"$dir/log") || untried "python-hosts can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "added 1 invalid 0"*"new:; 192.0.2.2 new.example"*) ;; *) untried "the name isn't added";; esac
case "$seen" in
    *"gone:; fe80::1%lo0 localhost; fe80::2%eth0 router.example") ;;
    *) echo "changed: the lines that are gone are others"; exit 1;;
esac
echo "lines are gone that nobody removed"
