"""Slowing down those who guess: ten failures a minute for an address or an account."""

import hashlib
import math

from sophia.identity.errors import TooManyAttemptsError
from sophia.kit.addresses import site_of
from sophia.kit.ids import UserId
from sophia.limits.attempts import Attempts


class Throttle:
    """Counts guesses of a password, by address and account or by who is signed in."""

    def __init__(self, attempts: Attempts) -> None:
        """Take who counts."""
        self._attempts = attempts

    async def begin(self, address: str, email: str) -> None:
        """Count an attempt; raises TooManyAttemptsError when one of the two has to wait."""
        await self._begin(f"address {site_of(address)}", _account(email))

    async def succeed(self, address: str, email: str) -> None:
        """Take an attempt back: it proved who it is, so the account's failures are forgiven."""
        await self._attempts.succeed(_account(email), uncounted=f"address {site_of(address)}")

    async def begin_change(self, user_id: UserId) -> None:
        """Count a guess of one's current password; raises TooManyAttemptsError."""
        await self._begin(f"password of {user_id}")

    async def succeed_change(self, user_id: UserId) -> None:
        """Forget the wrong guesses of one's current password: it was given."""
        await self._attempts.succeed(f"password of {user_id}")

    async def _begin(self, *subjects: str) -> None:
        wait_s = await self._attempts.begin(*subjects)
        if wait_s > 0:
            raise TooManyAttemptsError(retry_after_s=math.ceil(wait_s))


def _account(email: str) -> str:
    # Redis is told nobody's e-mail address.
    return f"account {hashlib.sha256(email.encode(errors='replace')).hexdigest()}"
