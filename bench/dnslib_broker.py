"""The broker as it would be with dnslib in place of its own walk: the yardstick for the ratio.

All else is the same: transport, validation, batching. What dnslib can't decode is dropped as noerror.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import dnslib

from nxcast.broker import intake
from nxcast.broker.__main__ import main
from nxcast.broker.derivation.derive import Derived, _dns_error, _nxdomain
from nxcast.schemas.frames import RESPONSE, Frame, Frame1


def derive(frames: Iterable[Frame1 | Frame], sensor: str, *_: object, **__: object) -> Derived:
    """As nxcast.broker.derivation.derive.derive, by dnslib."""
    derived = Derived()
    for frame in frames:
        try:
            message = dnslib.DNSRecord.parse(frame[RESPONSE])
        except dnslib.DNSError:
            derived.noerror += 1
            continue
        if not message.header.rcode:
            derived.noerror += 1
            continue
        question = (str(message.q.qname), message.q.qtype, message.q.qclass)
        error = _dns_error(frame, message.header.rcode, question, sensor)
        derived.errors.append(error)
        if message.header.rcode == dnslib.RCODE.NXDOMAIN:
            owners = [str(rr.rname) for rr in message.auth if rr.rtype == dnslib.QTYPE.SOA]
            derived.nxdomains.append(_nxdomain(error, question, owners[0] if owners else None))
    return derived


if __name__ == "__main__":
    vars(intake)["derive"] = derive
    sys.exit(main())
