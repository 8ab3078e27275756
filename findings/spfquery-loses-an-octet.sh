#!/bin/sh
# spfquery 1.2.10-7.2+b1 (Debian 12), the command of libspf2, which mail servers check SPF with: a macro that turns a name
#   around and says how many of its parts are wanted, as %{l1r+}, the usual one: the mailbox without what follows its '+'.
# Expected: for a sender strong-bad@ this is 'strong-bad', and %{l2r-} is 'bad.strong' (RFC 7208, 7.3: split, reversed, the
#   right-most parts); pyspf 2.0.14 (PyPI) asks for that.
# Seen: where as many parts are wanted as there are, the first octet is lost: 'trong-bad' and 'ad.strong'. With fewer wanted
#   it is right, as %{l1r-}. Upstream was told in 2023 of mailboxes without the delimiter.
# Costs: a policy by user or by customer ('exists:%{l1r+}.users.example.com') is looked up at a name that nobody has, so mail
#   that is allowed fails SPF; and passive DNS and NXDOMAIN counts have names in them that nobody has written anywhere.
# Needs root, for a resolv.conf of its own in a mount namespace and port 53 of 127.0.0.153.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
dpkg-query -W spfquery 2>/dev/null && command -v spfquery >/dev/null || untried "needs Debian's spfquery"
unshare -m true 2>/dev/null || untried "needs root and mount namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pyspf==2.0.14 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""A server that has a policy for each sender's domain and notes what is asked below m.example."""
import socket, struct, subprocess, sys, threading

POLICIES = {"user.example": "%{l2r-}", "plus.example": "%{l1r+}", "one.example": "%{l1r-}"}
asked = []
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.153", 53))

def serve():
    while True:
        query, client = server.recvfrom(512)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += query[at] + 1
        name, end, answer = ".".join(labels), at + 5, b""
        if name.endswith(".m.example") and name not in asked:
            asked.append(name)
        if name in POLICIES and query[at + 1 : at + 3] == b"\0\x10":
            text = f"v=spf1 exists:{POLICIES[name]}.m.example -all".encode()
            answer = struct.pack(">HHHIHB", 0xC00C, 16, 1, 60, len(text) + 1, len(text)) + text
        head = query[:2] + struct.pack(">5H", 0x8180 | (0 if answer else 3), 1, bool(answer), 0, 0)
        server.sendto(head + query[12:end] + answer, client)

threading.Thread(target=serve, daemon=True).start()
seen = {}
for tool, command in {
    "libspf2": "spfquery -ip 192.0.2.1 -helo h.example -sender strong-bad@{}",
    "pyspf": sys.executable + " -c import\tspf,sys;spf.check2('192.0.2.1',sys.argv[1],'h.example') strong-bad@{}",
}.items():
    asked.clear()
    for domain in POLICIES:
        words = [word.replace("\t", " ") for word in command.format(domain).split(" ")]
        subprocess.run(words, capture_output=True, check=False, timeout=60)
    seen[tool] = [name.removesuffix(".m.example") for name in asked]
    print(f"{tool}: %{{l2r-}}, %{{l1r+}} and %{{l1r-}} of strong-bad: {', '.join(seen[tool])}")
if seen["pyspf"] != ["bad.strong", "strong-bad", "strong"]:
    sys.exit(print("not tried: the server is not asked as it should be") or 2)
if seen["libspf2"] != ["ad.strong", "trong-bad", "strong"]:
    sys.exit(print(f"changed: libspf2 asks {seen['libspf2']}") or 1)
print("libspf2 asks for names that lack their first octet")
END
printf 'nameserver 127.0.0.153\n' >"$dir/resolv.conf"
unshare -m sh -c "mount --bind $dir/resolv.conf /etc/resolv.conf && $dir/venv/bin/python $dir/try.py"
