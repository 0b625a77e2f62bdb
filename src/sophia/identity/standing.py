"""Whether what a person's credentials said when they were made still holds."""

from dataclasses import replace

from sophia.identity import repository
from sophia.identity.errors import SessionEndedError
from sophia.identity.schemas import ROLE_SCOPES, Viewer
from sophia.kit.clock import Clock
from sophia.kit.ids import ApiKeyId, SessionId, UserId
from sophia.store.database import Database

_CACHE_S = 5.0
_CACHE_SIZE = 1024

type _Credentials = tuple[UserId, SessionId | None, ApiKeyId | None]


class Standing:
    """Looks accounts, sessions and keys up again. What it knows is at most five seconds old."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Start with nothing known."""
        self._database = database
        self._clock = clock
        # Only those who may: what has ended is looked up each time, and pushes out nobody.
        self._known: dict[_Credentials, tuple[float, str]] = {}

    async def of(self, viewer: Viewer) -> Viewer:
        """Give the viewer with what the account may do now; raises SessionEndedError."""
        role = await self._role(viewer)
        return replace(viewer, role=role, scopes=viewer.scopes & ROLE_SCOPES[role])

    def forget(self) -> None:
        """Look everybody up again: somebody's session has just ended here."""
        self._known.clear()

    async def _role(self, viewer: Viewer) -> str:
        credentials = (viewer.user_id, viewer.session_id, viewer.api_key_id)
        known_until_s, role = self._known.get(credentials, (0.0, ""))
        if role and self._clock.monotonic() < known_until_s:
            return role
        # The age counts from before the question: the answer may be as old as that.
        asked_s = self._clock.monotonic()
        async with self._database.reading() as reader:
            found = await repository.role_of(
                reader,
                user_id=viewer.user_id,
                session_id=viewer.session_id,
                api_key_id=viewer.api_key_id,
                now=self._clock.now(),
            )
        if found is None:
            raise SessionEndedError
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[credentials] = (asked_s + _CACHE_S, found)
        return found
