"""Passwords: Argon2id with OWASP's parameters, two at a time, the first guesses refused."""

import asyncio
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from sophia.identity.errors import PasswordWeakError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# The hash of a password that nobody has: what an unknown user's is compared with, so that the
# answer takes as long as ever.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$OzziQZht1hh4Gkg/vwvBWg$jFY1WcZRHoJyfE8s9NA9+jOvokrS9zKI1krVDV7rfoI"
)
_WORDS = (
    "password", "passwort", "letmein", "welcome", "iloveyou", "administrator", "admin", "sophia",
    "changeme", "default", "secret", "monkey", "dragon", "master", "football", "baseball",
    "sunshine", "princess", "superman", "trustno1", "summer", "winter", "spring", "autumn",
)  # fmt: skip
_ROWS = (
    "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm",
    "yxcvbnm", "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
)  # fmt: skip
_STEPS = frozenset(step for row in _ROWS for pair in pairwise(row) for step in (pair, pair[::-1]))
_MIN_SURPRISES = 4


class Passwords:
    """Hashes and checks without blocking the event loop, never more than two at once."""

    def __init__(self) -> None:
        """Start with both places free."""
        self._places = asyncio.Semaphore(2)

    async def hash(self, password: str) -> str:
        """Give what is stored; raises PasswordWeakError for what is guessed first."""
        if _surprises(password) < _MIN_SURPRISES:
            raise PasswordWeakError
        async with self._places:
            return await asyncio.to_thread(_hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Compare in constant work, whether or not there is a stored hash."""
        async with self._places:
            is_right = await asyncio.to_thread(_verify, stored or _NOBODYS_HASH, password)
        return is_right and stored is not None


def _surprises(password: str) -> int:
    """Count what is left to guess: no known words, repetitions, or runs along a row of keys."""
    rest = password.lower()
    for word in _WORDS:
        rest = rest.replace(word, "")
    is_run = [before == after or (before, after) in _STEPS for before, after in pairwise(rest)]
    return min(len(set(rest)), len(rest) - sum(is_run))


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
