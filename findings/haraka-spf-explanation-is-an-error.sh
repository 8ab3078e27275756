#!/bin/sh
# haraka-plugin-spf 1.3.0 (npm), by which the mail server Haraka checks SPF: policies with an explanation for those who are refused, and with
#   a redirect, that have a macro in their names, as the standard's own examples.
# Expected: pass for an address of the policy's network: 'exp=explain._spf.%{d}' is the standard's own example (RFC 7208, 6.2), a modifier's
#   domain-spec may have macros (6.1, 6.2 and 7.1), and an explanation matters only to a result of fail. pyspf 2.0.14 (PyPI) has pass.
# Seen: PermError, also for the sender's own hosts, while the same policies without a macro in the modifier pass. What stands behind a
#   modifier's '=' may have letters, digits and ':/._-' only; '%{d}' fits neither that nor a mechanism, so the whole policy is a syntax
#   error. In a mechanism, as exists:%{i}.example.com, macros are read.
# Costs: a domain that is kind enough to explain its refusals has no good mail: it is treated as one whose policy is broken, and rejected
#   where that is asked for. Other receivers take it, and tools that check policies find nothing.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" haraka-plugin-spf@1.3.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pyspf==2.0.14 dnspython==2.7.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/policies" <<'END'
v=spf1 ip4:192.0.2.0/24 -all exp=explain.example.com
v=spf1 ip4:192.0.2.0/24 -all exp=explain._spf.%{d}
v=spf1 redirect=spf.example.com
v=spf1 redirect=%{d}.spf.example.com
END
cat >"$dir/try.js" <<'END'
// what the plugin says of a host of the network, by each policy; the DNS is in here
const { SPF } = require("./node_modules/haraka-plugin-spf/lib/spf.js");
(async () => {
    for (const policy of require("fs").readFileSync("policies", "utf8").trim().split("\n")) {
        const spf = new SPF();
        spf.log_debug = () => {};
        spf.resolver = { resolveTxt: async (name) => [[name === "example.com" ? policy : "v=spf1 ip4:192.0.2.0/24 -all"]] };
        console.log("haraka", policy.split(" ").pop(), spf.result(await spf.check_host("192.0.2.1", "example.com", "a@example.com")).toLowerCase());
    }
    process.exit();
})();
END
cat >"$dir/try.py" <<'END'
"""What pyspf says of it."""
import spf

for policy in open("policies").read().splitlines():
    def look_up(name, kind, *_, **__):
        text = policy if name == "example.com" else "v=spf1 ip4:192.0.2.0/24 -all"
        return [((name, "TXT"), (text.encode(),))] if kind == "TXT" else []

    spf.DNSLookup = look_up
    print("pyspf", policy.split()[-1], spf.check2("192.0.2.1", "a@example.com", "mail.example.com")[0])
END
(cd "$dir" && node try.js | grep '^haraka' && venv/bin/python try.py) >"$dir/seen" 2>"$dir/log" ||
    untried "it can't be run: $(tail -n 1 "$dir/log")"
cat "$dir/seen"
[ "$(grep -c '^pyspf .* pass$' "$dir/seen")" -eq 4 ] || untried "pyspf has other results"
[ "$(grep -c '^haraka .*=[a-z.]* pass$' "$dir/seen")" -eq 2 ] || untried "policies without macros don't pass"
[ "$(grep -c '^haraka .*%{d}.* permerror$' "$dir/seen")" -eq 2 ] || { echo "changed: macros of modifiers are read"; exit 1; }
echo "a policy that explains itself is an error"
