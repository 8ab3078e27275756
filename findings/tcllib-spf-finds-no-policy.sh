#!/bin/sh
# tcllib 1.21+dfsg-1 (Debian 12), Tcl's standard library: its package spf 1.1.1, which has no manual page, on its package dns 1.5.0, for
#   a domain that has a policy of SPF, 'v=spf1 ip4:192.0.2.0/24 -all'.
# Expected: pass for a sender in the network and fail for any other ('+' and '-', as the package writes them), and that spf::TXT gives
#   the text.
# Seen: 'none' for both, as of a domain that has no SPF record (RFC 7208, 2.6.1), though the server was asked and gave it; spf::TXT
#   gives the text without its first letter. The package cuts the first octet off, as if that were the length before a text on the wire
#   (RFC 1035, 3.3), which dns, where SPF is another word for TXT, has taken off already: what is left begins with '=spf1'.
# Costs: no domain has a policy any more: forged mail is as good as any other, to a filter in Tcl that asks with it, and counts of
#   domains with SPF are 0. There is no error, as 'none' is what many domains are.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
command -v tclsh >/dev/null || untried "needs Debian's tcl"
(cd "$dir" && apt-get -q download tcllib=1.21+dfsg-1 && dpkg -x tcllib*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's tcllib can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server, over TCP as the package asks, that has one TXT record for any name; its port is written to the file."""
import pathlib, socket, struct, sys

TEXT = b"v=spf1 ip4:192.0.2.0/24 -all"
server = socket.create_server(("127.0.0.1", 0))
pathlib.Path(sys.argv[1], "port.new").write_text(str(server.getsockname()[1]))
pathlib.Path(sys.argv[1], "port.new").rename(pathlib.Path(sys.argv[1], "port"))
while True:
    with server.accept()[0] as client:
        query = client.recv(4096)[2:]
        if not query:
            continue
        end = query.index(0, 12) + 5
        kind = struct.unpack(">H", query[end - 4:end - 2])[0]
        print("type", kind, flush=True)
        record = b"\xc0\x0c" + struct.pack(">HHIHB", kind, 1, 60, len(TEXT) + 1, len(TEXT)) + TEXT
        answer = query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:end] + record
        client.sendall(struct.pack(">H", len(answer)) + answer)
END
cat >"$dir/try.tcl" <<'END'
lappend auto_path [lindex $argv 0]/usr/share/tcltk/tcllib1.21
package require spf
dns::configure -nameserver 127.0.0.1 -port [lindex $argv 1] -protocol tcp -timeout 5000
array set record [lindex [dns::result [dns::resolve one.example -type TXT]] 0]
puts "dns: $record(rdata)"
puts "spf::TXT: [spf::TXT one.example]"
puts "192.0.2.7: [spf::spf 192.0.2.7 one.example user@one.example]"
puts "203.0.113.7: [spf::spf 203.0.113.7 one.example user@one.example]"
END
python3 "$dir/server.py" "$dir" >"$dir/asked" 2>"$dir/log" &
server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -f "$dir/port" ] && break
    sleep 1
done
[ -f "$dir/port" ] || untried "the server does not run: $(tail -n 1 "$dir/log")"
seen=$(tclsh "$dir/try.tcl" "$dir" "$(cat "$dir/port")" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
echo "questions: $(sort "$dir/asked" | uniq -c | xargs)"
[ "$(echo "$seen" | head -n 1)" = "dns: v=spf1 ip4:192.0.2.0/24 -all" ] || untried "the answer isn't read"
[ "$(echo "$seen" | tail -n 3)" = "spf::TXT: =spf1 ip4:192.0.2.0/24 -all
192.0.2.7: none
203.0.113.7: none" ] || { echo "changed: $(echo "$seen" | tail -n 3 | xargs)"; exit 1; }
echo "a domain with a policy has none"
