#!/bin/sh
# golang-github-miekg-dns-dev 1.1.50-2 (Debian 12, the DNS library of Go that CoreDNS and most tools in Go use), built with
#   golang-go 1.19: an AAAA record whose address is an IPv4-mapped one (RFC 4291, 2.5.5.2), and its text.
# Expected: '::ffff:192.0.2.1' (RFC 5952, 5), as dnspython 2.9.2 (PyPI) and dig have it; and that the library reads what it wrote.
# Seen: 'AAAA 192.0.2.1', which the library then refuses: bad AAAA AAAA.
# Costs: what a program of this Debian writes as a zone file or log can't be read again, and where only addresses are kept, an
#   AAAA becomes an IPv4 address that the name has never had: it joins with A records of others.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v go >/dev/null && [ -d /usr/share/gocode/src/github.com/miekg/dns ] ||
    untried "needs Debian's golang-go and golang-github-miekg-dns-dev"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/main.go" <<'END'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/miekg/dns"
)

func main() {
	octets := make([]byte, 512)
	for _, text := range os.Args[1:] {
		record, err := dns.NewRR(text)
		if err != nil {
			panic(err)
		}
		end, err := dns.PackRR(record, octets, 0, nil, false)
		if err != nil {
			panic(err)
		}
		record, _, err = dns.UnpackRR(octets[:end], 0)
		if err != nil {
			panic(err)
		}
		fields := strings.Fields(record.String())
		_, err = dns.NewRR(record.String())
		fmt.Printf("%s|%v\n", fields[len(fields)-1], err == nil)
	}
}
END
(cd "$dir" && HOME="$dir" GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$dir/cache" go build -o try main.go) >"$dir/log" 2>&1 ||
    untried "can't be built: $(tail -n 1 "$dir/log")"
seen=$("$dir/try" "a.example. 60 IN AAAA 2001:db8::1" "a.example. 60 IN AAAA ::ffff:192.0.2.1") || untried "the records aren't read"
echo "text, and whether it is read again:"
echo "$seen"
echo "dnspython: $("$dir/venv/bin/python" -c '
import dns.rdata
print(dns.rdata.from_wire("IN", "AAAA", bytes(10) + bytes.fromhex("ffffc0000201"), 0, 16))')"
[ "$seen" = "2001:db8::1|true
192.0.2.1|false" ] || { echo "changed: the texts are others"; exit 1; }
echo "an IPv6 address is written as an IPv4 one"
