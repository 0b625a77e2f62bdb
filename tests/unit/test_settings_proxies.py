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
