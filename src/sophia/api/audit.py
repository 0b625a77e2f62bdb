"""The journal of who did what, over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import HTTPConnection

from sophia.audit.journal import Journal
from sophia.identity.guard import AuditReader
from sophia.kit import page

router = APIRouter(prefix="/api/v1", tags=["audit"])


class DeedOut(BaseModel):
    """Who did what, on whose behalf, and how it went; `number` is its place in the chain."""

    id: UUID
    number: int | None
    at: datetime
    actor: Literal["user", "assistant", "operator"]
    on_behalf_of: UUID | None
    via: str
    action: str
    target: str
    arguments_hash: str | None
    approval_id: UUID | None
    turn_id: UUID | None
    trace_id: str | None
    outcome: str


class DeedPageOut(BaseModel):
    """A page of deeds, the newest first."""

    items: list[DeedOut]
    next_cursor: str | None


async def journal_of(connection: HTTPConnection) -> Journal:
    """Give the journal that the API process was wired with."""
    journal: Journal = connection.app.state.journal
    return journal


@router.get("/audit")
async def list_deeds(
    _viewer: AuditReader,
    journal: Annotated[Journal, Depends(journal_of)],
    limit: Annotated[int, Query(ge=1, le=page.MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> DeedPageOut:
    """List what was done here, the newest first."""
    rows = await journal.page(cursor=page.decode_cursor(cursor), limit=limit + 1)
    found = page.cut(rows, limit=limit, key=lambda row: row["id"])
    return DeedPageOut(
        items=[DeedOut.model_validate(dict(row)) for row in found.items],
        next_cursor=found.next_cursor,
    )
