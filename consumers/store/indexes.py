r"""Index rows as octets: from an owner's first labels, and from RDATA, to where an RRset is. Pure.

    o NAME type              an owner in wire form: for names that begin with some labels
    n NAME type OWNER        a name inside RDATA, from the root on: for that name and all below it
    w NAME type OWNER        the same in wire form: for names that begin with some labels
    x SIZE octets type OWNER RDATA without a name: its size (u16) and first RAW_MAX octets; so the addresses
                             of a family lie in order, and a network is one range

OWNER is reversed as in `rows`. Values are empty: times and counts have one place, the RRset's row. An index
row stands for all RRsets of its owner and type, verified or not, and goes with the last that has its RDATA.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from nxcast.consumers.store.rows import name_at, name_end, reversed_name
from nxcast.consumers.store.sections import NAMED_TYPES, names_in

__all__ = [
    "OWNERS",
    "RAW_RDATA",
    "RDATA_BELOW",
    "RDATA_FORWARD",
    "Lead",
    "index_keys",
    "owner_lead",
    "raw_lead",
    "raw_prefix",
    "rdata_lead",
]

OWNERS, RDATA_BELOW, RDATA_FORWARD, RAW_RDATA = b"o", b"n", b"w", b"x"
RAW_MAX = 64  # octets of RDATA in a key; those that begin alike are told apart by the RRset's row

_U16 = struct.Struct("!H")


class Lead(NamedTuple):
    """What an index row says: a name or RDATA's first octets, and the owner and type of RRsets with it."""

    value: bytes
    owner: bytes
    rrtype: int


def index_keys(key: bytes) -> list[bytes]:
    """The keys of all index rows of an RRset, which has this key; one may be there more than once."""
    end = name_end(key, 1)
    owner, code = key[1:end], key[end : end + 2]
    home = code + owner
    (rrtype,) = _U16.unpack(code)
    keys = [OWNERS + reversed_name(owner) + code]
    position, size, named = name_end(key, end + 2), len(key), rrtype in NAMED_TYPES
    while position < size:  # size and octets of each RDATA
        start = position
        position += 2 + (key[start] << 8 | key[start + 1])
        names = names_in(rrtype, key[start + 2 : position]) if named else ()
        for name in names:
            keys.append(RDATA_BELOW + reversed_name(name) + home)
            keys.append(RDATA_FORWARD + name + home)
        if not names:
            keys.append(RAW_RDATA + key[start : min(position, start + 2 + RAW_MAX)] + home)
    return keys


def raw_prefix(rdata: bytes) -> bytes:
    """What the keys of RDATA without a name begin with."""
    return RAW_RDATA + _U16.pack(len(rdata)) + rdata[:RAW_MAX]


def owner_lead(key: bytes) -> Lead:
    """A row of OWNERS; its value is the owner."""
    owner = key[1:-2]
    return Lead(owner, owner, _U16.unpack_from(key, len(key) - 2)[0])


def rdata_lead(key: bytes) -> Lead:
    """A row of RDATA_BELOW or RDATA_FORWARD; its value is the name in wire form."""
    name, position = name_at(key, 1)
    if key[:1] == RDATA_FORWARD:
        name = key[1:position]
    return _lead(name, key, position)


def raw_lead(key: bytes) -> Lead:
    """A row of RAW_RDATA."""
    position = 3 + min(_U16.unpack_from(key, 1)[0], RAW_MAX)
    return _lead(key[3:position], key, position)


def _lead(value: bytes, key: bytes, position: int) -> Lead:
    (rrtype,) = _U16.unpack_from(key, position)
    return Lead(value, name_at(key, position + 2)[0], rrtype)
