"""Live capture from an interface, by libpcap through cypcap.

The only module that needs cypcap, an extra; files are read without it. Times
are libpcap's microseconds: cypcap gives them as a float, which holds those exactly but not nanoseconds.
"""

from __future__ import annotations

import errno
import importlib
import os
import warnings
from collections.abc import Collection
from contextlib import redirect_stdout
from io import StringIO
from types import TracebackType
from typing import Any, NamedTuple

from nxcast.producers.failure import ProducerError
from nxcast.producers.pcap.capture_files import PACKET_MAX, Captured
from nxcast.producers.pcap.links import ETHERNET, LinkTypeError, check_link_type
from nxcast.producers.pcap.tunnels import PORTS, PROTOCOLS

__all__ = ["Capture", "Drops", "port_filter"]

KERNEL_BUFFER = 16 << 20  # octets; at 200,000 packets a second of 200 octets, 0.4 seconds' worth
WAKE_S = 0.01  # how long the kernel gathers packets before it hands them over; half a batch's linger
READ_PACKETS = 1024  # a read, so that a flood keeps neither a stop nor a batch waiting
# MPLS, PPPoE, and the tags that pcap-filter(7) has no word for: what of them is DNS is seen here only.
_ETHERTYPES = ("0x8847", "0x8848", "0x8864", "0x88e7", "0x8909", "0x8926", "0xf1c1")
_NOTHING_THERE = os.strerror(errno.EAGAIN)
RIGHT = "run it as root, or give the Python program cap_net_raw with setcap"


class Drops(NamedTuple):
    """Packets lost before they could be read: for lack of buffer in the kernel, and by the network card."""

    kernel: int
    interface: int


class Capture:
    """An interface being listened to; `fileno()` is readable when packets wait. Raises ProducerError."""

    def __init__(
        self, interface: str, ports: Collection[int], bpf: str | None, *, tunnels: bool = True
    ) -> None:
        self.interface = interface
        self._drops = Drops(0, 0)
        self._library = _library()
        try:
            self._pcap = self._library.create(interface)
        except (self._library.Error, ValueError) as error:  # of a name that libpcap can't even look up
            raise ProducerError(f"{interface}: {_text(error)}; {self._there_are()}") from None
        try:
            self._activate(ports, bpf, tunnels=tunnels)
            self._descriptor = self._selectable()
        except BaseException:
            self._pcap.close()
            raise

    def fileno(self) -> int:
        """A descriptor to wait on."""
        return self._descriptor

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
            # libpcap takes an empty socket of nflog and nfqueue for an error.
            if _NOTHING_THERE not in _text(error):
                raise ProducerError(
                    f"{self.interface}: {_text(error)}; the interface went away or down"
                ) from None
        return packets

    def drops(self) -> Drops:
        """What has been lost so far; of an interface that is gone, nothing more."""
        try:
            statistics = self._pcap.stats()
        except self._library.Error:
            return self._drops
        self._drops = Drops(statistics.drop, statistics.ifdrop)
        return self._drops

    def close(self) -> None:
        """Stop listening."""
        self._pcap.close()

    def __enter__(self) -> Capture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _activate(self, ports: Collection[int], bpf: str | None, *, tunnels: bool) -> None:
        pcap = self._pcap
        pcap.set_snaplen(PACKET_MAX)
        pcap.set_promisc(True)
        pcap.set_timeout(WAKE_S)
        pcap.set_buffer_size(KERNEL_BUFFER)
        try:
            with warnings.catch_warnings():  # such as one that 'any' can't be promiscuous
                warnings.simplefilter("ignore")
                pcap.activate()
            pcap.setnonblock(True)
            # An enumeration, or a plain number where cypcap has no name for it.
            self.link_type = int(pcap.datalink())
        except self._library.Error as error:
            raise ProducerError(f"{self.interface}: {self._mend(error)}") from None
        try:
            check_link_type(self.link_type)
        except LinkTypeError as error:
            raise ProducerError(f"{self.interface}: {error}") from None
        self._filter(bpf, port_filter(ports, vlan=self.link_type == ETHERNET, tunnels=tunnels))

    def _filter(self, bpf: str | None, default: str) -> None:
        """Let the kernel choose; where it can't by default, as on nflog, everything is read."""
        try:
            with redirect_stdout(StringIO()):  # where cypcap 0.6 prints a number when it compiles
                # Without a netmask libpcap would be asked for that of an interface that may have no address.
                netmask = self._library.NETMASK_UNKNOWN
                self._pcap.setfilter(self._pcap.compile(bpf or default, netmask=netmask))
        except self._library.Error as error:
            if bpf is not None:
                raise ProducerError(
                    f"{self.interface}: bad filter {bpf!r}: {_text(error)}; see pcap-filter(7)"
                ) from None

    def _selectable(self) -> int:
        try:
            return int(self._pcap.get_selectable_fd())
        except (self._library.Error, TypeError, ValueError) as error:
            raise ProducerError(
                f"{self.interface}: can't be waited for ({_text(error)}); "
                f"pipe from tcpdump -i {self.interface} -U -w - | nxcast-produce pcap -"
            ) from None

    def _mend(self, error: Any) -> str:
        codes = self._library.ErrorCode
        if error.code == codes.NO_SUCH_DEVICE:
            return f"no such interface; {self._there_are()}"
        if error.code in (codes.PERM_DENIED, codes.PROMISC_PERM_DENIED):
            return f"no right to capture; {RIGHT}"
        if error.code == codes.IFACE_NOT_UP:
            return "the interface is down; ip link set it up"
        return _text(error)

    def _there_are(self) -> str:
        try:
            names = ", ".join(device.name for device in self._library.findalldevs())
        except self._library.Error as error:
            return f"which there are can't be told ({_text(error)})"
        return f"there are: {names or 'none'}"


def port_filter(ports: Collection[int], *, vlan: bool, tunnels: bool = True) -> str:
    """The BPF expression for DNS: the ports, fragments without ports, tunnels, and on Ethernet (`vlan`) tags.

    All of a tunnel is taken, since what is inside can't be told in the kernel.
    """
    wanted = " or ".join(f"port {port}" for port in sorted(ports))
    plain = f"{wanted} or (ip[6:2] & 0x1fff != 0) or (ip6[6] == 44)"
    if tunnels:
        protocols = " or ".join(f"ip proto {each} or ip6 proto {each}" for each in sorted(PROTOCOLS))
        plain += f" or {protocols} or {' or '.join(f'udp port {port}' for port in sorted(PORTS))}"
    if vlan:
        plain += f" or llc or {' or '.join(f'ether proto {each}' for each in _ETHERTYPES)}"
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
