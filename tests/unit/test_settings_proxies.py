import pytest
from pydantic import ValidationError

from sophia.settings import Settings


@pytest.mark.parametrize("proxies", ["", "10.0.0.1", "127.0.0.1, 10.0.0.0/8,2001:db8::/32"])
def test_proxies_are_named_by_address_or_network(proxies: str) -> None:
    assert Settings(trusted_proxies=proxies).trusted_proxies == proxies


@pytest.mark.parametrize("proxies", ["*", "proxy.example.org", "10.0.0.1/8", "10.0.0.1;10.0.0.2"])
def test_what_is_no_address_stops_the_start(proxies: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=proxies)


@pytest.mark.parametrize("hosts", ["", "wiki.example", "127.0.0.1:3000, [::1]:80,wiki.example"])
def test_hosts_that_may_be_asked_are_named_exactly(hosts: str) -> None:
    assert Settings(outgoing_allowed_hosts=hosts).outgoing_allowed_hosts == hosts


@pytest.mark.parametrize("hosts", ["*.example", "http://wiki.example", "10.0.0.0/8", "a:b"])
def test_what_is_no_host_stops_the_start(hosts: str) -> None:
    with pytest.raises(ValidationError, match="outgoing_allowed_hosts"):
        Settings(outgoing_allowed_hosts=hosts)
