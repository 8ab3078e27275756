#!/bin/sh
# intelmq 3.5.0 (PyPI), which collects and enriches what CERTs get reported: its expert bot gethostbyname, 'Resolve the IP address for the FQDN',
#   for events that have a URL and no name ('fallback_to_url', which is on), as lists of malware's URLs give them.
# Expected: source.ip for http://c2.example:8080/a as for http://c2.example/a: the host of a URL is without its port and the user's name
#   (RFC 3986, 3.2), which intelmq's bots url and url2fqdn take off.
# Seen: no address and not a word: with a port or a user's name, what is looked up is all that stands between '//' and '/', c2.example:8080,
#   as a name, which no resolver has. That there is none is one of the errors that the bot passes over. Its library's URL.to_domain_name
#   gives the network location of the URL as it is. A URL with an address and a port has no address either.
# Costs: an event of such a URL has no source.ip, so no network, country or contact is found, and nobody is told. It looks like one of a name
#   that is gone, while its host is up; what malware is fetched from or reports to is at other ports often enough.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install intelmq==3.5.0 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""c2.example has an address, and no other name exists."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
while True:
    query, client = server.recvfrom(4096)
    labels, end = [], 12
    while query[end]:
        labels.append(query[end + 1:end + 1 + query[end]].decode())
        end += 1 + query[end]
    there = labels == ["c2", "example"]
    answer = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1) if there else b""
    head = query[:2] + struct.pack(">5H", 0x8180 if there else 0x8183, 1, bool(answer), 0, 0)
    server.sendto(head + query[12:end + 5] + answer, client)
END
cat >"$dir/try.py" <<'END'
"""The address that each URL's event gets, and the one that it gets once the bot url has taken the host of it."""
import logging

from intelmq.bots.experts.gethostbyname.expert import GethostbynameExpertBot
from intelmq.bots.experts.url.expert import URLExpertBot
from intelmq.lib.bot import BotLibSettings

settings = BotLibSettings | {"logging_level": "ERROR"}
resolve, split = GethostbynameExpertBot("resolve", settings=settings), URLExpertBot("split", settings=settings)
for url in ("http://c2.example/a", "http://c2.example:8080/a", "ftp://user@c2.example/a", "http://192.0.2.7:8080/a"):
    plain = resolve.process_message({"source.url": url})["output"][0]
    named = resolve.process_message(split.process_message({"source.url": url})["output"][0])["output"][0]
    print("seen", url, plain.get("source.ip"), named.get("source.ip"))
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the addresses, once the server is there
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent ahostsv4 c2.example >/dev/null && break
    sleep 1
done
cd "$dir" && "$dir/venv/bin/python" try.py
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log" | sed -n 's/^seen //p') || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "URL, address, address by the host that the bot url takes of it:"
echo "$seen"
case "$(echo "$seen" | cut -d ' ' -f 2- | tr '\n' '/')" in
"192.0.2.1 192.0.2.1/None 192.0.2.1/None 192.0.2.1/None 192.0.2.7/") ;;
"192.0.2.1 192.0.2.1/"*) echo "changed: such URLs have addresses"; exit 1 ;;
*) untried "no URL has an address: $(tail -n 1 "$dir/log")" ;;
esac
echo "a URL with a port has no address"
