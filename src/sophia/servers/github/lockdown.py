"""Showing only what people wrote who may push: SOPHIA_GITHUB_LOCKDOWN.

An issue or comment of a stranger may be written to mislead the model that reads it. GitHub says of
each author whether they may push to the repository; where it does not say so, they may not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sophia.kit.clock import Clock
from sophia.servers.github.errors import LockdownError
from sophia.servers.github.raw import RawUser
from sophia.servers.vendor.client import VendorClient
from sophia.servers.vendor.errors import (
    VendorForbiddenError,
    VendorMissingError,
)
from sophia.servers.vendor.reading import Raw, read_one

_KNOWN_FOR_S = 300.0
_MAX_KNOWN = 2_000
_PUSHES = frozenset({"admin", "write"})
# Whose words a pull request's own refs hold is not told by them.
_REFS_OF_PULLS = ("refs/pull/", "pull/")
# What shows words whose authors GitHub does not name, or that nobody's push access speaks for.
WITHHELD = frozenset({"list_notifications", "get_gist", "list_gists"})
WHY = "SOPHIA_GITHUB_LOCKDOWN shows only what people wrote who may push to the repository."


class _Permission(Raw):
    permission: str


@dataclass(slots=True)
class Lockdown:
    """Tells who may push, and shows only what they wrote; switched off, everything."""

    http: VendorClient
    clock: Clock
    is_on: bool = False
    _known: dict[tuple[str, str], tuple[float, bool]] = field(
        default_factory=dict[tuple[str, str], tuple[float, bool]], init=False
    )

    async def kept[R](
        self, items: Sequence[R], *, by: Callable[[R], tuple[str, RawUser | None]]
    ) -> Sequence[R]:
        """Leave out what strangers wrote."""
        if not self.is_on:
            return items
        return [one for one in items if await self._may_push(*by(one))]

    async def check(self, repo: str, author: RawUser | None) -> None:
        """Raise LockdownError for what a stranger wrote."""
        if self.is_on and not await self._may_push(repo, author):
            raise LockdownError

    def check_ref(self, ref: str | None) -> None:
        """Raise LockdownError for a ref under which strangers' commits are kept."""
        if self.is_on and ref is not None and ref.lstrip("/").startswith(_REFS_OF_PULLS):
            raise LockdownError("That ref holds what was proposed, by whomever: name a branch.")

    def forget(self) -> None:
        """Ask again who may push."""
        self._known.clear()

    async def _may_push(self, repo: str, author: RawUser | None) -> bool:
        if author is None:
            return False
        key, now = (repo.lower(), author.login.lower()), self.clock.monotonic()
        until, is_known = self._known.get(key, (0.0, False))
        if now < until:
            return is_known
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        may_push = await self._asked(repo, author.login)
        self._known[key] = (now + _KNOWN_FOR_S, may_push)
        return may_push

    async def _asked(self, repo: str, login: str) -> bool:
        try:
            found = await self.http.get(f"/repos/{repo}/collaborators/{login}/permission")
        except VendorMissingError:  # a bot, or somebody who is no more
            return False
        except VendorForbiddenError as error:
            raise LockdownError(
                f"SOPHIA_GITHUB_LOCKDOWN: GitHub does not tell this token who may push to {repo},"
                " so nothing of it is shown. The token needs push access there."
            ) from error
        return read_one(_Permission, found).permission in _PUSHES
