#!/bin/sh
# json-leases-to-unbound 0.0.2 (PyPI), which 'automatically adds, updates, and removes DNS entries based on lease state', and unbound
#   1.17.1-2+deb12u4 (Debian 12), to which it tells them by unbound-control: a host whose lease has another address, and one whose has ended.
# Expected: printer.lan has its new address and no other, laptop.lan isn't there any more, and the old addresses have no names.
# Seen: printer.lan has both addresses, laptop.lan is where it was, and so are all the names of addresses. It hands records to
#   local_datas_remove, 'printer.lan IN A 192.0.2.10', which reads 'one name per line' (unbound-control(8)) and takes the whole line for a
#   name, blanks and all, which has no data, so 'nothing happens'. Unbound says 'removed 4 datas' to that, with status 0, and the tool's
#   log says that four records are removed.
# Costs: each address that was ever leased leads to each host that ever had it, until Unbound is restarted: every second connection goes to
#   a machine that is another's by now, and logs that look names of addresses up name the wrong host.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=; tool=
trap 'kill $tool $server 2>/dev/null || true; wait $tool $server 2>/dev/null || true; rm -rf "$dir"' EXIT
dpkg-query -W unbound 2>/dev/null || untried "needs Debian's unbound"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install json-leases-to-unbound==0.0.2 watchdog==2.3.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/unbound.conf" <<END
server:
    directory: "$dir"
    chroot: ""
    username: ""
    pidfile: ""
    interface: 127.0.0.1
    port: 5471
    use-syslog: no
    local-zone: "lan." static
remote-control:
    control-enable: yes
    control-interface: $dir/control
    control-use-cert: no
END
unbound -c "$dir/unbound.conf" -d >"$dir/log" 2>&1 &
server=$!
control() { unbound-control -c "$dir/unbound.conf" "$@"; }
for try in 1 2 3 4 5 6 7 8 9 10; do control status >"$dir/status" 2>&1 && break; sleep 1; done
# the address records of both hosts, and the names of their addresses
records() { control list_local_data | grep -E '^(printer|laptop)\.lan\.|PTR.*\.lan\.$' | tr '\t' ' ' | cut -d ' ' -f 1,4,5 | sort; }
# leases of the hosts and last octets that are given, as one file that is there at once
leases() {
    for one in "$@"; do
        printf '%s{"AddressType": "IPv4", "Address": [192, 0, 2, %s], "Hostname": "%s", "Expire": 1800000000}' \
            "${separator-[}" "${one#*=}" "${one%=*}"
        separator=", "
    done >"$dir/new"
    unset separator
    echo "]" >>"$dir/new"
    cat "$dir/new" >"$dir/leases/leases.json"
}
mkdir "$dir/leases"
leases printer=10 laptop=11
"$dir/venv/bin/json-leases-to-unbound" --source "$dir/leases" --config-file "$dir/unbound.conf" >"$dir/tool.log" 2>&1 &
tool=$!
for try in 1 2 3 4 5 6 7 8 9 10; do records | grep -q laptop && break; sleep 1; done
sleep 1
echo "leases of both hosts:"
records
[ "$(records | grep -c .)" -eq 4 ] || untried "the leases are not taken: $(tail -n 1 "$dir/tool.log")"
leases printer=12
for try in 1 2 3 4 5 6 7 8 9 10; do records | grep -q 192.0.2.12 && break; sleep 1; done
sleep 1
echo "the printer has another address, and the laptop is gone:"
records
grep -o 'Removing [0-9]* resource records' "$dir/tool.log" || untried "nothing is removed: $(tail -n 1 "$dir/tool.log")"
records | grep -qx 'printer.lan. A 192.0.2.12' || untried "the new lease is not taken"
for one in 'printer.lan. A 192.0.2.10' 'laptop.lan. A 192.0.2.11' '10.2.0.192.in-addr.arpa. PTR printer.lan.' \
    '11.2.0.192.in-addr.arpa. PTR laptop.lan.'; do
    records | grep -qx "$one" || { echo "changed: '$one' is removed"; exit 1; }
done
echo "nothing is removed that was removed"
