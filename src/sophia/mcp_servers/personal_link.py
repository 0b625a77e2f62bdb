"""The way to a server at which everybody logs in: a session for each person."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable

from sophia.core.messages import JsonObject
from sophia.core.ports import Person
from sophia.kit.ids import UserId
from sophia.toolbox.errors import ServerAwayError, ServerWantsLoginError
from sophia.toolbox.exchange import Notify, Request
from sophia.toolbox.session_link import SessionLink
from sophia.toolbox.toolbox import SERVICE
from sophia.upstream_logins.errors import LoginNeededError, UpstreamLoginError

_MAX_SESSIONS = 200

type Check = Callable[[UserId], Awaitable[object]]
"""Sees to it that somebody's login is good; raises UpstreamLoginError."""
type Somebody = Callable[[], Awaitable[UserId | None]]
"""Gives somebody who has logged in: what a server offers is asked in their name."""


class PersonalLink:
    """A Link that keeps a session for each person who calls."""

    def __init__(
        self, open_session: Callable[[UserId], SessionLink], check: Check, somebody: Somebody
    ) -> None:
        """Take what opens a session in somebody's name; nothing is opened yet."""
        self._open_session = open_session
        self._check = check
        self._somebody = somebody
        self._sessions: OrderedDict[UserId, SessionLink] = OrderedDict()

    async def request(
        self, request: Request, *, caller: Person, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        """Give the result of a request; raises ServerFailedError."""
        session = await self._session(caller)
        return await session.request(request, caller=caller, timeout_s=timeout_s, notify=notify)

    async def listen(
        self, request: Request, *, caller: Person
    ) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what the server tells unasked; raises ServerFailedError when the session ends."""
        session = await self._session(caller)
        async for told in session.listen(request, caller=caller):
            yield told

    async def close(self) -> None:
        """End every session."""
        while self._sessions:
            _, session = self._sessions.popitem()
            await session.close()

    async def _session(self, caller: Person) -> SessionLink:
        user_id = caller.user_id
        if caller == SERVICE:
            found = await self._somebody()
            if found is None:
                raise ServerAwayError(
                    "Nobody has logged in there yet: do it on your account's page, or by"
                    " `sophia mcp login`."
                )
            user_id = found
        try:
            await self._check(user_id)
        except LoginNeededError as error:
            raise ServerWantsLoginError from error
        except UpstreamLoginError as error:
            raise ServerAwayError(error.message) from error
        session = self._sessions.get(user_id)
        if session is None:
            session = self._sessions[user_id] = self._open_session(user_id)
        self._sessions.move_to_end(user_id)
        if len(self._sessions) > _MAX_SESSIONS:
            _, oldest = self._sessions.popitem(last=False)
            await oldest.close()
        return session
