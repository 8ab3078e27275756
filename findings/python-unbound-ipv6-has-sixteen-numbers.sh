#!/bin/sh
# python3-unbound 1.17.1-2+deb12u4 with libunbound8, the same version (Debian 12), Unbound's own module for Python: the addresses of an answer,
#   by result.data.address_list (as_address_list), for A and AAAA.
# Expected: 'Represents data as a list of IP addresses' (its documentation): 192.0.2.1 and 2001:db8::1 (RFC 5952), or an error for what
#   it can't represent.
# Seen: 192.0.2.1, and '32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1': of whatever record, each octet is written in decimal with dots between. A TXT
#   record has an 'address' likewise, 3.111.110.101, and an MX one of as many numbers as its host's name has octets.
# Costs: IPv6 addresses of resolved hosts are in logs, blocklists and joins as a text that is none: Python's ipaddress refuses it, a comparison
#   finds nothing, and what reads the first four numbers takes all of 2001:db8::/32 for the IPv4 address 32.1.13.184, which is somebody's.
# The packages are unpacked in the folder, not installed. Nothing is asked of a network.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download python3-unbound=1.17.1-2+deb12u4 libunbound8=1.17.1-2+deb12u4 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 || untried "Debian's python3-unbound can't be had: $(tail -n 1 "$dir/log")"
[ -x /usr/bin/python3.11 ] || untried "needs Debian's python3.11"
cat >"$dir/try.py" <<'END'
"""The addresses of names that the context has itself."""
import ipaddress

import unbound

context = unbound.ub_ctx()
context.zone_add("example.", "static")
for record in "host.example. A 192.0.2.1", "host.example. AAAA 2001:db8::1", "host.example. TXT one":
    context.data_add(record)
for kind, number in ("A", unbound.RR_TYPE_A), ("AAAA", unbound.RR_TYPE_AAAA), ("TXT", unbound.RR_TYPE_TXT):
    _, result = context.resolve("host.example.", number, unbound.RR_CLASS_IN)
    for text in result.data.address_list:
        try:
            verdict = f"IPv{ipaddress.ip_address(text).version}"
        except ValueError:
            verdict = "no address"
        print(f"{kind}: {text} ({verdict})")
END
seen=$(PYTHONPATH="$dir/usr/lib/python3/dist-packages" LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu" /usr/bin/python3.11 "$dir/try.py" \
    2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 1)" = "A: 192.0.2.1 (IPv4)" ] || untried "no address is found"
[ "$(echo "$seen" | tail -n +2)" = "AAAA: 32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1 (no address)
TXT: 3.111.110.101 (IPv4)" ] || { echo "changed: the addresses are others"; exit 1; }
echo "an IPv6 address has sixteen numbers"
