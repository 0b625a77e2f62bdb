"""One user's rows at a time: what a query forgets to filter, PostgreSQL's row-level security does.

The connections of this module run as a role that owns no table. Its policies (migration 0007) let
it see and write rows of the user alone whom `sophia.user_id` names, and that is set before anything
else is said: a connection that was left to the same user still names him, and is not told again.
Whatever works for all users (workers, signing in, upkeep) uses `Database` itself.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text

from sophia.store.database import ANSWER_WITHIN_S, Database, Reader, Writer

_ROLE = "sophia_app"
_NAMED = "sophia.user_id"
_NAME_USER = text("SELECT set_config('sophia.user_id', :user_id, false)")

type Owner = UUID | str
"""Whose rows: a user's id, or the name under which a stand-alone server keeps somebody's."""


class UserDatabase:
    """The way to the rows of whoever asks."""

    def __init__(
        self, url: str, *, pool_size: int = 8, answer_within_s: float = ANSWER_WITHIN_S
    ) -> None:
        """Prepare connections of their own; see `Database`."""
        self._database = Database(
            url, pool_size=pool_size, answer_within_s=answer_within_s, role=_ROLE
        )

    @asynccontextmanager
    async def reading(self, user_id: Owner) -> AsyncGenerator[Reader]:
        """Read as `Database.reading` does, what is this user's."""
        async with self._database.reading() as reader:
            await _name(reader, user_id)
            yield reader

    @asynccontextmanager
    async def single_write(self, user_id: Owner) -> AsyncGenerator[Writer]:
        """Write as `Database.single_write` does, what is this user's."""
        async with self._database.single_write() as writer:
            await _name(writer, user_id)
            yield writer

    @asynccontextmanager
    async def transaction(self, user_id: Owner) -> AsyncGenerator[Writer]:
        """Write as `Database.transaction` does, what is this user's."""
        async with self._database.transaction() as writer:
            await _name(writer, user_id, is_kept=False)
            yield writer

    async def close(self) -> None:
        """Close every connection."""
        await self._database.close()


async def _name(connection: Reader, user_id: Owner, *, is_kept: bool = True) -> None:
    """Have a connection name the user, in one round trip less where it does so yet.

    Noted is only what holds whatever comes: a name that is set inside a transaction goes with its
    rollback, so after one (not `is_kept`) the connection is told anew.
    """
    wanted = str(user_id)
    noted = connection.info  # the connection's own: a connection that is replaced starts without
    if noted.get(_NAMED) == wanted:
        return
    noted.pop(_NAMED, None)
    await connection.execute(_NAME_USER, {"user_id": wanted})
    if is_kept:
        noted[_NAMED] = wanted
