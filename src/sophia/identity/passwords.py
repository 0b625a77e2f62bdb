"""Passwords: Argon2id with OWASP's parameters, two at a time, the first guesses refused."""

import asyncio
import re
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from zxcvbn import zxcvbn

from sophia.identity.errors import PasswordWeakError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# The hash of a password that nobody has: what an unknown user's is compared with, so that the
# answer takes as long as ever.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$OzziQZht1hh4Gkg/vwvBWg$jFY1WcZRHoJyfE8s9NA9+jOvokrS9zKI1krVDV7rfoI"
)
# Of zxcvbn's five scores the best: more than 10^10 guesses.
_HARD_TO_GUESS = 4
_SHORT_WORD_CHARS = 2
_MAX_RATED_CHARS = 72  # more makes no password weaker, and takes long to rate


class Passwords:
    """Hashes and checks without blocking the event loop, never more than two at once."""

    def __init__(self) -> None:
        """Start with both places free."""
        self._places = asyncio.Semaphore(2)

    async def hash(self, password: str, *, personal: Sequence[str] = ()) -> str:
        """Give what is stored; raises PasswordWeakError for what is guessed first.

        `personal` is what others know of the person, such as a name and an e-mail address.
        """
        async with self._places:
            await asyncio.to_thread(_require_strong, password, personal)
            return await asyncio.to_thread(_hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Compare in constant work, whether or not there is a stored hash."""
        async with self._places:
            is_right = await asyncio.to_thread(_verify, stored or _NOBODYS_HASH, password)
        return is_right and stored is not None


def _require_strong(password: str, personal: Sequence[str]) -> None:
    """Refuse what is guessed first, as NIST SP 800-63B has it: no rule about kinds of letters."""
    words = {word for text in ("sophia", *personal) for word in re.split(r"[\W_]+", text)}
    known = "|".join(re.escape(word) for word in words if len(word) > _SHORT_WORD_CHARS)
    # What everybody knows adds nothing: the rest must be hard to guess by itself.
    rest = re.sub(known, "", password, flags=re.IGNORECASE)
    rated = zxcvbn(rest[:_MAX_RATED_CHARS] or password[:1])
    if rated["score"] < _HARD_TO_GUESS:
        why = rated["feedback"]["warning"].rstrip(".")
        told = f" ({why[:1].lower()}{why[1:]})" if why else ""
        raise PasswordWeakError(
            f"That password is among the first that are guessed{told}: "
            "choose several words that do not belong together."
        )


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
