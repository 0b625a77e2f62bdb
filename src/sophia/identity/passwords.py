"""Passwords: Argon2id with OWASP's parameters, two at a time, the first guesses refused."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from sophia.identity.errors import PasswordWeakError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# What an unknown user's password is compared with, so that the answer takes as long as ever.
_NOBODYS_HASH = _hasher.hash("nobody has this password")
_GUESSED_FIRST = (
    "password", "passwort", "qwertz", "qwerty", "letmein", "welcome", "iloveyou", "admin",
    "sophia", "changeme", "secret", "monkey", "dragon", "football", "baseball", "abc", "123",
)  # fmt: skip


class Passwords:
    """Hashes and checks without blocking the event loop, never more than two at once."""

    def __init__(self) -> None:
        """Start with both places free."""
        self._places = asyncio.Semaphore(2)

    async def hash(self, password: str) -> str:
        """Give what is stored; raises PasswordWeakError for what is guessed first."""
        rest = password.lower()
        for word in _GUESSED_FIRST:
            rest = rest.replace(word, "")
        if len(set(rest)) < 4:  # noqa: PLR2004 - what is left must hold a few different characters
            raise PasswordWeakError
        async with self._places:
            return await asyncio.to_thread(_hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Compare in constant work, whether or not there is a stored hash."""
        async with self._places:
            is_right = await asyncio.to_thread(_verify, stored or _NOBODYS_HASH, password)
        return is_right and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
