"""Live capture from an interface, by libpcap through cypcap.

The only module that needs cypcap, an extra; files are read without it. Times
are libpcap's microseconds: cypcap gives them as a float, which holds those exactly but not nanoseconds.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection
from contextlib import redirect_stdout
from io import StringIO
from types import TracebackType
from typing import Any, NamedTuple

from nxcast.producers.failure import ProducerError
from nxcast.producers.pcap.capture_files import PACKET_MAX, Captured
from nxcast.producers.pcap.links import ETHERNET, LinkTypeError, ip_offset

__all__ = ["Capture", "Drops", "port_filter"]

KERNEL_BUFFER = 16 << 20  # octets; at 200,000 packets a second of 200 octets, 0.4 seconds' worth
WAKE_S = 0.01  # how long the kernel gathers packets before it hands them over; half a batch's linger
READ_PACKETS = 1024  # a read, so that a flood keeps neither a stop nor a batch waiting
RIGHT = "run it as root, or give the Python program cap_net_raw with setcap"


class Drops(NamedTuple):
    """Packets lost before they could be read: for lack of buffer in the kernel, and by the network card."""

    kernel: int
    interface: int


class Capture:
    """An interface being listened to; `fileno()` is readable when packets wait. Raises ProducerError."""

    def __init__(self, interface: str, ports: Collection[int], bpf: str | None) -> None:
        self.interface = interface
        self._library = _library()
        self._pcap = self._library.create(interface)
        try:
            self._activate(ports, bpf)
        except BaseException:
            self._pcap.close()
            raise

    def fileno(self) -> int:
        """A descriptor to wait on."""
        return int(self._pcap.get_selectable_fd())

    def read(self) -> list[Captured]:
        """The packets that have come, up to `READ_PACKETS`; an empty list if there are none."""
        packets: list[Captured] = []
        link_type, pcap = self.link_type, self._pcap
        try:
            for _ in range(READ_PACKETS):
                header, octets = next(pcap)
                if header is None:
                    break
                packets.append((round(header.ts * 1e6) * 1000, link_type, octets, header.len))
        except self._library.Error as error:
            raise ProducerError(
                f"{self.interface}: {_text(error)}; the interface went away or down"
            ) from None
        return packets

    def drops(self) -> Drops:
        """What has been lost so far."""
        statistics = self._pcap.stats()
        return Drops(statistics.drop, statistics.ifdrop)

    def close(self) -> None:
        """Stop listening."""
        self._pcap.close()

    def __enter__(self) -> Capture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _activate(self, ports: Collection[int], bpf: str | None) -> None:
        pcap, library = self._pcap, self._library
        pcap.set_snaplen(PACKET_MAX)
        pcap.set_promisc(True)
        pcap.set_timeout(WAKE_S)
        pcap.set_buffer_size(KERNEL_BUFFER)
        try:
            pcap.activate()
        except library.Error as error:
            raise ProducerError(f"{self.interface}: {self._mend(error)}") from None
        pcap.setnonblock(True)
        self.link_type = int(pcap.datalink().value)
        try:
            ip_offset(self.link_type, b"")
        except LinkTypeError as error:
            raise ProducerError(f"{self.interface}: {error}") from None
        try:
            with redirect_stdout(StringIO()):  # where cypcap 0.6 prints a number when it compiles
                pcap.setfilter(bpf or port_filter(ports, vlan=self.link_type == ETHERNET))
        except library.Error as error:
            raise ProducerError(f"bad filter {bpf!r}: {_text(error)}; see pcap-filter(7)") from None

    def _mend(self, error: Any) -> str:
        codes = self._library.ErrorCode
        if error.code == codes.NO_SUCH_DEVICE:
            names = ", ".join(device.name for device in self._library.findalldevs()) or "none"
            return f"no such interface; there are: {names}"
        if error.code in (codes.PERM_DENIED, codes.PROMISC_PERM_DENIED):
            return f"no right to capture; {RIGHT}"
        if error.code == codes.IFACE_NOT_UP:
            return "the interface is down; ip link set it up"
        return _text(error)


def port_filter(ports: Collection[int], *, vlan: bool) -> str:
    """The BPF expression for DNS: the ports, fragments without ports, and with `vlan` both in VLAN tags."""
    wanted = " or ".join(f"port {port}" for port in sorted(ports))
    plain = f"{wanted} or (ip[6:2] & 0x1fff != 0) or (ip6[6] == 44)"
    # `vlan` moves the offsets of all that follows it, so the tagged packets come last, once for each tag.
    return f"{plain} or (vlan and ({plain} or (vlan and ({plain}))))" if vlan else plain


def _library() -> Any:
    try:
        return importlib.import_module("cypcap")
    except ImportError:
        raise ProducerError(
            "live capture needs cypcap: pip install 'cypcap>=0.6.3,<0.7'; or pipe from "
            "tcpdump -U -w - | nxcast-produce pcap -"
        ) from None


def _text(error: Any) -> str:
    return str(error.args[-1])
