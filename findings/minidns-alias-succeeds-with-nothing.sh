#!/bin/sh
# libminidns-java 1.0.0-2 (Debian 12, MiniDNS, the DNS library of XMPP clients in Java and on Android): a host that is an alias (CNAME), as
#   those at hosting providers and CDNs are, by its 'easy' interface: ResolverApi.resolve(name, A.class) and getAnswers().
# Expected: the address, which the resolver's answer has behind the alias (RFC 1034, 4.3.2 and 5.3.3: a resolver that finds a CNAME goes on with the
#   name that it points to), as glibc gives it, or an error that there is none under this name.
# Seen: wasSuccessful() is true, the status NO_ERROR, and the set of answers is empty, as of a name that has no record of the type. Of
#   the answer's records those are given that have the name that was asked for and the type; the alias has another type, and the
#   address another name. A TXT record behind an alias isn't there either. Upstream knows (issue 32 of 2016, open).
# Costs: a host that moves behind an alias loses its address, and a domain whose policy is kept at a provider its policy, in programs that use
#   this alone, with no error: 'successful' and nothing is what they take for NODATA. Counts of names without an address have all aliases in
#   them; the address was in the answer all the time.
# The package is unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v javac >/dev/null || untried "needs a JDK"
(cd "$dir" && apt-get -q download libminidns-java=1.0.0-2 && dpkg -x ./*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's package can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver: host.example has an address and a text, alias.example is an alias for it, and bare.example has neither."""
import socket, struct

host = b"\4host\7example\0"
data = {1: bytes([192, 0, 2, 1]), 16: b"\13v=spf1 -all"}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label, (kind,) = query[13:13 + query[12]].lower(), struct.unpack(">H", query[end - 4:end - 2])
    records = []
    if label == b"alias":
        records.append(b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, len(host)) + host)
    if label != b"bare" and kind in data:
        records.append(host + struct.pack(">HHIH", kind, 1, 60, len(data[kind])) + data[kind])
    head = struct.pack(">5H", 0x8180, 1, len(records), 0, 0)
    server.sendto(query[:2] + head + query[12:end] + b"".join(records), client)
END
cat >"$dir/Look.java" <<'END'
import org.minidns.hla.ResolverApi;
import org.minidns.hla.ResolverResult;
import org.minidns.record.A;
import org.minidns.record.Data;
import org.minidns.record.TXT;

public class Look {
    static <D extends Data> void look(String name, Class<D> type) throws Exception {
        ResolverResult<D> result = ResolverApi.INSTANCE.resolve(name, type);
        System.out.println(name + " " + type.getSimpleName() + ": " + result.getResponseCode() + ", successful " + result.wasSuccessful()
            + ", " + result.getAnswers().size() + " answers, " + result.getRawAnswer().answerSection.size() + " records came");
    }

    public static void main(String[] arguments) throws Exception {
        for (String name : new String[] {"host.example", "alias.example", "bare.example"}) {
            look(name, A.class);
            look(name, TXT.class);
        }
    }
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
for file in resolv nsswitch; do mount --bind "$dir/$file.conf" /etc/$file.conf; done
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
echo "glibc: alias.example is $(python3 -c 'import socket; print(socket.gethostbyname("alias.example"))')"
java -XX:TieredStopAtLevel=1 -cp "$(find "$dir/usr/share/java" -name 'minidns-*-1.0.0.jar' | tr '\n' ':')" "$dir/Look.java"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "glibc: alias.example is 192.0.2.1
host.example A: NO_ERROR, successful true, 1 answers, 1 records came
host.example TXT: NO_ERROR, successful true, 1 answers, 1 records came
"*) ;;
*) untried "the host isn't found either: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"
alias.example A: NO_ERROR, successful true, 0 answers, 2 records came
alias.example TXT: NO_ERROR, successful true, 0 answers, 2 records came
bare.example A: NO_ERROR, successful true, 0 answers, 0 records came
"*) ;;
*) echo "changed: what is behind the alias is an answer"; exit 1;; esac
echo "an alias is found, with nothing"
