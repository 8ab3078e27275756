#!/bin/sh
# haraka-plugin-spf 1.3.0 (npm), by which the mail server Haraka checks SPF: a policy that needs ten look-ups, which are the most that it may.
# Expected: pass for an address of the policy's network and fail for others, as with nine: 'implementations MUST limit the total number of
#   those terms to 10 ... If this limit is exceeded, the implementation MUST return "permerror"'; 'the "all", "ip4", and "ip6" mechanisms ...
#   do not cause DNS queries ..., and their use is not subject to this limit' (RFC 7208, 4.6.4). pyspf 2.0.14 (PyPI) has it so.
# Seen: PermError for both. Before each term it sees whether ten look-ups have been made, whichever term it is, so the ip4 and the -all
#   that stand behind the tenth look-up are an error, though nothing is to be looked up any more.
# Costs: policies are filled up to ten and no further, since each tool that checks them says that ten is right; mail of just these domains,
#   with many providers, gets no result, and is rejected where permerror is, while all other receivers take it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" haraka-plugin-spf@1.3.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pyspf==2.0.14 dnspython==2.7.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.js" <<'END'
// what the plugin says of two senders, by policies of nine and ten hosts with a network behind them; the DNS is in here
const { SPF } = require("./node_modules/haraka-plugin-spf/lib/spf.js");
(async () => {
    for (const [hosts, ip] of [[9, "192.0.2.1"], [9, "198.51.100.1"], [10, "192.0.2.1"], [10, "198.51.100.1"]]) {
        const names = Array.from({ length: hosts }, (_, number) => `a:h${number}.example.com`);
        const spf = new SPF();
        spf.log_debug = () => {};
        spf.resolver = {
            resolveTxt: async () => [[`v=spf1 ${names.join(" ")} ip4:192.0.2.0/24 -all`]],
            resolve4: async () => ["203.0.113.1"],
        };
        console.log(`haraka ${hosts} ${ip}`, spf.result(await spf.check_host(ip, "example.com", "a@example.com")).toLowerCase());
    }
    process.exit();
})();
END
cat >"$dir/try.py" <<'END'
"""What pyspf says of them."""
import spf

def answer(hosts):
    policy = " ".join(f"a:h{number}.example.com" for number in range(hosts))

    def look_up(name, kind, *_, **__):
        if kind == "TXT" and name == "example.com":
            return [((name, "TXT"), (f"v=spf1 {policy} ip4:192.0.2.0/24 -all".encode(),))]
        return [((name, "A"), "203.0.113.1")] if kind == "A" else []
    return look_up

for hosts, ip in ((9, "192.0.2.1"), (9, "198.51.100.1"), (10, "192.0.2.1"), (10, "198.51.100.1")):
    spf.DNSLookup = answer(hosts)
    print(f"pyspf {hosts} {ip}", spf.check2(ip, "a@example.com", "mail.example.com")[0])
END
(cd "$dir" && node try.js | grep '^haraka' && venv/bin/python try.py) >"$dir/seen" 2>"$dir/log" ||
    untried "it can't be run: $(tail -n 1 "$dir/log")"
cat "$dir/seen"
for one in "haraka 9 192.0.2.1 pass" "haraka 9 198.51.100.1 fail" "pyspf 9 192.0.2.1 pass" "pyspf 9 198.51.100.1 fail" \
    "pyspf 10 192.0.2.1 pass" "pyspf 10 198.51.100.1 fail"; do
    grep -qx "$one" "$dir/seen" || untried "not $one"
done
for one in "haraka 10 192.0.2.1 permerror" "haraka 10 198.51.100.1 permerror"; do
    grep -qx "$one" "$dir/seen" || { echo "changed: not $one"; exit 1; }
done
echo "ten look-ups are one too many"
