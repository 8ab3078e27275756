"""Where findings are posted: a URL and what of it may be shown. Pure."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

__all__ = ["Target", "parse_webhook"]


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """Where to post."""

    scheme: str
    host: str
    port: int
    path: str  # and query; a secret
    user: str | None  # and password, as a header has them; a secret

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    __repr__ = __str__

    @property
    def is_loopback(self) -> bool:
        """Whether what is posted stays on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")


def parse_webhook(url: str) -> Target:
    """The target of a URL; ValueError, which never has the URL in it, if it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(
            "a webhook's URL is http://HOST[:PORT]/PATH or https://...: this one is none"
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a webhook's URL begins with https:// or http:// and a host")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("a webhook's URL is printable ASCII: write other characters as %XX")
    user = None
    if parts.username is not None:
        plain = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        user = "Basic " + b64encode(plain.encode()).decode("ascii")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path, user)
