#!/bin/sh
# Python 3.11's ipaddress, and ip-address 10.7.6 (npm): the reverse name of a network.
# Expected: the zone of the reverse tree that the network is: 2.0.192.in-addr.arpa, 10.in-addr.arpa, 8.b.d.0.1.0.0.2.ip6.arpa (RFC
#   1035, 3.5, and RFC 3596, 2.5), or an error.
# Seen: ip_network(...).reverse_pointer takes the text '192.0.2.0/24' apart at its dots: 0/24.2.0.192.in-addr.arpa, which looks
#   like RFC 2317's name of a network smaller than /24, and, for IPv6, a name with the labels '2', '3' and '/': 2.3./.0.0.0 and so
#   on. ip-address gives 2001:db8::/32 its zone, and 192.0.2.0/24 the name of its first address, 0.2.0.192.in-addr.arpa.
# Costs: zones, delegations and look-ups are made for names that nobody has: they answer NXDOMAIN, and a network seems to have no
#   reverse DNS.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" ip-address@10.7.6 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 --version
python=$(python3 - <<'END'
import ipaddress
print(*(ipaddress.ip_network(one).reverse_pointer for one in ("192.0.2.0/24", "10.0.0.0/8", "2001:db8::/32")), sep="\n")
END
) || { echo "changed: Python refuses"; exit 1; }
node=$(cd "$dir" && node -e '
const { Address4, Address6 } = require("ip-address");
console.log(["192.0.2.0/24", "10.0.0.0/8"].map((one) => new Address4(one).reverseForm()).join("\n"));
console.log(new Address6("2001:db8::/32").reverseForm());') || { echo "changed: ip-address refuses"; exit 1; }
echo "of 192.0.2.0/24, 10.0.0.0/8 and 2001:db8::/32, Python:"
echo "$python"
echo "ip-address:"
echo "$node"
zeros=$(printf '0.%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24)
[ "$python" = "0/24.2.0.192.in-addr.arpa
0/8.0.0.10.in-addr.arpa
2.3./.${zeros}8.b.d.0.1.0.0.2.ip6.arpa" ] || { echo "changed: Python's names are others"; exit 1; }
[ "$node" = "0.2.0.192.in-addr.arpa.
0.0.0.10.in-addr.arpa.
8.b.d.0.1.0.0.2.ip6.arpa." ] || { echo "changed: the names of ip-address are others"; exit 1; }
echo "the names are no zones"
