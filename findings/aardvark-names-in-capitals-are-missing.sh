#!/bin/sh
# aardvark-dns 1.4.0-3 (Debian 12), the DNS server of Podman's networks: the name of a container in another case than it was given in.
# Expected: the same answer: names are compared without regard to case (RFC 4343, 3), as every other server and /etc/hosts do.
# Seen: WEB, Web.dns.podman and wEB are NXDOMAIN, beside the container web. The negative answer has no SOA (RFC 2308, 2.1),
#   and all answers have the AD bit of validated data (RFC 4035, 3.2.3), where the question has it, though nothing was validated.
# Costs: a host name in capitals in one configuration file works outside of containers and not within; behind a resolver that
#   mixes the case of its questions (0x20) every container is missing at random; and NXDOMAINs of names that exist are in the stream.
# Needs root, for a network of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
(cd "$dir" && apt-get -q download aardvark-dns=1.4.0-3 && dpkg -x aardvark-dns*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's aardvark-dns can't be had: $(tail -n 1 "$dir/log")"

mkdir "$dir/networks"
printf '127.0.0.60\n%064d 10.88.0.2  web\n' 1 >"$dir/networks/podman"
cat >"$dir/run.sh" <<'EOF'
# in a network of its own: status, flags and counts of answers
dir=$1
ip link set lo up
"$dir/usr/lib/podman/aardvark-dns" --config "$dir/networks" --port 5360 run >"$dir/server.log" 2>&1 & server=$!
trap 'kill $server 2>/dev/null' EXIT
ask() {
    dig +tries=1 +time=1 @127.0.0.60 -p 5360 "$@" |
        sed -n 's/.*status: \([A-Z]*\),.*/\1/p; s/.*;; flags: \([a-z ]*\);.*ANSWER: \([0-9]*\), AUTHORITY: \([0-9]*\),.*/(\1) \2 \3/p' | xargs
}
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(ask web)" ] && break
    sleep 1
done
for name in web web.dns.podman WEB Web.dns.podman wEB; do echo "$name: $(ask $name)"; done
echo "web without AD in the question: $(ask +noad web)"
EOF
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "status, flags, answers and records of the authority:"
echo "$seen"
case "$seen" in "web: NOERROR"*"
web.dns.podman: NOERROR"*) ;; *) untried "aardvark-dns does not answer";; esac
[ "$seen" = "web: NOERROR (qr rd ra ad) 1 0
web.dns.podman: NOERROR (qr rd ra ad) 1 0
WEB: NXDOMAIN (qr rd ra ad) 0 0
Web.dns.podman: NXDOMAIN (qr rd ra ad) 0 0
wEB: NXDOMAIN (qr rd ra ad) 0 0
web without AD in the question: NOERROR (qr rd ra) 1 0" ] || { echo "changed: the answers are others"; exit 1; }
echo "a name in capitals does not exist"
