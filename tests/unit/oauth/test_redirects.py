from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.oauth import redirects

FIT = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://[2001:db8::1]:8443/callback?x=1",
    "http://127.0.0.1/callback",
    "http://localhost:33418/",
    "http://[::1]:9/callback",
    "cursor://anysphere.cursor-retrieval/oauth/callback",
    "com.example.notes:/callback",
]
UNFIT = [
    "",
    "callback",
    "/callback",
    "//evil.example/callback",
    "http://evil.example/",
    "http://127.0.0.2/",
    "http://localhost.evil.example/",
    "https:///callback",
    "https://evil.example/#fragment",
    "https://user:password@evil.example/",
    "https://evil.example/\r\nX: y",
    "https://evil.example/\u202e",
    "https://evil.example:0/",
    "https://evil.example:99999/",
    "https://[evil/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://evil.example/x",
    "intent://x",
    "notes:",
    "https://evil.example/" + "x" * 500,
]


@pytest.mark.parametrize("uri", FIT)
def test_what_an_application_may_be_sent_back_to(uri: str) -> None:
    assert redirects.is_fit(uri)
    assert redirects.matches(uri, uri)


@pytest.mark.parametrize("uri", UNFIT)
def test_what_leads_astray_is_not_fit(uri: str) -> None:
    assert not redirects.is_fit(uri)


def test_only_the_port_of_loopback_is_free() -> None:
    registered = "http://127.0.0.1:4711/callback?x=1"

    assert redirects.matches(registered, "http://127.0.0.1/callback?x=1")
    assert redirects.matches(registered, "http://127.0.0.1:1/callback?x=1")
    for other in (
        "http://localhost:4711/callback?x=1",
        "http://127.0.0.1:4711/callback",
        "http://127.0.0.1:4711/callback/?x=1",
        "http://127.0.0.1:99999/callback?x=1",
        "https://127.0.0.1:4711/callback?x=1",
    ):
        assert not redirects.matches(registered, other)
    assert redirects.matches("http://127.0.0.1/", "http://127.0.0.1:33418")
    assert not redirects.matches("https://notes.example/a", "https://notes.example:1/a")
    assert not redirects.matches("notes://x:1/a", "notes://x:2/a")


@given(st.sampled_from(FIT), st.text(max_size=80))
def test_no_other_text_matches_but_on_loopback(registered: str, text: str) -> None:
    for asked in (text, registered + text, text + registered):
        if asked != registered and redirects.matches(registered, asked):
            assert urlsplit(asked).hostname == urlsplit(registered).hostname
            assert urlsplit(asked).path == urlsplit(registered).path
            assert urlsplit(asked).scheme == "http"


def test_a_person_is_shown_where_the_answer_goes() -> None:
    assert redirects.shown(FIT[0]) == "claude.ai"
    assert redirects.shown(FIT[3]) == "localhost:33418"
    assert redirects.shown(FIT[5]) == "cursor:"
    assert [redirects.is_local(uri) for uri in FIT] == [False, False, *[True] * 5]
