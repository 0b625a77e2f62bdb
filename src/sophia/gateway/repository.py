"""Overrides in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import text

from sophia.core.permission import Subject
from sophia.gateway.overrides import Override
from sophia.store.database import Reader, Writer

_ALL = text("SELECT * FROM tool_overrides ORDER BY subject, subject_id, tool")
_LOCK = text("LOCK TABLE tool_overrides IN EXCLUSIVE MODE")
_CLEAR = text("DELETE FROM tool_overrides")
_ADD = text("""
    INSERT INTO tool_overrides (subject, subject_id, tool, name, description, is_hidden)
    VALUES (:subject, :subject_id, :tool, :name, :description, :is_hidden)
""")


async def overrides(reader: Reader) -> list[Override]:
    """Give every override that the operator made."""
    return [
        Override(
            subject=Subject(row.subject),
            subject_id=row.subject_id,
            tool=row.tool,
            name=row.name,
            description=row.description,
            is_hidden=row.is_hidden,
        )
        for row in await reader.execute(_ALL)
    ]


async def replace_overrides(writer: Writer, given: Sequence[Override]) -> None:
    """Put these overrides in the place of all earlier ones."""
    await writer.execute(_LOCK)
    await writer.execute(_CLEAR)
    if given:
        await writer.execute(_ADD, [asdict(one) for one in given])
