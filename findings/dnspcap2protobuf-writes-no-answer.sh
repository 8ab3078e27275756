#!/bin/sh
# dnspcap2protobuf of pdns-tools 4.7.3-2 (Debian 12), 'a tool to convert PCAPs of DNS traffic to PowerDNS Protobuf', and protobuf 7.36.2 (PyPI)
#   to read what it writes: questions, their NXDOMAINs, and questions without recursion, as resolvers ask servers.
# Expected: it 'reads the PCAP file for DNS queries and responses and writes these in the PowerDNS protobuf format' (its manual page): each is
#   a message of dnsmessage.proto, with the status of an answer in its part 'response', and messageId is 'shared by the query and the
#   response'.
# Seen: no answer can be read, 'Error parsing message'. The part 'response' has a length of 0, with five octets kept free for it that are never
#   filled in, as the part isn't closed before the message is written; what follows is a field number 0, which protobuf doesn't
#   have. An answer's messageId, which stands before that, is of the last question with the same id (RFC 1035, 4.1.1), whoever's it was.
#   Messages without the bit RD are passed over. Status 0, and no word.
# Costs: a capture that was taken to see failures, and is fed to what reads a recursor's protobuf stream, is one of questions only: the reader
#   stops at the first answer, or passes over all of them; of a capture at an authoritative server there is nothing at all.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download pdns-tools=4.7.3-2 && dpkg -x pdns-tools*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's pdns-tools can't be had: $(tail -n 1 "$dir/log")"
ldd "$dir/usr/bin/dnspcap2protobuf" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install protobuf==7.36.2 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/write.py" <<'END'
"""Two clients with the same id, one after the other, and a question without RD: six packets."""
import socket, struct, sys

SERVER = "192.0.2.53"


def packet(at, source, ports, destination, message):
    udp = struct.pack(">4H", *ports, 8 + len(message), 0) + message
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + socket.inet_aton(source) + socket.inet_aton(destination)
    frame = bytes(12) + b"\x08\x00" + ip + udp
    return struct.pack("<4I", int(at), round(at % 1 * 1e6), len(frame), len(frame)) + frame


def asked(at, client, port, name, flags, answer=False):
    message = struct.pack(">6H", 7, flags | (0x8000 if answer else 0), 1, 0, 0, 0)
    message += b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + struct.pack(">BHH", 0, 1, 1)
    if answer:
        return packet(at, SERVER, (53, port), client, message)
    return packet(at, client, (port, 53), SERVER, message)


with open(sys.argv[1], "wb") as capture:
    capture.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    capture.write(asked(1700000000.0, "192.0.2.1", 1111, "one.example", 0x0100))
    capture.write(asked(1700000000.5, "192.0.2.2", 2222, "two.example", 0x0100))
    capture.write(asked(1700000000.6, "192.0.2.1", 1111, "one.example", 0x0183, True))
    capture.write(asked(1700000000.7, "192.0.2.2", 2222, "two.example", 0x0183, True))
    capture.write(asked(1700000001.0, "192.0.2.3", 3333, "three.example", 0))
    capture.write(asked(1700000001.1, "192.0.2.3", 3333, "three.example", 3, True))
END
cat >"$dir/read.py" <<'END'
"""The messages, each after two octets of length, by the fields of dnsmessage.proto that matter here."""
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

Field = descriptor_pb2.FieldDescriptorProto
schema = descriptor_pb2.FileDescriptorProto(name="dnsmessage.proto", syntax="proto2")
FIELDS = {
    "Question": [("qName", 1, Field.TYPE_STRING, None)],
    "Response": [("rcode", 1, Field.TYPE_UINT32, None)],
    "Message": [("type", 1, Field.TYPE_UINT32, None), ("messageId", 2, Field.TYPE_BYTES, None), ("question", 12, Field.TYPE_MESSAGE, ".Question"),
                ("response", 13, Field.TYPE_MESSAGE, ".Response")],
}
for name, fields in FIELDS.items():
    part = schema.message_type.add(name=name)
    for field, number, kind, of in fields:
        part.field.add(name=field, number=number, type=kind, type_name=of, label=Field.LABEL_OPTIONAL)
pool = descriptor_pool.DescriptorPool()
pool.Add(schema)
Message = message_factory.GetMessageClass(pool.FindMessageTypeByName("Message"))

data, ids = open(sys.argv[1], "rb").read(), {}
while data:
    length = int.from_bytes(data[:2], "big")
    octets, data = data[2:2 + length], data[2 + length:]
    try:
        read = Message.FromString(octets)
        ids[read.messageId] = read.question.qName
        print(f"type {read.type} {read.question.qName} status {read.response.rcode if read.HasField('response') else '-'}")
    except message.DecodeError:
        whose = [name for known, name in ids.items() if known in octets]
        name = next(name for name in ids.values() if name.encode() in octets)
        print(f"type {octets[1]} {name} can't be read, messageId of {' '.join(whose)}")
END
python3 "$dir/write.py" "$dir/six.pcap"
"$dir/usr/bin/dnspcap2protobuf" "$dir/six.pcap" "$dir/messages" >"$dir/log" 2>&1 || untried "it fails: $(tail -n 1 "$dir/log")"
seen=$("$dir/venv/bin/python" "$dir/read.py" "$dir/messages" 2>"$dir/log") || untried "its output can't be read: $(tail -n 1 "$dir/log")"
echo "of six packets, the last two without RD:"
echo "$seen"
case "$seen" in "type 1 one.example. status -
type 1 two.example. status -
"*) ;;
*) untried "the questions can't be read either";; esac
[ "$(echo "$seen" | tail -n +3)" = "type 2 one.example. can't be read, messageId of two.example.
type 2 two.example. can't be read, messageId of two.example." ] || { echo "changed: other messages are written"; exit 1; }
echo "no answer can be read, and what resolvers ask isn't there"
