"""How people write Linear's things."""

import pytest

from sophia.servers.linear.handles import issue_id, priority_number, priority_word, slug_or_name
from sophia.servers.vendor.errors import HandleError

UUID = "5f0b1f6e-3c0e-4c4e-9d3a-1a2b3c4d5e6f"


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("ENG-123", "ENG-123"),
        (" eng-123 ", "ENG-123"),
        ("https://linear.app/acme/issue/ENG-123/the-title", "ENG-123"),
        ("https://linear.app/acme/issue/ENG-123", "ENG-123"),
        (UUID.upper(), UUID),
    ],
)
def test_an_issue_is_understood(written: str, understood: str) -> None:
    assert issue_id(written) == understood


@pytest.mark.parametrize("written", ["123", "ENG", "ENG-", "https://linear.app/acme/project/x"])
def test_what_is_no_issue_is_refused_with_how_to_write_it(written: str) -> None:
    with pytest.raises(HandleError, match="ENG-123"):
        issue_id(written)


def test_a_web_address_is_its_slug() -> None:
    address = "https://linear.app/acme/project/new-boats-0a1b2c3d4e5f/overview"
    assert slug_or_name(address, "project") == "0a1b2c3d4e5f"
    assert slug_or_name(" New boats ", "project") == "New boats"
    with pytest.raises(HandleError, match="no web address of a project"):
        slug_or_name("https://linear.app/acme/team/ENG", "project")


def test_priorities_are_words_and_numbers() -> None:
    words = [priority_word(number) for number in range(5)]
    assert words == ["none", "urgent", "high", "medium", "low"]
    assert [priority_number(word) for word in words] == list(range(5))
    assert priority_word(9) == "9"
