import asyncio
from time import process_time

import pytest

from sophia.identity.errors import PasswordWeakError
from sophia.identity.passwords import Passwords
from sophia.kit.clock import SystemClock

STRONG = "correct horse battery"


@pytest.mark.parametrize(
    "weak",
    [
        "password1234",
        "passwordpassword",
        "Password1234!",
        "PASSWORD2026",
        "sophiaadmin1",
        "sophia_admin",
        "123456789012",
        "1234567890123456",
        "qwertyuiop12",
        "qwertzuiop123",
        "asdfghjkl123",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "aaaaaaaaaaaa",
        "abababababab",
        "abcdefghijkl",
        "zyxwvutsrqpo",
        "letmeinletmein",
        "welcome12345",
        "iloveyou1234",
        "changeme2026",
        "trustno1trustno1",
        "            ",
    ],
)
async def test_what_is_guessed_first_is_refused(weak: str) -> None:
    with pytest.raises(PasswordWeakError):
        await Passwords().hash(weak)


@pytest.mark.parametrize("weak", ["lovelace-ada!", "AdaLovelace1815", "sophia-is-mine"])
async def test_what_others_know_of_a_person_is_guessed_first(weak: str) -> None:
    with pytest.raises(PasswordWeakError, match="several words"):
        await Passwords().hash(weak, personal=("Ada Lovelace", "ada@example.org"))


@pytest.mark.parametrize(
    "strong",
    [
        STRONG,
        "x9#kQ!27mLpz",
        "Tr0ub4dor&3!",
        "mein Passwort ist lang",
        "пароль не простой",
        "正しい馬電池ホチキスの杭です",
        "8f14e45fceea",
        "a" + "b" * 20 + "cde fgz",
    ],
)
async def test_what_is_hard_to_guess_is_taken(strong: str) -> None:
    assert (await Passwords().hash(strong)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_password_matches_its_own_hash_and_no_other() -> None:
    passwords = Passwords()
    stored = await passwords.hash(STRONG)

    assert await passwords.matches(stored, STRONG)
    assert not await passwords.matches(stored, STRONG + " ")
    assert not await passwords.matches(stored, STRONG.upper())
    assert not await passwords.matches(stored, "")
    assert not await passwords.matches(stored, "\0")


async def test_the_same_password_is_never_stored_the_same() -> None:
    passwords = Passwords()

    assert await passwords.hash(STRONG) != await passwords.hash(STRONG)


@pytest.mark.parametrize("given", ["", STRONG, "nobody", "sophia_admin", "admin", "password"])
async def test_nothing_matches_where_there_is_no_password(given: str) -> None:
    assert not await Passwords().matches(None, given)


@pytest.mark.parametrize("stored", ["", "plain", "$2b$12$" + "a" * 53])
async def test_a_stored_hash_that_is_none_matches_nothing(stored: str) -> None:
    assert not await Passwords().matches(stored, "plain")


async def test_an_unknown_user_takes_as_much_work_as_a_known_one() -> None:
    passwords = Passwords()
    stored = await passwords.hash(STRONG)

    async def took_s(hashed: str | None) -> float:
        began_s = process_time()  # of the processor: a busy machine changes nothing
        await passwords.matches(hashed, "a wrong password")
        return process_time() - began_s

    known = min([await took_s(stored) for _ in range(7)])
    unknown = min([await took_s(None) for _ in range(7)])
    assert 0.5 < known / unknown < 2


async def test_hashing_leaves_the_event_loop_free() -> None:
    passwords = Passwords()
    hashing = asyncio.gather(*(passwords.hash(STRONG) for _ in range(6)))
    turns = 0
    while not hashing.done():
        await SystemClock().sleep(0)
        turns += 1

    assert turns > 10
    assert len(set(await hashing)) == 6
