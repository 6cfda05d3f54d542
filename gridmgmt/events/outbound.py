"""POSTs to other systems: an address that people type must never reach our own network.

https only, no user in the address, no redirects; the name is resolved once, every address it has must be a public one, and
the connection goes to the address that was checked. settings.OUTBOUND_ALLOWED_HOSTS names "host" or "host:port" of systems in
the own network that may be called all the same, by http too. Answers are cut at 64 KiB and ten seconds.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT_S = 10.0
MOST_BYTES = 64 * 1024
STRANGE = re.compile(r"[\x00-\x20\x7f\\]")
PORTS = {"https": 443, "http": 80}


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An address that must not be called, or a call that failed; ``str()`` is a stable code."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart; ``trusted`` when the allow-list names it."""

    scheme: str
    host: str
    port: int
    path: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other system said."""

    status: int
    body: bytes
    ms: int


def target_of(url: str) -> Target:
    """The parts of an address. Refused: url_invalid, url_not_https, url_has_user."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Refused("url_invalid") from None
    if STRANGE.search(url) or not host or parts.scheme not in PORTS or parts.fragment or not url.isascii():
        raise Refused("url_invalid")
    if parts.username is not None or parts.password is not None:
        raise Refused("url_has_user")
    port = port or PORTS[parts.scheme]
    trusted = bool({host, f"{host}:{port}"} & set(settings.OUTBOUND_ALLOWED_HOSTS))
    if parts.scheme != "https" and not trusted:
        raise Refused("url_not_https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, trusted)


def is_public(address: str) -> bool:
    """True for an address of the open internet, also behind the ways to write an IPv4 address as IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast and not found.is_reserved


def resolve(target: Target) -> tuple[int, str]:
    """(family, address) to connect to. Refused: name_unknown, address_not_public."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("name_unknown") from None
    if not target.trusted and not all(is_public(str(entry[4][0])) for entry in found):
        raise Refused("address_not_public")
    return int(found[0][0]), str(found[0][4][0])


class _Line(http.client.HTTPConnection):
    """A connection to the address that was checked, speaking to the name that was asked for."""

    def __init__(self, target: Target, family: int, address: str) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT_S)
        self.target, self.family, self.address = target, family, address

    def connect(self) -> None:
        """TCP, then TLS with the certificate of the name."""
        self.sock = socket.socket(self.family, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect((self.address, self.port))
        if self.target.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.target.host)

    def cut(self) -> None:
        """End whatever goes on: somebody answers a byte at a time."""
        if self.sock is not None:
            self.sock.shutdown(socket.SHUT_RDWR)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """One POST. Refused: as ``target_of`` and ``resolve``, and timeout, connection_failed, certificate_invalid."""
    target = target_of(url)
    line = _Line(target, *resolve(target))
    began = time.monotonic()
    watch = threading.Timer(TIMEOUT_S, line.cut)
    watch.daemon = True
    watch.start()
    try:
        line.request("POST", target.path, body, {**headers, "Connection": "close"})
        answer = line.getresponse()
        told = answer.read(MOST_BYTES)
    except ssl.SSLCertVerificationError:
        raise Refused("certificate_invalid") from None
    except (OSError, http.client.HTTPException) as error:
        late = isinstance(error, TimeoutError) or time.monotonic() - began >= TIMEOUT_S
        raise Refused("timeout" if late else "connection_failed") from None
    finally:
        watch.cancel()
        line.close()
    return Answer(answer.status, told, round((time.monotonic() - began) * 1000))
