#!/bin/sh
# dns-monitor 0.1.1 (PyPI, with cloudflare 5.9.0 and typer 0.29.2), a 'DNS zone guard that detects accidental edits and hijacking': a zone
#   that was there when its baseline was saved, and that the provider doesn't have any more.
# Expected: status 2, 'HIGH', and 'Record deleted' for each of its records, as for a record that is gone from a zone that is still there:
#   'check guards and detect drift', 'detect additions, deletions, and TTL mutations'.
# Seen: 'All guards passed. No violations.' and status 0. It goes through the zones that the provider lists today and compares each with the
#   baseline; what the baseline has beyond these is looked at by nobody. The zone whose one record was deleted is found, the one that was
#   deleted whole is not; nor are all of them, when the provider's list is empty.
# Costs: a domain that was removed by mistake, has moved to another account or was taken over is REFUSED or NXDOMAIN for everybody, which is
#   the worst that can happen to it, and the job that is there to tell stays green.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install "dns-monitor[cli]==0.1.1" cloudflare==5.9.0 typer==0.29.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""The provider's interface: the zones of a file, a line each: the zone and the addresses of its www."""
import http.server, json, os, sys, urllib.parse

folder = sys.argv[1]


class Provider(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        zones = {zone: hosts for zone, *hosts in map(str.split, open(f"{folder}/zones").read().strip().splitlines())}
        path = address.path.strip("/").split("/")
        if path[-1] == "dns_records":
            found = [{"id": host, "name": f"www.{path[1]}", "type": "A", "content": host, "ttl": 3600, "proxied": False, "proxiable": True,
                      "comment": None, "tags": [], "meta": {}, "settings": {}, "created_on": "2026-01-01T00:00:00Z",
                      "modified_on": "2026-01-01T00:00:00Z"} for host in zones[path[1]]]
        else:
            found = [{"id": zone, "name": zone} for zone in zones if query.get("name", zone) == zone]
        if int(query.get("page", 1)) > 1:
            found = []
        info = {"page": 1, "per_page": 100, "count": len(found), "total_count": len(found), "total_pages": 1}
        body = json.dumps({"success": True, "errors": [], "messages": [], "result": found, "result_info": info}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
print(provider.server_port, file=open(f"{folder}/port.new", "w"), flush=True)
os.rename(f"{folder}/port.new", f"{folder}/port")
provider.serve_forever()
END
python3 "$dir/server.py" "$dir" & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -f "$dir/port" ] && break
    sleep 1
done
[ -f "$dir/port" ] || untried "the provider doesn't start"
CLOUDFLARE_BASE_URL=http://127.0.0.1:$(cat "$dir/port") CF_API_TOKEN=none COLUMNS=200
export CLOUDFLARE_BASE_URL CF_API_TOKEN COLUMNS
both=$(printf 'one.example 192.0.2.1 192.0.2.2\ntwo.example 192.0.2.3')
echo "$both" >"$dir/zones"
cd "$dir"
"$dir/venv/bin/dns-monitor" baseline >"$dir/log" 2>&1 || untried "there is no baseline: $(tail -n 1 "$dir/log")"
seen=
check() {
    echo "$2" >"$dir/zones"
    status=0
    said=$("$dir/venv/bin/dns-monitor" check 2>"$dir/log") || status=$?
    echo "$1: status $status, $(echo "$said" | grep -oE 'All guards passed|Record deleted: [^│]*' | xargs)"
    seen="$seen $status"
}
check "as it was" "$both"
check "one record of one.example is gone" "$(echo "$both" | sed 's/ 192.0.2.2//')"
check "two.example is gone" "$(echo "$both" | sed '/^two/d')"
check "both are gone" ""
case "$seen" in
" 0 2 0 0") ;;
" 0 2 "*) echo "changed: statuses$seen"; exit 1 ;;
*) untried "statuses$seen: $(tail -n 1 "$dir/log")" ;;
esac
echo "a zone that is gone has passed all guards"
