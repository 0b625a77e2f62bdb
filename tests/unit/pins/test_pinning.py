import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sophia.pins.pinning import Origin, Pin, State, following, reason_for
from sophia.toolbox.definitions import Definition

THEIRS = Origin("theirs", registered_at=datetime(2026, 11, 23, tzinfo=UTC))


def as_(text: str, *, fault: str | None = None) -> Definition:
    return Definition("add", "add", text, hashlib.sha256(text.encode()).hexdigest(), fault)


A, B, C = as_("a"), as_("b"), as_("c")
PINNED = Pin(State.PINNED, A.hash)


def after(pin: Pin | None, *offers: Definition) -> Pin | None:
    for one in offers:
        pin = following(pin, one, is_trusted=False)
    return pin


def test_what_is_trusted_is_pinned_and_what_is_not_waits() -> None:
    assert following(None, A, is_trusted=True) == PINNED
    assert following(None, A, is_trusted=False) == Pin(State.CHANGED, None, A.hash)


@pytest.mark.parametrize(
    ("offers", "is_had"),
    [
        ([A], True),
        ([A, A], True),
        ([B], False),
        ([B, B], False),
        # A server that takes its change back has shown what it does: it waits all the same.
        ([B, A], False),
        ([B, C, A], False),
    ],
)
def test_what_differs_once_is_held_back_until_it_is_decided(
    *, offers: list[Definition], is_had: bool
) -> None:
    pin = after(PINNED, *offers)

    assert pin is not None
    assert pin.admits(offers[-1]) is is_had
    assert (reason_for(THEIRS, offers[-1], pin) is None) is is_had


def test_the_last_offer_is_what_is_decided_on() -> None:
    assert after(PINNED, B, C) == Pin(State.CHANGED, A.hash, C.hash)


def test_what_was_rejected_stays_out_and_what_was_approved_comes_back() -> None:
    rejected = Pin(State.REJECTED, A.hash, B.hash)

    assert following(rejected, B, is_trusted=False) == rejected
    assert not rejected.admits(B)
    assert following(rejected, A, is_trusted=False) == rejected
    assert rejected.admits(A)
    assert following(rejected, C, is_trusted=False) == Pin(State.CHANGED, A.hash, C.hash)


def test_a_name_that_cannot_be_used_is_refused_until_it_can() -> None:
    faulty = replace(A, fault="its name is given to several tools")
    refused = following(PINNED, faulty, is_trusted=True)

    assert refused.state is State.REFUSED
    assert not refused.admits(faulty)
    assert following(refused, A, is_trusted=False) == PINNED
    assert following(refused, B, is_trusted=False).state is State.CHANGED


@pytest.mark.parametrize(
    ("pin", "said"),
    [
        (Pin(State.CHANGED, A.hash, B.hash), "says something else"),
        (Pin(State.CHANGED, None, B.hash), "nobody has approved it"),
        (Pin(State.REJECTED, A.hash, B.hash), "an operator rejected"),
    ],
)
def test_a_refusal_names_the_server_and_what_the_operator_does(pin: Pin, said: str) -> None:
    reason = reason_for(THEIRS, B, pin) or ""

    assert said in reason
    assert "the theirs server" in reason
    assert "sophia tools quarantine" in reason


def test_what_could_not_be_compared_is_not_had() -> None:
    assert "Try again" in (reason_for(THEIRS, A, None) or "")
