from contextlib import suppress

import httpx2
import pytest
from hypothesis import given
from hypothesis.strategies import integers, ip_addresses, sampled_from, text

from sophia.outgoing.errors import UrlRefusedError
from sophia.outgoing.hosts import AllowedHosts, target_of

REFUSED = [
    *("", "example.com", "//example.com", "http:", "http://", "http:///path", "http:example.com"),
    *("ftp://example.com", "file:///etc/passwd", "gopher://example.com", "ws://example.com"),
    *("javascript:alert(1)", "data:text/plain,x", "http+unix://example.com"),
    *("http://user@example.com", "http://user:pass@example.com", "http://@example.com"),
    *("http://:@example.com", "http://example.com@127.0.0.1", "http://a%40b@example.com"),
    *("http://example.com\\@127.0.0.1/", "http://exam ple.com", "http://example.com\t/"),
    *("http://example.com/\r\nX: y", " http://example.com", "http://example.com\n"),
    *("http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1", "http://0177.0.0.1"),
    *("http://127.1", "http://127.0.1", "http://0", "http://00000177.1", "http://0x"),
    *("http://1.2.3.4.5", "http://256.256.256.256", "http://127.0.0.1.", "http://localhost."),
    *("http://example..com", "http://.example.com", "http://-example.com", "http://example-"),
    *("http://127%2e0.0.1", "http://exa%00mple.com", "http://[fe80::1%25eth0]/", "http://[::1"),
    *("http://[::1%eth0]/", "http://*.example.com", "http://\uff10x7f.1/", "http://ⓛocalhost/"),
    *("http://example.com:0", "http://example.com:65536", "http://example.com:x"),
    *("http://" + "a" * 64 + ".com", "http://" + "a." * 130 + "com", "http://a/" + "b" * 9000),
]
GOOD = [
    ("http://example.com", ("example.com", 80)),
    ("HTTPS://EXAMPLE.com/a?b=@c#d@e", ("example.com", 443)),
    ("https://example.com:8443/", ("example.com", 8443)),
    ("http://my_host-1.internal", ("my_host-1.internal", 80)),
    ("http://münchen.de", ("xn--mnchen-3ya.de", 80)),
    ("http://127.0.0.1:8000", ("127.0.0.1", 8000)),
    ("http://127。0。0。1", ("127.0.0.1", 80)),
    ("http://[FD00:EC2:0::254]/", ("fd00:ec2::254", 80)),
    ("http://[2001:0db8:0::1]:81", ("2001:db8::1", 81)),
    ("http://1password.com", ("1password.com", 80)),
    ("http://4.com", ("4.com", 80)),
]


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_is_not_plain_is_refused(url: str) -> None:
    with pytest.raises(UrlRefusedError):
        target_of(url)


@pytest.mark.parametrize(("url", "target"), GOOD)
def test_a_plain_url_names_one_host_and_port(url: str, target: tuple[str, int]) -> None:
    assert target_of(url) == target


def test_a_url_with_a_user_is_refused_once_it_is_parsed_too() -> None:
    with pytest.raises(UrlRefusedError, match="user name"):
        target_of(httpx2.URL("http://user@example.com"))


@given(text(max_size=60))
def test_any_text_is_a_target_or_refused(tail: str) -> None:
    with suppress(UrlRefusedError):
        host, port = target_of(f"http://{tail}")
        assert host
        assert 0 < port < 65536


@given(
    text(alphabet="0123456789abcdefx.%[]:@/\\-_", max_size=24),
    sampled_from(["http://", "https://", "HTTP://", "http:", "http:/"]),
)
def test_what_looks_like_an_address_means_the_same_to_everybody(tail: str, start: str) -> None:
    with suppress(UrlRefusedError):
        host, _ = target_of(start + tail)
        assert host == host.lower()
        assert not host.rpartition(".")[2].startswith("0x")
        assert "%" not in host
        assert target_of(f"http://[{host}]" if ":" in host else f"http://{host}")[0] == host


@given(ip_addresses(v=4), integers(0, 3))
def test_an_address_written_as_one_number_is_refused(address: object, form: int) -> None:
    number = int(address)  # pyright: ignore[reportArgumentType]  # hypothesis' union
    written = (str(number), hex(number), f"0{number:o}", f"{number >> 24}.{number & 0xFFFFFF}")
    with pytest.raises(UrlRefusedError):
        target_of(f"http://{written[form]}/")


def test_a_host_is_allowed_by_its_exact_name_alone() -> None:
    allowed = AllowedHosts.parse("Intranet.example, [::1]:8080, 127.0.0.1:3000,")
    assert allowed.has("intranet.example", 80)
    assert allowed.has("::1", 8080)
    assert allowed.has("0:0::1", 8080)
    assert allowed.has("127.0.0.1", 3000)
    assert not allowed.has("a.intranet.example", 80)
    assert not allowed.has("127.0.0.1", 3001)
    assert not allowed.has("::1", 80)


@pytest.mark.parametrize("text", ["a:b", "a:0", "a:65536", "http://a", "*.a", "a b", "[::1]:x"])
def test_an_allowed_host_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UrlRefusedError):
        AllowedHosts.parse(text)
