"""Real programs on a resolver's host, asking what they ask by themselves: mail servers, filters, a browser.

    with lab.resolver("unbound", dnstap=socket_path) as resolver:
        spamassassin(resolver, MESSAGE)

Rules of this module:
- Each is set up as Debian's package is, and as little more as can be: where its files are, and what a mail
  server or a browser is asked to do.
- A program is in a mount namespace of its own, with the /etc/resolv.conf and the /proc of its host.
- A function returns when its program has done what it was asked for, and leaves no process behind. What
  takes longer than `SECONDS` is an error with the program's last words.
"""

from __future__ import annotations

import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from testbed.defaults.lab import Resolver
from testbed.servers import LabError, Server, missing

__all__ = ["MESSAGE", "chromium", "postfix", "rspamd", "spamassassin"]

SECONDS = 300.0
"""For each thing that a program is asked for. On an idle machine rspamd takes half a minute, the others three
seconds."""

SEARCH = "museum.com"
"""The search list of the hosts: a domain that exists."""

SMTP_PORT, RSPAMD_PORT = 10025, 11333

MESSAGE = (
    "Return-Path: <bounces@gonefrom.com>\r\n"
    "Received: from out.gonerelay.net (out.gonerelay.net [203.0.113.9])\r\n"
    "\tby mail.museum.com (Postfix) with ESMTP id 4F2B11 for <office@museum.com>;\r\n"
    "\tSun, 29 Nov 2026 04:00:00 +0000 (UTC)\r\n"
    "From: Offers <offers@gonefrom.com>\r\n"
    "To: office@museum.com\r\n"
    "Date: Sun, 29 Nov 2026 04:00:00 +0000\r\n"
    "Message-ID: <1@gonefrom.com>\r\n"
    "Subject: An offer\r\n"
    "\r\n"
    "Look at http://www.goneshop.com/offer and https://cdn.goneassets.org/picture today.\r\n"
    "Write to answers@gonereply.net if you have questions.\r\n"
)
"""A mail of which nothing resolves, as a mail server hands it to a filter."""


def postfix(resolver: Resolver, clients: Iterable[str], recipients: Iterable[str]) -> None:
    """A mail server that asks blocklists gets a mail from each address, and sends one to each recipient.

    What comes in is refused, as no sender's domain exists; what goes out can't be delivered. The senders'
    domains are gonesender0.com, gonesender1.com and so on.
    """
    directory = _folder(resolver, "postfix")
    for name in ("queue", "data", "etc"):
        (directory / name).mkdir()
    shutil.chown(directory / "data", "postfix")
    (directory / "etc" / "main.cf").write_text(_MAIN.format(directory=directory))
    (directory / "etc" / "master.cf").write_text(_MASTER.format(port=SMTP_PORT))
    config = ["-c", f"{directory}/etc"]
    with _running(resolver, directory, ["postfix", *config, "start-fg"]):
        for number, client in enumerate(clients):
            with _smtp(resolver) as inward:
                inward.ehlo("mail.libretto.com")
                inward.docmd("XCLIENT", f"ADDR={client} NAME=[UNAVAILABLE]")
                inward.ehlo("mail.libretto.com")
                inward.mail(f"someone@gonesender{number}.com")
                code, said = inward.rcpt("office@museum.com")
                if code < 400:
                    raise LabError(f"Postfix takes mail of a domain that does not exist: {said!r}")
        with _smtp(resolver) as outward:
            for recipient in recipients:
                outward.sendmail("", [recipient], MESSAGE)
        _until(lambda: "queue is empty" in _said(resolver, directory, ["postqueue", *config, "-p"]))


def spamassassin(resolver: Resolver, message: str) -> None:
    """A message is judged, by the rules that the package has."""
    directory = _folder(resolver, "spamassassin")
    said = _said(resolver, directory, ["spamassassin", "-x", "-t", "--cf=dns_available yes"], message)
    if "X-Spam-Status" not in said:
        raise LabError(f"SpamAssassin judges nothing: {said[-200:]}")


def rspamd(resolver: Resolver, message: str) -> None:
    """A message is judged, by the rules that the package has."""
    directory = _folder(resolver, "rspamd")
    places = [f"--var={name}={directory}" for name in ("DBDIR", "RUNDIR", "LOGDIR", "LOCAL_CONFDIR")]
    with _running(resolver, directory, ["rspamd", "-f", "-i", *places]):

        def judged() -> bool:
            connection = HTTPConnection("127.0.0.1", RSPAMD_PORT, timeout=SECONDS)
            with suppress(ConnectionRefusedError):
                connection.sock = _connected(resolver, RSPAMD_PORT)
                connection.request("POST", "/checkv2", message.encode(), {"IP": "203.0.113.9"})
                answer = connection.getresponse().read()
                if b'"score"' not in answer:
                    raise LabError(f"rspamd judges nothing: {answer[-200:]!r}")
                connection.close()
                return True
            return False

        _until(judged)


