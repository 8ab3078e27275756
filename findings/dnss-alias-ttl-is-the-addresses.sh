#!/bin/sh
# dnss 0.0~git20220702.0.de3cc4ff-1+b6 (Debian 12), a daemon that asks by DNS over HTTPS for a machine or small network, with its cache on
#   as by default: a name that is an alias for 86400 seconds of a name whose address is good for 20, as those at CDNs are.
# Expected: the address is passed on with 20 and asked for again after them: a TTL is for how long a record may be kept (RFC 1035,
#   3.2.1), and each record set has its own (RFC 2181, 5.2).
# Seen: the first answer already says 7200 for both: it takes the first record's TTL, the alias', for all, 2 hours at most, and answers
#   from its cache for as long. Asked for the address' own name it says 20, and does not keep it.
# Costs: clients go to a server that was taken out of the CDN or failed over for up to 2 hours, in two layers, as they keep it as long
#   themselves; in passive DNS that is fed behind it, TTLs are of other records.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server= proxy=
trap 'kill $server $proxy 2>/dev/null || true; wait $server $proxy 2>/dev/null || true; rm -rf "$dir"' EXIT
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
(cd "$dir" && apt-get -q download dnss=0.0~git20220702.0.de3cc4ff-1+b6 && dpkg -x dnss*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's dnss can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server of DNS over HTTP: www.example is an alias of cdn.example, which has an address; it says for which names it is asked."""
import base64, http.server, struct, sys, urllib.parse

def record(owner, kind, ttl, data):
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data

def answer(query):
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]]
    print(label.decode(), flush=True)
    alias = label == b"www"
    records = record(b"\xc0\x0c", 5, 86400, b"\3cdn\7example\0") if alias else b""
    records += record(b"\3cdn\7example\0", 1, 20, bytes([192, 0, 2, 1]))
    return query[:2] + struct.pack(">5H", 0x8180, 1, 1 + alias, 0, 0) + query[12:end] + records

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

http.server.HTTPServer(("127.0.0.1", 5498), Handler).serve_forever()
END
python3 "$dir/server.py" >"$dir/asked" 2>"$dir/log" &
server=$!
"$dir/usr/bin/dnss" -enable_dns_to_https -dns_listen_addr 127.0.0.1:5499 -https_upstream http://127.0.0.1:5498/dns-query \
    -fallback_upstream 127.0.0.1:5497 >"$dir/dnss.log" 2>&1 &
proxy=$!
ask() { dig +noall +answer +tries=1 +time=2 -p 5499 @127.0.0.1 "$1" A 2>&1 | awk '{print $4, $2}' | xargs; }
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(ask cdn.example)" = "A 20" ] && break
    sleep 1
done
own=$(ask cdn.example); before=$(grep -c cdn "$dir/asked" || true)
first=$(ask www.example)
sleep 22
later=$(ask www.example)
asked=$(grep -c www "$dir/asked" || true)
echo "cdn.example: $own (asked for $before times)"
echo "www.example: $first; after 22 seconds $later (asked for $asked times)"
[ "$own" = "A 20" ] || untried "dnss does not answer: $(tail -n 1 "$dir/dnss.log")"
[ "${first%% [0-9]*}" = CNAME ] || untried "the alias isn't answered"
case "$first/$asked" in
    "CNAME 7200 A 7200/1") ;;
    *) echo "changed: the address has another TTL, or is asked for again"; exit 1;;
esac
echo "an address of 20 seconds is kept for 2 hours"
