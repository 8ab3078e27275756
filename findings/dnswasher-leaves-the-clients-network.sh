#!/bin/sh
# dnswasher of pdns-tools 4.7.3-2 (Debian 12), which 'obfuscates end-user IP addresses' so that captures can be shared.
# Expected: where a client's address stands in the message itself (EDNS Client Subnet, RFC 7871), it is changed or taken out
#   too; the other field for it, the packet's, is changed.
# Seen: the packet is from 0.0.0.0, and the message still says 192.0.2.0/24.
# Costs: captures between a forwarder and a resolver, or a resolver and a content network, are shared as washed with each
#   client's network, or whole address, in them.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v dnswasher >/dev/null || untried "needs Debian's pdns-tools"
python3 - "$dir/in.pcap" <<'END'
import struct, sys

subnet = struct.pack(">HHHBB3s", 8, 7, 1, 24, 0, bytes([192, 0, 2]))
message = struct.pack(">6H", 1, 0x100, 1, 0, 0, 1) + b"\7example\3com\0\0\1\0\1"
message += struct.pack(">BHHIH", 0, 41, 1232, 0, len(subnet)) + subnet
datagram = struct.pack(">4H", 4000, 53, 8 + len(message), 0) + message
head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes([192, 0, 2, 7]), bytes([198, 51, 100, 53]))
total = sum(struct.unpack(">10H", head))
total = (total & 0xFFFF) + (total >> 16)
packet = b"\2" * 12 + b"\x08\0" + head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:] + datagram
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    file.write(struct.pack("<IIII", 1_700_000_000, 0, len(packet), len(packet)) + packet)
END
dnswasher "$dir/in.pcap" "$dir/out.pcap" || untried "dnswasher fails"
echo
python3 - "$dir/out.pcap" <<'END'
import sys

washed = open(sys.argv[1], "rb").read()[40:]
if len(washed) < 60:
    sys.exit(print("not tried: no packet is left") or 2)
source, message = washed[26:30], washed[42:]
print(f"the packet's source: {'.'.join(map(str, source))}; in the message: {message[-3:].hex(' ')}")
if source == bytes([192, 0, 2, 7]):
    sys.exit(print("not tried: the packet's address is not changed") or 2)
if not message.endswith(bytes([192, 0, 2])):
    sys.exit(print("changed: the client's network is gone") or 1)
print("the client's network, 192.0.2.0/24, is still there")
END
