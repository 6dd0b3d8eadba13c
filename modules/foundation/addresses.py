"""Which network addresses are public ones, whatever their spelling."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All IPv6 addresses that are given out; the rest is local, reserved or not in use."""
_HOME = tuple(ipaddress.ip_network(text) for text in (
    "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
"""Addresses of this computer and of local networks that a person may open up. Link-local ones are never:
cloud providers answer there with a machine's own keys."""


def may_visit(text: str, *, allow_local: bool = False) -> bool:
    """Whether an address is a public one; with ``allow_local`` also one of this computer or its network."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(one) or (allow_local and _is_home(one)) for one in _meanings(address))


def _meanings(address: Address) -> Iterator[Address]:
    """Yield the address and every IPv4 address it is another spelling of or a tunnel to."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in _NAT64):
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None or any(address in network for network in _NAT64):
            return True  # judged by the address inside
        return address in _GLOBAL_UNICAST and address.is_global
    return address.is_global and not address.is_multicast


def _is_home(address: Address) -> bool:
    return any(address in network for network in _HOME if network.version == address.version)
