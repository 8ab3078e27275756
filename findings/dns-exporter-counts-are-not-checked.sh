#!/bin/sh
# dns_exporter 1.2.3 (PyPI), a Prometheus exporter of 'DNS monitoring', with dnspython 2.7.0: its checks of how many records an answer has,
#   as in its own example, 'make sure google public dns returns 2 A records' (fail_if_count_ne: 2).
# Expected: dnsexp_dns_query_success 0 for an answer of one record, and for one of none: fail_if_count_ne, _lt, _gt and _eq 'fail the
#   query if the number of RRs is' so (its documentation). A record that doesn't match fail_if_not_matches_regexp gives 0.
# Seen: 1 with each of the four, for any number: they are read, kept and compared with nothing. And where the answer is
#   empty (NODATA), fail_if_not_matches_regexp gives no metrics at all: the least of no numbers is asked for, which is an exception,
#   and the connection is closed without a response. blackbox_exporter, whose words these are, fails the query there.
# Costs: one of two addresses is gone, or all are, and the check that was written for just that stays green; there is no success of 0
#   for an alarm to go by where a name lost its records, as its series ends.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dns-exporter==1.2.3 dnspython==2.7.0 httpx==0.28.1 h2==4.3.0 \
    aioquic==1.2.0 prometheus-client==0.23.1 PySocks==1.7.1 PyYAML==6.0.3 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/modules.yml" <<'END'
modules:
  ne: {validate_answer_rrs: {fail_if_count_ne: 2}}
  lt: {validate_answer_rrs: {fail_if_count_lt: 2}}
  eq: {validate_answer_rrs: {fail_if_count_eq: 1}}
  gt: {validate_answer_rrs: {fail_if_count_gt: 0}}
  matches: {validate_answer_rrs: {fail_if_not_matches_regexp: [".*192.0.2.1"]}}
  another: {validate_answer_rrs: {fail_if_not_matches_regexp: [".*192.0.2.2"]}}
END
cat >"$dir/try.py" <<'END'
"""What the exporter says of an answer of one address and of one of none, by each check; and the server that answers so."""
import re, socket, struct, subprocess, sys, threading, time, urllib.request

def serve(server):
    while True:
        query, client = server.recvfrom(4096)
        end = query.index(0, 12) + 5
        records = query[12:].startswith(b"\3one")
        record = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1)
        server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, records, 0, 0) + query[12:end] + record * records, client)

def fetch(path):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20).read().decode()
    except OSError:
        return ""

def success(check, name):
    query = f"module={check}&server=udp://127.0.0.1:{server.getsockname()[1]}&query_name={name}.example&query_type=A&family=ipv4"
    found = re.search(r"^dnsexp_dns_query_success (\S+)", fetch(f"/query?{query}"), re.MULTILINE)
    return found and int(float(found[1]))

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
threading.Thread(target=serve, args=(server,), daemon=True).start()
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
command = [f"{sys.argv[1]}/venv/bin/dns_exporter", "-c", f"{sys.argv[1]}/modules.yml", "-L", "127.0.0.1", "-p", str(port)]
with open(f"{sys.argv[1]}/exporter.log", "w") as log, subprocess.Popen(command, stdout=log, stderr=log) as exporter:
    for _ in range(60):
        if exporter.poll() is not None or fetch("/"):
            break
        time.sleep(1)
    seen = {check: [success(check, name) for name in ("one", "none")] for check in ("matches", "another", "ne", "lt", "eq", "gt")}
    exporter.terminate()
for check, values in seen.items():
    print(f"{check}: success of an answer with one address {values[0]}, with none {values[1]}")
if (seen["matches"][0], seen["another"][0]) != (1, 0):
    sys.exit(print("not tried: the exporter can't be asked") or 2)
if [seen[check] for check in ("ne", "lt", "eq", "gt")] != [[1, 1]] * 4 or seen["matches"][1] is not None:
    sys.exit(print(f"changed: {seen}") or 1)
print("any number of records is right, and none at all gives no metrics")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