def chromium(resolver: Resolver, *pages: str) -> None:
    """A browser without a window is asked for pages whose hosts do not exist."""
    directory = _folder(resolver, "chromium")
    command = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    for page in pages:
        options = [f"--user-data-dir={directory}/profile", "--dump-dom", page]
        said = _said(resolver, directory, [*command, *options], status=1)
        if not any(error in said for error in _NOT_RESOLVED):
            raise LabError(f"Chromium resolves {page}, or fails: {said[-200:]}")


def _folder(resolver: Resolver, name: str) -> Path:
    """For a program's files, which it can reach as another user too."""
    directory = resolver.directory / name
    directory.mkdir()
    for above in (directory, *directory.parents[:2]):
        above.chmod(0o755)
    (directory / "resolv.conf").write_text(f"nameserver 127.0.0.1\nsearch {SEARCH}\n")
    return directory


def _on_host(directory: Path, command: list[str]) -> list[str]:
    """The command with files of its host in the places that programs look at."""
    if packages := missing([command[0]]):
        raise LabError(f"not installed: Debian package {', '.join(packages)}")
    mounts = 'mount --bind "$0" /etc/resolv.conf && mount -t proc proc /proc && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", mounts, f"{directory}/resolv.conf", *command]


@contextmanager
def _running(resolver: Resolver, directory: Path, command: list[str]) -> Iterator[None]:
    server = Server(command[0], directory, _on_host(directory, command), popen=resolver.namespace.popen)
    try:
        yield
    finally:
        server.stop()


def _said(resolver: Resolver, directory: Path, command: list[str], stdin: str = "", status: int = 0) -> str:
    """What a program prints that ends by itself, with this status."""
    process = resolver.namespace.popen(
        _on_host(directory, command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=directory,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(directory)},
    )
    try:
        said, _ = process.communicate(stdin.encode(), SECONDS)
    finally:
        process.kill()
        process.wait()
    if process.returncode != status:
        raise LabError(f"{command[0]} ended with status {process.returncode}: {said[-200:]!r}")
    return said.decode(errors="replace")


def _connected(resolver: Resolver, port: int) -> socket.socket:
    sock = resolver.namespace.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(SECONDS)
    try:
        sock.connect(("127.0.0.1", port))
    except OSError:
        sock.close()
        raise
    return sock


class _Smtp(smtplib.SMTP):
    """A client on the resolver's host."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        super().__init__("127.0.0.1", SMTP_PORT, "mail.libretto.com", SECONDS)

    def _get_socket(self, _host: str, port: int, _timeout: float) -> socket.socket:
        return _connected(self._resolver, port)


def _smtp(resolver: Resolver) -> smtplib.SMTP:
    """A connection, once it is taken."""
    made: list[smtplib.SMTP] = []

    def connect() -> bool:
        with suppress(ConnectionRefusedError):
            made.append(_Smtp(resolver))
        return bool(made)

    _until(connect)
    return made[0]


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise LabError(f"not done within {SECONDS:g} s")
        time.sleep(0.1)


_NOT_RESOLVED = ("ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED")
"""What Chromium says of a host that does not exist: by chance it takes itself for offline."""

_MAIN = """compatibility_level = 3.6
config_directory = {directory}/etc
queue_directory = {directory}/queue
data_directory = {directory}/data
maillog_file = {directory}/postfix.log
maillog_file_prefixes = {directory}
myhostname = mail.museum.com
mydestination = museum.com
inet_interfaces = loopback-only
mynetworks = 127.0.0.0/8
smtpd_authorized_xclient_hosts = 127.0.0.1
local_recipient_maps =
alias_maps =
smtpd_peername_lookup = yes
smtpd_recipient_restrictions =
    permit_mynetworks
    reject_unauth_destination
    warn_if_reject reject_rbl_client ip4.dnsbl.example
    warn_if_reject reject_rbl_client bl.postmasters.net
    warn_if_reject reject_rhsbl_sender multi.surbl.org
    reject_unknown_sender_domain
"""
_MASTER = """127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
