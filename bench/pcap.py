"""What the pcap producer does on this machine: from a file to frames, and to a broker's ingress.

A capture of pairs of query and response is made, 25 % of them NXDOMAIN, over Ethernet, IPv4 and UDP; each way
reads it whole, in a process of its own. dpkt and tshark are measured where they are installed.
"""

from __future__ import annotations

import gzip
import importlib.util
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import zmq

from nxcast.producers.__main__ import main as produce
from nxcast.producers.pcap.capture_files import Reader
from nxcast.producers.pcap.compressed import Unfolding
from nxcast.producers.pcap.packets import Dissector
from nxcast.producers.pcap.pairing import Pairing
from nxcast.producers.tally import Tally
from nxcast.schemas.names import name_wire

PACKETS = 1_000_000  # of the capture, about 170 MB
TARGET = 200_000  # packets a second, from file to frames on one core
CHUNK = 256 << 10  # octets a read, as the producer's
ENDPOINT = "ipc://@nxcast-bench-pcap"
RESOLVER, SERVERS = bytes([192, 0, 2, 53]), 4096


def write_capture(path: Path, packets: int = PACKETS) -> None:
    """A pcap file of queries, each followed by its response 20 milliseconds and many packets later."""
    random = Random(1)
    waiting: list[bytes] = []
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(packets):
            if number % 2 and len(waiting) > 1000:
                octets = waiting.pop(0)
            else:
                octets, response = _exchange(random, number)
                waiting.append(response)
            seconds, microseconds = divmod(number * 20, 1_000_000)
            size = len(octets)
            file.write(struct.pack("<4I", 1_700_000_000 + seconds, microseconds, size, size) + octets)


def to_frames(path: Path) -> int:
    """Packets of a file, compressed or not, made into frames; returns the number of packets."""
    reader, unfolding, tally = Reader(), Unfolding(), Tally()
    dissector, pairing = Dissector((53,), tally.skipped), Pairing((53,))
    frames = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            for piece in unfolding.receive_data(chunk):
                for packet in reader.receive_data(piece):
                    for message in dissector.take(packet):
                        frames += not isinstance(pairing.take(message), str)
    assert frames > 0.4 * dissector.packets
    return dissector.packets


def to_ingress(path: Path) -> int:
    """The whole command, to somebody who takes the batches and does nothing with them."""
    taker = get_context("spawn").Process(target=_take, daemon=True)
    taker.start()
    try:
        assert (
            produce(["pcap", str(path), "--broker", ENDPOINT, "--sensor", "bench", "--replay", "none"]) == 0
        )
    finally:
        taker.terminate()
        taker.join()
    return 0


def with_dpkt(path: Path) -> int:
    """The same headers read by dpkt, up to the UDP payload; nothing is paired and no frame made."""
    import dpkt

    count = 0
    with path.open("rb") as file:
        for _, octets in dpkt.pcap.Reader(file):
            frame = dpkt.ethernet.Ethernet(octets)
            count += isinstance(frame.data.data, dpkt.udp.UDP) and bool(frame.data.data.data)
    return count


def with_tshark(path: Path) -> int:
    """tshark, printing what a frame needs; its own process, so its start is in it too."""
    fields = ("frame.time_epoch", "ip.src", "ip.dst", "udp.srcport", "udp.dstport", "dns.id", "dns.qry.name")
    command = ["tshark", "-n", "-r", str(path), "-T", "fields"]
    for field in (*fields, "dns.flags.rcode", "dns.soa.mname"):
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, check=True)
    return done.stdout.count(b"\n")


def measure(way: Callable[[Path], int], path: Path, packets: int = PACKETS) -> tuple[float, float]:
    """Packets a second, and the peak memory (MB) of a process that does nothing else."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(way, path, theirs))
    process.start()
    seconds, megabytes = ours.recv()
    process.join()
    return packets / seconds, megabytes


def main(packets: int = PACKETS) -> None:
    """Measure all, print as it comes."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.pcap", Path(folder) / "large.pcap"
        write_capture(small, packets // 2)
        write_capture(large, packets)
        print(f"pcap producer, {packets:,} packets of {large.stat().st_size / packets:.0f} octets")
        rate, memory = measure(to_frames, large, packets)
        _row("file to frames", f"{rate:,.0f} packets/s", f"to reach {TARGET:,}")
        packed = Path(folder) / "large.pcap.gz"
        with large.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as file:
            shutil.copyfileobj(plain, file)
        folded, _ = measure(to_frames, packed, packets)
        _row("the same from gzip", f"{folded:,.0f} packets/s", f"ratio {folded / rate:.2f}, to reach 0.8")
        _, less = measure(to_frames, small, packets // 2)
        _row("peak memory, and of a half", f"{memory:.0f} MB, {less:.0f} MB", "to be alike")
        pushed, _ = measure(to_ingress, large, packets)
        _row("file to ingress", f"{pushed:,.0f} packets/s", "the whole command and its start")
        if importlib.util.find_spec("dpkt") is not None:
            theirs, _ = measure(with_dpkt, small, packets // 2)
            _row("headers only with dpkt", f"{theirs:,.0f} packets/s", f"ratio {rate / theirs:.1f}")
        if shutil.which("tshark") is not None:
            theirs, _ = measure(with_tshark, small, packets // 2)
            _row("tshark", f"{theirs:,.0f} packets/s", f"ratio {rate / theirs:.1f}")


def _row(what: str, figure: str, note: str) -> None:
    print(f"  {what:<28}{figure:>24}   {note}", flush=True)


def _measured(way: Callable[[Path], int], path: Path, results: Any) -> None:
    start = time.perf_counter()
    way(path)
    seconds = time.perf_counter() - start
    results.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _take() -> None:
    taker: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PULL)
    taker.bind(ENDPOINT)
    while True:
        taker.recv_multipart()


def _exchange(random: Random, number: int) -> tuple[bytes, bytes]:
    """A query and its response, as Ethernet frames."""
    rcode = 3 if random.random() < 0.25 else 0
    qname = name_wire(f"host{random.randrange(10**6)}.example{random.randrange(1000)}.com.")
    question = qname + struct.pack("!2H", 1, 1)
    identification, port = random.randrange(1 << 16), random.randrange(1024, 1 << 16)
    server = bytes([198, 18]) + (number % SERVERS).to_bytes(2, "big")
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)
    soa = b"\xc0\x0c" + struct.pack("!HHIH", 6, 1, 900, 64) + bytes(64)
    query = struct.pack("!6H", identification, 0, 1, 0, 0, 1) + question + opt
    response = struct.pack("!6H", identification, 0x8400 | rcode, 1, 0, 1, 1) + question + soa + opt
    return _frame(RESOLVER, server, port, 53, query), _frame(server, RESOLVER, 53, port, response)


def _frame(src: bytes, dst: bytes, sport: int, dport: int, message: bytes) -> bytes:
    datagram = struct.pack("!4H", sport, dport, 8 + len(message), 0) + message
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0)
    return b"\x02" * 12 + b"\x08\x00" + head + src + dst + datagram


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
