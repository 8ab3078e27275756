#!/bin/sh
# tinydns 1:1.05-15+b2 (Debian 12, djbdns): a zone with a.b.example.com and nothing at b.example.com itself.
# Expected: b.example.com exists, as a name with names below it does: NOERROR without records (RFC 4592, 2.2.2;
#   RFC 8020). And below y.w.example.com, which is such a name too, a wildcard *.w.example.com gives nothing
#   (RFC 4592, 3.3.1). pdns-server 4.7.3, dnsmasq 2.90 and gdnsd 3.8.1 have it so.
# Seen: NXDOMAIN for b.example.com, and the wildcard's address for z.y.w.example.com.
# Costs: an NXDOMAIN from such a server says nothing of what is below, though it reads so: who counts domains as gone, or
#   cuts off what is below them (RFC 8020), loses names that resolve. A resolver that asks by minimised names meets it
#   with each question for a name two labels below (RFC 9156, 2.3), and clients never asked for what was denied.
set -eu
untried() { echo "not tried: $*"; exit 2; }
command -v tinydns-get >/dev/null || untried "needs Debian's tinydns"
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >data <<'END'
.example.com:192.0.2.1:ns1.example.com:300
+a.b.example.com:192.0.2.2:300
+*.w.example.com:192.0.2.3:300
+x.y.w.example.com:192.0.2.4:300
END
tinydns-data || untried "tinydns-data fails"
tinydns-get A a.b.example.com | grep -q 'answer: a.b.example.com 300 A 192.0.2.2' || untried "the zone isn't read"
above=$(tinydns-get A b.example.com | sed -n 2p)
below=$(tinydns-get A z.y.w.example.com | grep answer: || true)
echo "b.example.com: $above; z.y.w.example.com: ${below:-no answer}"
case $above/$below in
*nxdomain*/*192.0.2.3*) echo "a name with names below it is denied, and a wildcard reaches below one" ;;
*) echo "changed: $above / $below"; exit 1 ;;
esac
