"""Which addresses belong to the public Internet.

What is global is listed rather than what is not, so that a range nobody thought of is refused. The
exceptions are IANA's special-purpose registries; Python's own `is_global` differs from patch to
patch and takes multicast and translated addresses in.
"""

import ipaddress

_REFUSED_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # carrier-grade NAT, and one cloud's metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's agent, on a public address
            "169.254.0.0/16",  # link-local, and most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments, and one cloud's metadata
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Loopback, mapped, translated (64:ff9b::/96), unique local, link-local and multicast lie outside.
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # Teredo, ORCHID and other protocol assignments
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address in disguise
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)


def is_public(address: str) -> bool:
    """Say whether a numeric address is one of the public Internet."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _REFUSED_4)
    is_plain = found.scope_id is None and found in _GLOBAL_6
    return is_plain and not any(found in network for network in _REFUSED_6)
