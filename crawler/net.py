"""Which schemes and addresses may be connected to, how far redirects lead, and whose word is taken for who is there.

A URL on a page of a stranger must not reach what only this machine can reach (server-side request forgery). The check
is made on the address that is about to be connected to, after the name was resolved, so a name that changes its address
between check and connection (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from crawler.errors import ConfigError, ForbiddenAddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
SCHEMES = frozenset({"http", "https"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 8  # publishers chain three or four (http, www, mobile, consent); more is a circle
HOSTS_REMEMBERED = 1024


class AddressGuard:
    """Refuses loopback, private, link-local, multicast and reserved addresses unless `allow` (CIDR) names them."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allow = tuple(_network(text) for text in allow)
        # Judged for every request; a crawl meets few hosts again and again.
        self._literal = lru_cache(HOSTS_REMEMBERED)(self._is_refused)

    def check(self, host: str, ip: str) -> None:
        """Raise `ForbiddenAddress` when `ip` (perhaps with a scope), which `host` resolved to, is out of bounds."""
        if not self.permits(ip):
            shown = host if host == ip else f"{host} ({ip})"
            raise ForbiddenAddress(
                f"{shown}: a private or reserved address is not connected to; allow_networks can name its network",
                host,
            )

    def permits(self, ip: str) -> bool:
        """Whether an address may be connected to; what is no address may not."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        forms = _forms(address)
        if any(form in network for form in forms for network in self._allow if form.version == network.version):
            return True
        return all(form.is_global and not form.is_multicast for form in forms)

    def check_url(self, url: str) -> None:
        """Raise `ForbiddenAddress` for a scheme that is not fetched, or a host that is itself a forbidden address."""
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise ForbiddenAddress(f"{url}: only http and https are fetched", url)
        host = parts.hostname
        if not host:
            raise ForbiddenAddress(f"{url}: it names no host", url)
        if (ip := self._literal(host)) is not None:
            self.check(host, ip)

    def _is_refused(self, host: str) -> str | None:
        """The forbidden address that a host spells out, `None` for one that is permitted or only a name."""
        if host == "localhost" or host.endswith(".localhost"):  # RFC 6761; a proxy would resolve it on its own side
            host = "127.0.0.1"
        else:
            try:
                ipaddress.ip_address(host)
            except ValueError:
                return None
        return None if self.permits(host) else host


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"allow_networks: {text!r} is no network, write it as 10.0.0.0/8", "allow_networks"
        ) from error


def _forms(address: Address) -> tuple[Address, ...]:
    """An address and the IPv4 addresses that are wrapped in it (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, address.teredo[1])
    if address in NAT64:
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    return (address,)


def trusted_authorities(ca_file: str) -> ssl.SSLContext:
    """TLS that verifies, by the system's certificate authorities and those of a PEM file (empty: none besides).

    Raises `ConfigError` when the file can't be read.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=Path(ca_file))
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"ca_file: {ca_file} can't be read as PEM ({error})", "ca_file") from error
    return context
