#!/bin/sh
# zabbix-agent2 1:6.0.14+dfsg-1+b1 and zabbix-agent, the same version (Debian 12): net.dns and net.dns.record of a TXT record set of 600
#   octets, as of a domain with a DKIM key and some verifications, from a server that says over UDP that it was truncated (TC).
# Expected: both agents give the same for the same item: net.dns 1 ('DNS is up'), and the record. 'Query again, using a mechanism, such
#   as a TCP connection, that will permit larger replies' (RFC 2181, 9).
# Seen: the older agent asks again over TCP, and so does it. Agent 2 takes the truncated answer for none: net.dns is 0, 'DNS is down',
#   and net.dns.record is not supported, 'Cannot perform DNS query.'; with the parameter tcp it gets the record.
# Costs: an alarm that the server is down for one that answers as it must, which begins on the day that a record is added, or that the
#   agent is replaced by its successor; and nothing in the item's text speaks of truncation.
# Needs root, for port 53 in a network of its own. The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
for package in zabbix-agent=1:6.0.14+dfsg-1+b1 zabbix-agent2=1:6.0.14+dfsg-1+b1 libmodbus5=3.1.6-2.1+deb12u1; do
    (cd "$dir" && mkdir ${package%%=*} && cd ${package%%=*} && apt-get -q download "$package" && dpkg -x ./*.deb ..) >"$dir/log" 2>&1 ||
        untried "Debian's ${package%%=*} can't be had: $(tail -n 1 "$dir/log")"
done

cat >"$dir/server.py" <<'END'
"""A server whose TXT record set is too long for UDP without EDNS, so that it says TC there, and gives it over TCP."""
import socket, struct, threading

TEXT = b"\xc8" + bytes([97]) * 200

def answer(query, whole):
    end = query.index(0, 12) + 5
    record = b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 300, 3 * len(TEXT)) + 3 * TEXT
    header = query[:2] + struct.pack(">5H", 0x8180 if whole else 0x8380, 1, whole, 0, 0)
    return header + query[12:end] + (record if whole else b"")

def stream():
    while True:
        one, _ = listener.accept()
        query = one.recv(4096)[2:]
        print("TCP", flush=True)
        reply = answer(query, True)
        one.sendall(struct.pack(">H", len(reply)) + reply)
        one.close()

listener = socket.create_server(("127.0.0.54", 53))
threading.Thread(target=stream, daemon=True).start()
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    print("UDP", flush=True)
    server.sendto(answer(query, False), client)
END
printf 'Server=127.0.0.1\nLogType=console\nHostname=here\nControlSocket=%s/socket\n' "$dir" >"$dir/agent2.conf"
printf 'Server=127.0.0.1\nLogType=console\n' >"$dir/agent.conf"
cat >"$dir/run.sh" <<'END'
# in a network of its own: what each agent gives for the items, and how it asked
dir=$1
trap 'kill $server' EXIT
ip link set lo up
python3 "$dir/server.py" >>"$dir/asked" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/asked" ] && break
    sleep 1
done
item() {
    name=$1 program=$2
    shift 2
    : >"$dir/asked"
    value=$(timeout 20 "$program" "$@" 2>>"$dir/log" | sed 's/^[^]]*\] *\[/[/; s/aaa*/a.../g')
    echo "$name: $value ($(xargs <"$dir/asked"))"
}
export LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu"
item "agent, net.dns" "$dir/usr/sbin/zabbix_agentd" -c "$dir/agent.conf" -t "net.dns[127.0.0.54,long.example,TXT,2,1]"
item "agent 2, net.dns" "$dir/usr/sbin/zabbix_agent2" -c "$dir/agent2.conf" -t "net.dns[127.0.0.54,long.example,TXT,2,1]"
item "agent 2, net.dns by tcp" "$dir/usr/sbin/zabbix_agent2" -c "$dir/agent2.conf" -t "net.dns[127.0.0.54,long.example,TXT,2,1,tcp]"
item "agent 2, net.dns.record" "$dir/usr/sbin/zabbix_agent2" -c "$dir/agent2.conf" -t "net.dns.record[127.0.0.54,long.example,TXT,2,1]"
END
seen=$(unshare -mn sh "$dir/run.sh" "$dir") || true
echo "$seen"
case "$seen" in
    *"agent, net.dns: [u|1] (UDP TCP)"*"by tcp: [s|1] (TCP)"*) ;;
    *) untried "the agents can't be run: $(tail -n 1 "$dir/log")";;
esac
case "$seen" in
    *"agent 2, net.dns: [s|0] (UDP)"*"agent 2, net.dns.record: [m|ZBX_NOTSUPPORTED] [Cannot perform DNS query.] (UDP)"*) ;;
    *) echo "changed: agent 2 gives another value"; exit 1;;
esac
echo "an answer that is too long for UDP is 'DNS is down'"
