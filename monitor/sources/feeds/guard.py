"""Which addresses a stranger may send us to: a feed can redirect, and a name can lead into our own network.

The address that was checked is the one that is connected to, because a second look-up may give another.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from monitor.fetch import Unusable, short

_WRAPPED = ip_network("64:ff9b::/96")
"""IPv4 inside IPv6 (RFC 6052): the last four bytes are the address that is meant."""


def is_public(address: str) -> bool:
    """Whether an IP address leads out to the world: not to this machine, this network, a carrier's, or to many."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in _WRAPPED:
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return ip.is_global and not ip.is_multicast


def is_inside(host: str) -> bool:
    """Whether a host, as a person wrote it, can only be meant inside: a private address, or this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and not is_public(host)


def check(url: URL, *, may_go_inside: bool) -> None:
    """Raises Unusable for an address that must not be asked."""
    if url.scheme not in ("http", "https") or not url.host:
        raise Unusable("bad_redirect", f"leads to {short(str(url))}, and only http and https are read")
    if url.user is not None or url.password is not None:
        raise Unusable("bad_redirect", "leads to an address with a password in it")
    if not may_go_inside and _is_address(url.host) and not is_public(url.host):
        raise Unusable("bad_redirect", f"leads into a private network: {short(url.host)}")


class PublicResolver(AbstractResolver):
    """Finds a name's addresses and keeps the public ones."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError where the name has no public address."""
        found = await self._inner.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError(f"{short(host)} leads into a private network; if it is your own, say `internal: true`")
        return public

    async def close(self) -> None:
        """Let go of the inner resolver."""
        await self._inner.close()


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
