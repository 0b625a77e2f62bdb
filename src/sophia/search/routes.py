"""Search over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import RowMapping

from sophia.chat.routes import Chat, Cursor
from sophia.chat.schemas import Label
from sophia.identity.guard import ChatReader
from sophia.search import repository
from sophia.search.repository import MATCH_BEGINS, MATCH_ENDS, as_said
from sophia.search.schemas import HitOut, HitPageOut, PieceOut

router = APIRouter(prefix="/api/v1", tags=["chat"])

type Words = Annotated[
    Label, Query(description='Words; "a phrase"; either or another; -without. The last may be cut.')
]
type Limit = Annotated[int, Query(ge=1, le=50)]


@router.get("/conversations/search")
async def search_conversations(
    viewer: ChatReader, chat: Chat, q: Words, limit: Limit = 20, cursor: Cursor = None
) -> HitPageOut:
    """Find what was said in one's conversations, the newest first."""
    async with chat.database.reading(viewer.user_id) as reader:
        found = await repository.search(
            reader, user_id=viewer.user_id, query=q, cursor=cursor, limit=limit
        )
    return HitPageOut(items=[_hit_out(row) for row in found.items], next_cursor=found.next_cursor)


def _hit_out(row: RowMapping) -> HitOut:
    is_said_by_user = MATCH_BEGINS in row["message"] or MATCH_BEGINS not in row["response"]
    return HitOut(
        session_id=row["conversation_id"],
        title=row["title"],
        turn_id=row["turn_id"],
        said_at=row["created_at"],
        part="message" if is_said_by_user else "response",
        snippet=_pieces(as_said(row["message"] if is_said_by_user else row["response"])),
    )


def _pieces(marked: str) -> list[PieceOut]:
    pieces: list[PieceOut] = []
    plain, *matches = marked.split(MATCH_BEGINS)
    for match in [f"{MATCH_ENDS}{plain}", *matches]:
        found, _, rest = match.partition(MATCH_ENDS)
        pieces += [PieceOut(text=found, is_match=True), PieceOut(text=rest, is_match=False)]
    return [piece for piece in pieces if piece.text]
