import ipaddress

import pytest
from hypothesis import example, given
from hypothesis.strategies import ip_addresses

from sophia.outgoing.addresses import is_public

PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.15.255.255", "172.32.0.1", "192.167.1.1"]
PUBLIC_6 = ["2606:4700:4700::1111", "2a00:1450:4001:801::200e", "2620:fe::fe"]
PRIVATE = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "127.0.0.1", "127.255.255.254", "172.16.0.1"),
    *("172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.170.2", "100.64.0.1"),
    *("100.100.100.200", "100.127.255.255", "168.63.129.16", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
]
PRIVATE_6 = [
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:a9fe:a9fe", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1"),
    *("2002:a9fe:a9fe::", "2001::1", "2001:db8::1", "2001:10::1", "3fff::1", "100::1", "5f00::1"),
]


@pytest.mark.parametrize("address", [*PUBLIC, *PUBLIC_6])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [*PRIVATE, *PRIVATE_6])
def test_whatever_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "8.8.8.8 ", "8.8.8.8/8"])
def test_what_is_no_numeric_address_is_not_public(text: str) -> None:
    assert not is_public(text)


@given(ip_addresses())
@example(ipaddress.ip_address("64:ff9b::808:808"))
def test_nothing_is_public_that_the_standard_library_calls_private(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    signs = ("private", "loopback", "link_local", "multicast", "reserved", "unspecified")
    is_inside = any(getattr(address, f"is_{sign}") for sign in signs)
    assert not (is_public(str(address)) and is_inside)


@given(ip_addresses(v=4))
def test_an_address_in_disguise_is_never_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    translated = ipaddress.IPv6Address((0x0064FF9B << 96) | number)
    tunnelled = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
    assert not any(map(is_public, map(str, (mapped, translated, tunnelled))))
