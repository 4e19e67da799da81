"""Where a webhook's host really is: looked up once, refused if it is not on the public internet, then pinned."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from escalation.errors import RetryLater, Undeliverable

IPAddress = IPv4Address | IPv6Address
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as texts. Raises OSError."""
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")


async def look_up(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says; also reads every spelling of a number ("127.1", "0x7f000001") as it does."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


async def resolve(host: str, port: int, *, private: bool, lookup: Lookup = look_up) -> tuple[str, ...]:
    """The addresses of `host`. Raises Undeliverable if one is not public and that is not allowed, RetryLater.

    One forbidden address among good ones refuses all: nobody publishes such a mixture by mistake.
    """
    try:
        found = tuple(dict.fromkeys(await lookup(host, port)))
    except UnicodeError as error:
        raise Undeliverable(f"{host} is not a host's name: check the webhook's url") from error
    except OSError as error:
        raise RetryLater(f"{host} can't be looked up: {error.strerror or error}") from error
    if not found:
        raise RetryLater(f"{host} has no address")
    for one in found:
        if not private and not is_public(ip_address(one)):
            raise Undeliverable(f"{host} is at {one}, which is not public: allow it with private = true")
    return found


def is_public(address: IPAddress) -> bool:
    """Whether the address, and the IPv4 address inside it if it carries one, belongs to the public internet."""
    if isinstance(address, IPv6Address):
        if (inner := _inside(address)) is not None:
            return is_public(inner)
        if address.is_site_local or address in _LOCAL_NAT64:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def _inside(address: IPv6Address) -> IPv4Address | None:
    """Several kinds of IPv6 address only wrap an IPv4 one, which is where the packets go."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


class Pinned(AbstractResolver):
    """Knows one host, at the addresses that were looked at: a second answer of the DNS never counts."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        self._host = host
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if host != self._host:
            raise OSError(f"{host} was never looked at")
        return [
            ResolveResult(
                hostname=host, host=one, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
            )
            for one in self._addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Holds nothing."""
