"""Names that are meant for a network of one's own, or that no mail, site or bot lives in. Pure.

They reach the public DNS by mistake: a search list, a laptop away from home. Nothing can be registered under
them, so a question about domains leaves them out. Names are folded text with the last dot.
"""

from __future__ import annotations

from nxcast.consumers.names.domains import within

__all__ = ["INTERNAL", "internal", "is_reverse"]

# Reserved for special use. As of November 2026, iana.org/assignments/special-use-domain-names and ICANN.
_SPECIAL = (
    "alt",  # RFC 9476
    "example",  # RFC 6761 section 6.5; its example.com and so on exist and stay out of this list
    "internal",  # ICANN Board resolution 2024.07.29.06
    "invalid",  # RFC 6761 section 6.4
    "local",  # RFC 6762 section 3
    "localhost",  # RFC 6761 section 6.3
    "onion",  # RFC 7686
    "test",  # RFC 6761 section 6.2
)

# Not reserved, and yet in use. None is a top-level domain as of November 2026 (a test holds them against the
# Public Suffix List); of corp, home and mail ICANN says that they will not be delegated for now (Board
# resolution 2018.02.04.12).
_USUAL = (
    *("corp", "home", "intranet", "lan", "private"),  # RFC 6762 appendix G, which has internal too
    "mail",
    # Most asked for at the L root of those that don't exist (its statistics of 2009, SSAC's SAC045 of 2010).
    *("belkin", "domain", "localdomain", "mshome", "router", "workgroup", "wpad"),
    *("consul", "novalocal", "openstacklocal"),  # defaults of Consul, and of OpenStack's Nova and Neutron
    # Short for the above in one language or another, by common usage.
    *("dhcp", "gateway", "intern", "intra", "loc", "lokal", "priv"),
)

INTERNAL: frozenset[str] = frozenset((*_SPECIAL, *_USUAL))
"""Top labels, without dots."""

# Below arpa., which is public: homes (RFC 8375), provisioning of devices (RFC 9031, 9140, 9665), the
# resolver's own (RFC 8880, 9462).
_ARPA = (
    "6tisch.arpa.",
    "eap-noob.arpa.",
    "home.arpa.",
    "ipv4only.arpa.",
    "resolver.arpa.",
    "service.arpa.",
)


def internal(name: str) -> str | None:
    """The internal suffix that a name is in: local. for printer.local., home.arpa. for tv.home.arpa."""
    top = name[name.rfind(".", 0, -1) + 1 : -1]
    if top in INTERNAL:
        return f"{top}."
    if top == "arpa":
        return next((suffix for suffix in _ARPA if within(name, suffix)), None)
    return None


def is_reverse(name: str) -> bool:
    """Whether a name is in a zone of addresses (RFC 1035 section 3.5, RFC 3596 section 2.5)."""
    return name.endswith(".arpa.") and (within(name, "in-addr.arpa.") or within(name, "ip6.arpa."))
