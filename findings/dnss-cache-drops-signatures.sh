#!/bin/sh
# dnss 0.0~git20220702.0.de3cc4ff-1+b6 (Debian 12), a daemon that asks by DNS over HTTPS for a machine or small network, with its cache on
#   as by default: a signed name, asked for with DO (RFC 3225) after somebody asked for it without.
# Expected: the signatures, as the server has them (RFC 4035, 3.2.1: the DO bit decides what is sent), and AD where the server says it;
#   RD copied and RA set, as in each recursive answer (RFC 1035, 4.1.1).
# Seen: no signature, and none of the flags AD, RD and RA. A name that nobody asked for before has all of them. The cache is kept by
#   name, type and class, and keeps the records alone.
# Costs: for a validator behind it (systemd-resolved, Unbound, delv) the name is bogus for up to 2 hours, or not, by who asked first;
#   mail servers and ssh, which take TLSA and SSHFP for AD answers only, do without them from the second time on.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server= proxy=
trap 'kill $server $proxy 2>/dev/null || true; wait $server $proxy 2>/dev/null || true; rm -rf "$dir"' EXIT
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
(cd "$dir" && apt-get -q download dnss=0.0~git20220702.0.de3cc4ff-1+b6 && dpkg -x dnss*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's dnss can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server of DNS over HTTP: each name has an address, and with DO its signature, and is said to be authentic."""
import base64, http.server, struct, time, urllib.parse

def record(kind, data):
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 3600, len(data)) + data

def answer(query):
    end = query.index(0, 12) + 5
    with_option = query[11] > 0 and query[end:end + 3] == b"\0\0\x29"
    signed = with_option and query[end + 7] >= 0x80
    now = int(time.time())
    times = struct.pack(">HBBIIIH", 1, 13, 2, 3600, now + 86400, now - 86400, 4711)
    records = record(1, bytes([192, 0, 2, 1]))
    if signed:
        records += record(46, times + b"\7example\0" + bytes(64))
    option = b"\0\0\x29" + struct.pack(">HIH", 1232, 0x8000 if signed else 0, 0) if with_option else b""
    return query[:2] + struct.pack(">5H", 0x81A0, 1, 1 + signed, 0, with_option) + query[12:end] + records + option

class Handler(http.server.BaseHTTPRequestHandler):
    def reply(self, query):
        body = answer(query)
        self.send_response(200)
        self.send_header("Content-Type", "application/dns-message")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.reply(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        text = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["dns"][0]
        self.reply(base64.urlsafe_b64decode(text + "=="))

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", 5495), Handler).serve_forever()
END
python3 "$dir/server.py" >"$dir/log" 2>&1 &
server=$!
"$dir/usr/bin/dnss" -enable_dns_to_https -dns_listen_addr 127.0.0.1:5496 -https_upstream http://127.0.0.1:5495/dns-query \
    -fallback_upstream 127.0.0.1:5494 >"$dir/dnss.log" 2>&1 &
proxy=$!
ask() {
    dig +tries=1 +time=2 -p 5496 @127.0.0.1 "$@" 2>&1 |
        awk '/^;; flags:/ {sub(/;; flags: */, ""); sub(/;.*/, ""); flags = $0} /^[a-z].*IN/ {types = types " " $4} END {print flags ":" types}'
}
for try in 1 2 3 4 5 6 7 8 9 10; do
    case "$(ask ready.example +noadflag)" in *": A") break;; esac
    sleep 1
done
fresh=$(ask fresh.example +dnssec)
plain=$(ask host.example +noadflag)
after=$(ask host.example +dnssec)
again=$(ask host.example +adflag)
echo "first asked with DO: $fresh"
echo "first asked without: $plain; then with DO: $after; with AD: $again"
[ "$fresh" = "qr rd ra ad: A RRSIG" ] || untried "dnss does not answer: $(tail -n 1 "$dir/dnss.log")"
[ "$after/$again" = "qr: A/qr: A" ] || { echo "changed: $after; $again"; exit 1; }
echo "signatures and flags depend on who asked first"
