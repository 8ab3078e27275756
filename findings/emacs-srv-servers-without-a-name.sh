#!/bin/sh
# elpa-srv 0.2-2 (Debian 12, srv.el, with which jabber.el finds servers) in emacs-nox 1:28.2+1-15+deb12u4: a service of three servers
#   with the same priority and weights of 10 each.
# Expected: the three, in an order by chance: 'Returns a list with elements of the form (HOST . PORT)', to be tried 'in the order
#   given'. One that was chosen is out of the next draw, with its weight: 'Continue the ordering process until there are no
#   unordered SRV RRs', 'compute the sum of the weights' of those (RFC 2782).
# Seen: in about half of the look-ups there are elements (nil), no host and no port, among the three, as in (("two.example" . 5222)
#   ("three.example" . 5222) (nil) (nil) ("one.example" . 5222)). The sum isn't made smaller when a server is chosen, so the number that is
#   drawn is often above all that are left, and what is found then, nothing, is put into the list.
# Costs: a client that goes through the list is told to connect to nothing, at the second place as often as not, just when the first
#   server is down and the next one should help; it is a matter of chance, and never happens with one server or with weights of 0.
# Needs root, for a resolv.conf and a port 53 of its own. elpa-srv is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v emacs >/dev/null || untried "needs Debian's emacs-nox"
(cd "$dir" && apt-get -q download elpa-srv=0.2-2 && dpkg -x elpa-srv*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's elpa-srv can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server of one SRV record set: one, two and three at the port 5222, all of priority 0 and weight 10."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    if query[end - 3] == 1:
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
        server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:end] + record, client)
        continue
    body = b""
    for host in b"one", b"two", b"three":
        data = struct.pack(">3H", 0, 10, 5222) + bytes([len(host)]) + host + b"\7example\0"
        body += b"\xc0\x0c" + struct.pack(">HHIH", 33, 1, 60, len(data)) + data
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, 3, 0, 0) + query[12:end] + body, client)
END
cat >"$dir/try.el" <<'END'
;; a hundred look-ups: those with names alone, those with other elements, and one of the latter
(require 'srv)
(random "the same each time")
(let ((good 0) (bad 0) one)
  (dotimes (_ 100)
    (let ((found (srv-lookup "_xmpp-client._tcp.example")))
      (if (memq nil (mapcar #'car found))
          (setq bad (1+ bad) one found)
        (when (= (length found) 3) (setq good (1+ good))))))
  (princ (format "%d of 100 are three servers, %d have others too, as %S\n" good bad one)))
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the look-ups, once the server is there
ip link set lo up
echo 'nameserver 127.0.0.54' >"$1/resolv.conf"
mount --bind "$1/resolv.conf" /etc/resolv.conf
python3 "$1/server.py" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent ahostsv4 up.example >/dev/null && break
    sleep 1
done
emacs --batch -Q -L "$1/usr/share/emacs/site-lisp/elpa-src/srv-0.2" -l "$1/try.el"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "0 of 100 are three servers, 0 have"* | "") untried "no look-up has an answer: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"servers, 0 have others"*) echo "changed: $seen"; exit 1;; esac
echo "servers without a name are among the three"
