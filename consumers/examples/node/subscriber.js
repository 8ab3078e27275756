// A complete subscriber of nxcast in Node.js: prints the records of one topic on stdout, one a line, and says
// on stderr what was lost. docs/protocol.md tells what the messages hold.
//
//     node subscriber.js [TOPIC [BROKER]]     nxdomain/ and tcp://127.0.0.1:5556 unless told otherwise

import { setImmediate } from "node:timers/promises";
import { decode, decodeMulti } from "@msgpack/msgpack";
import { Subscriber } from "zeromq";

const PART_MAX = 1_048_576; // octets of a part; ZeroMQ cuts off who sends more
const HEADER_MAX = 512; // octets
const TOPIC_MAX = 64; // octets; the longest of version 1 has 22
const TOPICS_MAX = 256; // topics accounted for; version 1 has 120, more than 256 are a hostile publisher's
const RECEIVE_MAX = 1000; // messages waiting; of 64 KiB each, 64 MB
const CANARY = "nxcast-canary"; // the sensor of frames that an operator pushes to see them come out
const WAIT_MS = 500; // so that a signal is seen soon after

// 64 bit integers come as BigInt: a number is exact up to 2^53 only, and times are beyond. The library makes
// room for as many items as an array claims to have, however deep: without a limit, 300 kB can claim all memory.
// With this one, a broker that means harm costs 350 MB a message, for a moment. Records of version 1 hold no arrays.
const DECODING = { useBigInt64: true, maxArrayLength: 64 };

const [wanted = "nxdomain/", broker = "tcp://127.0.0.1:5556", ...tooMany] = process.argv.slice(2);
if (tooMany.length > 0 || !wanted.endsWith("/")) {
  console.error("usage: node subscriber.js [TOPIC [BROKER]]; a topic ends in '/', such as nxdomain/MX/");
  process.exit(2);
}

const counts = { messages: 0, records: 0, lost: 0n, restarts: 0, malformed: 0 };
const lastOf = new Map(); // the last sequence of each topic in the current epoch
let currentEpoch;

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => (stopping = true));

const socket = new Subscriber({ maxMessageSize: PART_MAX, receiveHighWaterMark: RECEIVE_MAX, ipv6: true });
socket.receiveTimeout = WAIT_MS;
socket.tcpKeepalive = 1; // tells of a broker that is gone without a word; ZeroMQ then connects again by itself
socket.tcpKeepaliveIdle = 30; // seconds
socket.connect(broker);
socket.subscribe(wanted);

let failure; // of what we print to: a full disk, say
process.stdout.on("error", (error) => {
  stopping = true;
  if (error.code !== "EPIPE") failure ??= error; // EPIPE: whoever read our lines has gone, as with `| head`
});

while (!stopping) {
  await setImmediate(); // signals get their turn, however thick and fast messages come
  const parts = await received();
  try {
    if (parts) takeIn(parts);
  } catch (error) {
    counts.malformed += 1;
    console.error(`passed over a malformed message: ${printable(error.message)}`);
  }
}
socket.close();
if (failure) {
  process.exitCode = 1;
  console.error(`can't write: ${failure.message}`);
} else {
  const lost = counts.restarts > 0 ? `${counts.lost} and an unknown number` : counts.lost;
  console.error(Object.entries({ ...counts, lost }).map(([name, count]) => `${name} ${count}`).join(", "));
}

async function received() {
  try {
    return await socket.receive();
  } catch (error) {
    if (error.code !== "EAGAIN") throw error; // EAGAIN: nothing came within WAIT_MS
  }
}

function takeIn(parts) {
  if (parts.length !== 3) throw new Error("not three parts");
  const [topic, header, payload] = parts;
  if (topic.length > TOPIC_MAX || header.length > HEADER_MAX) throw new Error("topic or header too long");
  const { version, epoch, sequence, count } = decode(header, DECODING);
  if (version !== 1) throw new Error("not version 1");
  if (sequence < 1) throw new Error("sequences begin at 1");
  account(printable(topic), u64(epoch), u64(sequence));
  const records = decodeRecords(payload, u64(count)).filter((record) => record.sensor !== CANARY);
  counts.messages += 1;
  counts.records += records.length;
  process.stdout.write(records.map((record) => `${printable(topic)} ${line(record)}\n`).join(""));
}

// Another epoch is a restart: each topic then begins at 1. How much the old one had still published nobody tells
// who does not ask for it, so that is an unknown loss. At joining, what came before can't
// be told, so the first message of a topic is where its count begins.
function account(topic, epoch, sequence) {
  if (currentEpoch !== undefined && currentEpoch !== epoch) {
    console.error(`the broker was restarted: epoch ${currentEpoch} is now ${epoch}`);
    counts.restarts += 1;
    lastOf.clear();
  }
  currentEpoch = epoch;
  if (!lastOf.has(topic) && lastOf.size === TOPICS_MAX) throw new Error("one topic too many");
  const last = lastOf.get(topic) ?? (counts.restarts > 0 ? 0n : sequence - 1n);
  if (sequence <= last) return;
  lastOf.set(topic, sequence);
  const lost = sequence - last - 1n;
  if (lost === 0n) return;
  counts.lost += lost;
  console.error(`lost ${lost} of ${topic}, messages ${last + 1n} to ${sequence - 1n}`);
}

// The array's head is read by hand and the records one by one, so that DECODING may forbid large arrays.
function decodeRecords(payload, count) {
  let head = [];
  if (payload[0] >> 4 === 0x9) head = [payload[0] & 0x0f, 1];
  if (payload[0] === 0xdc) head = [payload.readUInt16BE(1), 3];
  if (payload[0] === 0xdd) head = [payload.readUInt32BE(1), 5];
  const [claimed, octets] = head;
  const records = [...decodeMulti(payload.subarray(octets), DECODING)];
  if (claimed !== records.length || count !== BigInt(claimed)) throw new Error("not an array of `count` records");
  if (!records.every((record) => Object.getPrototypeOf(record) === Object.prototype)) throw new Error("no map");
  return records;
}

function u64(value) {
  if (typeof value === "number" && !Number.isInteger(value)) throw new Error("no integer");
  if (!["number", "bigint"].includes(typeof value) || value < 0) throw new Error("no u64");
  return BigInt(value); // the sender picks the format by the value, so a u64 may come as a number too
}

function line(record) {
  return Object.entries(record).map(([key, value]) => `${printable(key)}=${shown(value)}`).join(" ");
}

function shown(value) {
  if (value === null) return "-";
  if (value instanceof Uint8Array) return `<${value.length} octets>`;
  return typeof value === "object" ? "..." : printable(String(value));
}

// Names are chosen by strangers and may hold what clears a screen or forges a line: whatever is not visible
// ASCII or a blank is written \DDD, octet by octet.
function printable(text) {
  if (/^[\x20-\x7e]*$/.test(text)) return String(text);
  const octets = Array.from(Buffer.from(text));
  const escaped = (octet) => `\\${String(octet).padStart(3, "0")}`;
  return octets.map((octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : escaped(octet))).join("");
}
