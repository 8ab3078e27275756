"""The nkey of who has a key of nxcast, so that one key file lets in over both engines.

Its seed follows from the secret key (BLAKE2b, RFC 7693) and tells nothing of it; NATS knows the public part
alone.
"""

from __future__ import annotations

from hashlib import blake2b
from types import ModuleType

from nxcast.process.ending import ProgramError
from nxcast.schemas.curve import z85_decode

__all__ = ["public_nkey", "seed_of"]

SEED_OCTETS = 32  # of Ed25519 (RFC 8032)
_PERSON = b"nxcast nkey 1"


def seed_of(secret: str) -> str:
    """The seed, `SU...`, of a secret key in Z85."""
    nkeys = _nkeys()
    octets = blake2b(z85_decode(secret), digest_size=SEED_OCTETS, person=_PERSON).digest()
    return str(nkeys.encode_seed(octets, nkeys.PREFIX_BYTE_USER).decode())


def public_nkey(seed: str) -> str:
    """The public part, `U...`, of a seed."""
    return str(_nkeys().from_seed(bytearray(seed.encode())).public_key.decode())


def _nkeys() -> ModuleType:
    """Here, since only who has a key needs it; ProgramError where it is missing."""
    try:
        import nkeys
    except ImportError as missing:
        raise ProgramError("a key needs nkeys over nats://: pip install 'nkeys>=0.2.1,<0.3'") from missing
    return nkeys  # type: ignore[no-any-return]
