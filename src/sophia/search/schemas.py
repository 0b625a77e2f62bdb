"""The wire shapes of the search."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class PieceOut(BaseModel):
    """A piece of a snippet."""

    text: str
    is_match: bool = Field(description="Whether it is what was asked for: show it marked.")


class HitOut(BaseModel):
    """A turn in which the words were said."""

    session_id: UUID
    title: str
    turn_id: UUID
    said_at: datetime
    part: Literal["message", "response"] = Field(description="Where the snippet is from.")
    snippet: list[PieceOut]


class HitPageOut(BaseModel):
    """Hits, the newest first."""

    items: list[HitOut]
    next_cursor: str | None
