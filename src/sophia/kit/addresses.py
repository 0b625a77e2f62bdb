"""Network addresses as those who count by them see them."""

import ipaddress

_IPV6_SITE_BITS = 64
_MAX_CHARS = 64


def site_of(address: str) -> str:
    """Give what an address counts as: IPv4 whole, IPv6 by its /64, which one customer has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_MAX_CHARS]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _IPV6_SITE_BITS), strict=False))
