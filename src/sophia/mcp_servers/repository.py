"""Registered MCP servers in PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from sophia.store.database import Reader, Writer

_ALL = text("SELECT * FROM mcp_servers ORDER BY name")
_ONE = text("SELECT * FROM mcp_servers WHERE name = :name")
_COUNT = text("SELECT count(*) FROM mcp_servers")
_ADD = text("""
    INSERT INTO mcp_servers (name, url, sealed_token, is_enabled, added_by, created_at, revision)
    VALUES (:name, :url, :sealed_token, true, :added_by, now(), :revision)
    ON CONFLICT (name) DO NOTHING RETURNING *
""")
_CHANGE = text("""
    UPDATE mcp_servers SET is_enabled = :is_enabled, revision = :revision
    WHERE name = :name RETURNING *
""")
_REMOVE = text("DELETE FROM mcp_servers WHERE name = :name RETURNING name")


async def servers(reader: Reader) -> Sequence[RowMapping]:
    """Give all of them."""
    return (await reader.execute(_ALL)).mappings().all()


async def server(reader: Reader, name: str) -> RowMapping | None:
    """Give one."""
    return (await reader.execute(_ONE, {"name": name})).mappings().one_or_none()


async def count(reader: Reader) -> int:
    """Count them."""
    return int(await reader.scalar(_COUNT) or 0)


async def add(writer: Writer, values: dict[str, Any]) -> RowMapping | None:
    """Store one; gives nothing if the name is taken."""
    return (await writer.execute(_ADD, values)).mappings().one_or_none()


async def change(
    writer: Writer, name: str, *, is_enabled: bool, revision: UUID
) -> RowMapping | None:
    """Use one or not; gives nothing if there is none."""
    values = {"name": name, "is_enabled": is_enabled, "revision": revision}
    return (await writer.execute(_CHANGE, values)).mappings().one_or_none()


async def remove(writer: Writer, name: str) -> bool:
    """Forget one; says whether there was one."""
    return await writer.scalar(_REMOVE, {"name": name}) is not None
