import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.memory.errors import NotToBeKeptError
from sophia.memory.screening import (
    Screen,
    Screening,
    passes_luhn,
    personal_data_in,
    secrets_in,
)

_LETTERS = string.ascii_letters + string.digits
_SEEDED = random.Random(7)


def made(length: int, letters: str = _LETTERS) -> str:
    return "".join(_SEEDED.choices(letters, k=length))


_UPPER = string.ascii_uppercase + string.digits
SECRETS = {
    "AWS key": f"AKIA{made(16, _UPPER)}",
    "GitHub token": f"ghp_{made(36)}",
    "GitLab token": f"glpat-{made(20)}",
    "Slack token": f"xoxb-{made(12, string.digits)}-{made(24)}",
    "API key": f"sk-proj-{made(40)}",
    "Google key": f"AIza{made(35)}",
    "npm token": f"npm_{made(36)}",
    "Hugging Face token": f"hf_{made(34)}",
    "Linear key": f"lin_api_{made(40)}",
    "signed token": f"eyJ{made(30)}.eyJ{made(60)}.{made(43)}",
    "card number": "4111 1111 1111 1111",
    "private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----",
}
HARMLESS = [
    f"ghp_{'x' * 36}",
    "AKIAXXXXXXXXXXXXXXXX",
    "the order is 4111 1111 1111 1112, the build 20260114093000123",
    "sk-learn-is-a-library-of-many-long-words",
    "password: ask Anna for it",
    "https://github.com/org/repo/commit/9fceb02d0ae598e95dc970b74767f19372d61af8",
    "018f6e1c-7d3a-7b1e-9c4d-2f5a6b7c8d9e",
    "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----",
]


@pytest.mark.parametrize(("name", "secret"), SECRETS.items(), ids=SECRETS.keys())
def test_a_secret_is_found_where_it_stands(name: str, secret: str) -> None:
    text = f"for staging it is {secret}, said Ben"
    (find,) = secrets_in(text)

    assert (find.name, text[find.start : find.end]) == (name, secret)


@pytest.mark.parametrize("text", HARMLESS, ids=range(len(HARMLESS)))
def test_what_only_looks_like_a_secret_is_kept(text: str) -> None:
    assert secrets_in(text) == []


@pytest.mark.parametrize(
    "text", ["postgres://app:s3cr3t@db/x", 'API_KEY="q8Zt4Lm2Xw9Rb6Kd"', "token = Ab3dEf6hIj9lMn2p"]
)
def test_the_password_is_taken_out_and_what_is_around_it_stays(text: str) -> None:
    screening = Screening(Screen())
    kept = screening.text(text)

    assert "removed]" in kept
    assert kept[:6] == text[:6]
    assert len(screening.redacted) == 1


def test_personal_data_is_left_alone_unless_an_operator_wants_otherwise() -> None:
    text = "write to anna@example.org or call +49 (30) 901820-11"

    assert Screening(Screen()).text(text) == text
    assert Screening(Screen(personal_data="redact")).text(text) == (
        "write to [e-mail address removed] or call [phone number removed]"
    )
    with pytest.raises(NotToBeKeptError, match="e-mail address"):
        Screening(Screen(personal_data="refuse")).text(text)
    assert personal_data_in("released 2026-01-14, build 00123, 15:00") == []


def test_secrets_are_found_however_deep_they_stand() -> None:
    screening = Screening(Screen())
    token = SECRETS["GitHub token"]
    kept = screening.json({"a": [{"b": token, token: 1}], "n": 7})

    assert token not in str(kept)
    assert kept["n"] == 7
    assert screening.redacted == ["GitHub token"]


def test_where_secrets_are_refused_the_error_names_what_it_was_and_not_the_secret() -> None:
    with pytest.raises(NotToBeKeptError) as refused:
        Screening(Screen(secrets="refuse")).text(f"it is {SECRETS['AWS key']}")

    assert "AWS key" in refused.value.message
    assert SECRETS["AWS key"] not in refused.value.message


@given(st.integers(min_value=0, max_value=10**15))
def test_one_last_digit_of_ten_makes_a_card_number(digits: int) -> None:
    assert sum(passes_luhn(f"{digits}{last}") for last in range(10)) == 1


@given(st.text(max_size=200), st.sampled_from(sorted(SECRETS.values())), st.text(max_size=200))
def test_no_secret_outlives_the_screen_whatever_is_around_it(
    before: str, secret: str, after: str
) -> None:
    screening = Screening(Screen(personal_data="redact"))
    kept = screening.text(f"{before} {secret} {after}")

    assert secret not in kept
    assert Screening(Screen()).text(kept) == kept
