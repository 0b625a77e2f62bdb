"""Registered MCP servers in PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from sophia.store.database import Reader, Writer

# Where a server that is a command is served now; nowhere, if no worker holds it.
_COLUMNS = """
    name, url, sealed_headers, wants_login, client_id, command, sealed_environment, memory_mb,
    processes, is_enabled, created_at, revision,
    CASE WHEN held_until > now() THEN held_at END AS served_at
"""
GIVEN = (
    *("url", "sealed_headers", "client_id", "command", "sealed_environment", "memory_mb"),
    "processes",
)
_ALL = text(f"SELECT {_COLUMNS} FROM mcp_servers ORDER BY name")  # noqa: S608 - a constant
_ONE = text(f"SELECT {_COLUMNS} FROM mcp_servers WHERE name = :name")  # noqa: S608 - a constant
# Two that look alike are not added side by side.
_LOCK = text("LOCK TABLE mcp_servers IN SHARE ROW EXCLUSIVE MODE")
_NAMES = text("SELECT name FROM mcp_servers ORDER BY name")
_ADD = text(f"""
    INSERT INTO mcp_servers (
        name, url, sealed_headers, wants_login, client_id, command, sealed_environment, memory_mb,
        processes, is_enabled, added_by, created_at, revision
    )
    VALUES (
        :name, :url, :sealed_headers, :wants_login, :client_id, :command, :sealed_environment,
        :memory_mb, :processes, true, :added_by, now(), :revision
    )
    ON CONFLICT (name) DO NOTHING RETURNING {_COLUMNS}
""")  # noqa: S608 - a constant
_CHANGE = text(f"""
    UPDATE mcp_servers SET is_enabled = :is_enabled, revision = :revision
    WHERE name = :name RETURNING {_COLUMNS}
""")  # noqa: S608 - a constant
_REMOVE = text("DELETE FROM mcp_servers WHERE name = :name RETURNING name")
_HOLD = text(f"""
    UPDATE mcp_servers SET held_at = :url, held_until = now() + make_interval(secs => :lease_s)
    WHERE command IS NOT NULL AND is_enabled
      AND (held_at = :url OR held_until IS NULL OR held_until <= now())
    RETURNING {_COLUMNS}
""")  # noqa: S608 - a constant
_LET_GO = text("UPDATE mcp_servers SET held_until = NULL WHERE held_at = :url")


async def servers(reader: Reader) -> Sequence[RowMapping]:
    """Give all of them."""
    return (await reader.execute(_ALL)).mappings().all()


async def server(reader: Reader, name: str) -> RowMapping | None:
    """Give one."""
    return (await reader.execute(_ONE, {"name": name})).mappings().one_or_none()


async def taken_names(writer: Writer) -> list[str]:
    """Give all names; none is added by others before the transaction ends."""
    await writer.execute(_LOCK)
    return [row.name for row in await writer.execute(_NAMES)]


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


async def hold(writer: Writer, *, url: str, lease_s: float) -> Sequence[RowMapping]:
    """Take the commands that nobody runs, keep those that are run here; give both."""
    return (await writer.execute(_HOLD, {"url": url, "lease_s": lease_s})).mappings().all()


async def let_go(writer: Writer, *, url: str) -> None:
    """Leave what is run here to whoever comes next."""
    await writer.execute(_LET_GO, {"url": url})
