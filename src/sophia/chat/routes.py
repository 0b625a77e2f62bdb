"""Conversations and turns over HTTP."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response, status
from fastapi.responses import StreamingResponse
from starlette.requests import HTTPConnection

from sophia.chat import repository
from sophia.chat.errors import ConversationMissingError, TurnFailedError, TurnMissingError
from sophia.chat.event_schemas import SSE_EVENT
from sophia.chat.schemas import (
    AgainIn,
    ChatIn,
    ChatMetadataOut,
    ChatOut,
    ConversationChangeIn,
    ConversationIn,
    ConversationOut,
    ConversationPageOut,
    SourceOut,
    TurnOut,
    TurnPageOut,
)
from sophia.chat.service import Begun, ChatService
from sophia.chat.wire import conversation_out, sse_frames, turn_out
from sophia.core.events import START, Position
from sophia.idempotency.requests import FreshId
from sophia.identity.guard import ChatReader, ChatWriter
from sophia.identity.schemas import Viewer
from sophia.kit import metrics
from sophia.kit.ids import ConversationId, TurnId
from sophia.stream.entries import Entry

router = APIRouter(prefix="/api/v1", tags=["chat"])

_SSE_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_SSE_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer, or its events as a stream.",
        "content": {"text/event-stream": {"itemSchema": SSE_EVENT}},
    }
}


async def chat_service(connection: HTTPConnection) -> ChatService:
    """Give the service that the API process was wired with (async: no thread is asked)."""
    service: ChatService = connection.app.state.chat
    return service


type Chat = Annotated[ChatService, Depends(chat_service)]
type Limit = Annotated[int, Query(ge=1, le=200)]
type Cursor = Annotated[
    str | None, Query(max_length=64, json_schema_extra={"pattern": "^[A-Za-z0-9_-]{22}$"})
]
type IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")
]
type LastEventId = Annotated[
    str, Header(max_length=64, json_schema_extra={"pattern": "^[0-9]{1,9}-[0-9]{1,9}$"})
]


@router.post("/chat", response_model=ChatOut, responses=_SSE_RESPONSE)
async def chat(
    viewer: ChatWriter, chat: Chat, body: ChatIn, idempotency_key: IdempotencyKey = None
) -> Any:
    """Say something to Sophia. The turn goes on when the client leaves: follow its events."""
    begun = await chat.begin_turn(viewer, body, idempotency_key=idempotency_key)
    return await _told(chat, viewer, begun, is_stream=body.stream)


@router.get("/conversations")
async def list_conversations(
    viewer: ChatReader, chat: Chat, limit: Limit = 50, cursor: Cursor = None
) -> ConversationPageOut:
    """List one's conversations, the last used first."""
    async with chat.database.reading(viewer.user_id) as reader:
        found = await repository.conversation_page(
            reader, user_id=viewer.user_id, cursor=cursor, limit=limit
        )
    return ConversationPageOut(
        items=[conversation_out(row) for row in found.items], next_cursor=found.next_cursor
    )


@router.post("/conversations", status_code=status.HTTP_201_CREATED)
async def begin_conversation(
    viewer: ChatWriter, chat: Chat, id_: FreshId, body: ConversationIn
) -> ConversationOut:
    """Begin an empty conversation."""
    await chat.begin_conversation(viewer, ConversationId(id_), title=body.title)
    return await _conversation(chat, viewer, ConversationId(id_))


@router.get("/conversations/{session_id}")
async def read_conversation(viewer: ChatReader, chat: Chat, session_id: UUID) -> ConversationOut:
    """Give one of one's conversations."""
    return await _conversation(chat, viewer, ConversationId(session_id))


@router.patch("/conversations/{session_id}")
async def rename_conversation(
    viewer: ChatWriter, chat: Chat, session_id: UUID, body: ConversationChangeIn
) -> ConversationOut:
    """Rename a conversation."""
    id_ = ConversationId(session_id)
    await chat.rename_conversation(viewer, id_, title=body.title)
    return await _conversation(chat, viewer, id_)


@router.delete("/conversations/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_conversation(viewer: ChatWriter, chat: Chat, session_id: UUID) -> None:
    """Stop what runs in a conversation and delete it with everything in it."""
    await chat.delete_conversation(viewer, ConversationId(session_id))


@router.get("/conversations/{session_id}/turns")
async def list_conversation_turns(
    viewer: ChatReader, chat: Chat, session_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> TurnPageOut:
    """List the turns of a conversation, newest first."""
    id_ = ConversationId(session_id)
    await _conversation(chat, viewer, id_)
    return await _turn_page(chat, viewer, id_, limit=limit, cursor=cursor)


@router.get("/turns")
async def list_turns(
    viewer: ChatReader,
    chat: Chat,
    session_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> TurnPageOut:
    """List one's turns, newest first."""
    id_ = None if session_id is None else ConversationId(session_id)
    return await _turn_page(chat, viewer, id_, limit=limit, cursor=cursor)


@router.get("/turns/{turn_id}")
async def read_turn(viewer: ChatReader, chat: Chat, turn_id: UUID) -> TurnOut:
    """Give one of one's turns as it stands."""
    return await _turn(chat, viewer, TurnId(turn_id))


@router.get("/turns/{turn_id}/events", response_class=StreamingResponse, responses=_SSE_RESPONSE)
async def follow_turn(
    viewer: ChatReader, chat: Chat, turn_id: UUID, last_event_id: LastEventId = str(START)
) -> Response:
    """Follow a turn's events, from the first one or behind the last one seen."""
    after = Position.parse(last_event_id)
    turn = await _turn(chat, viewer, TurnId(turn_id))
    has_ended = turn.status in repository.ENDED
    return _stream(
        chat.follower.follow(
            TurnId(turn_id), user_id=viewer.user_id, after=after, has_ended=has_ended
        ),
        headers={},
    )


@router.post("/turns/{turn_id}/again", response_model=ChatOut, responses=_SSE_RESPONSE)
async def say_again(
    viewer: ChatWriter,
    chat: Chat,
    turn_id: UUID,
    body: AgainIn,
    idempotency_key: IdempotencyKey = None,
) -> Any:
    """Say a turn's message again, or another in its place. The earlier turn stays beside it."""
    begun = await chat.begin_again(viewer, TurnId(turn_id), body, idempotency_key=idempotency_key)
    return await _told(chat, viewer, begun, is_stream=body.stream)


@router.post("/turns/{turn_id}/stop", status_code=status.HTTP_202_ACCEPTED)
async def stop_turn(viewer: ChatWriter, chat: Chat, turn_id: UUID) -> TurnOut:
    """Stop a turn; what was said before is kept. Stopping an ended turn changes nothing."""
    await chat.stop_turn(viewer, TurnId(turn_id))
    return await _turn(chat, viewer, TurnId(turn_id))


async def _told(
    chat: ChatService, viewer: Viewer, begun: Begun, *, is_stream: bool
) -> Response | ChatOut:
    """Answer with a turn's events, or with what they come to."""
    headers = {
        "X-Sophia-Turn-Id": str(begun.turn_id),
        "X-Sophia-Session-Id": str(begun.conversation_id),
    }
    events = chat.follower.follow(
        begun.turn_id, user_id=viewer.user_id, after=START, has_ended=begun.is_replay
    )
    if is_stream:
        return _stream(events, headers=headers)
    async with aclosing(events) as batches:
        async for _ in batches:
            pass
    return await _answer(chat, viewer, begun)


def _stream(
    batches: AsyncGenerator[Sequence[Entry]], *, headers: dict[str, str]
) -> StreamingResponse:
    async def frames() -> AsyncGenerator[bytes]:
        with metrics.sse_streams.labels("turn").track_inprogress():
            async with aclosing(batches):
                async for frame in sse_frames(batches):
                    yield frame

    return StreamingResponse(
        frames(), media_type="text/event-stream", headers={**_SSE_HEADERS, **headers}
    )


async def _answer(chat: ChatService, viewer: Viewer, begun: Begun) -> ChatOut:
    turn = await _turn(chat, viewer, begun.turn_id)
    if turn.error is not None:
        raise TurnFailedError(
            turn.error.message, turn_id=str(turn.turn_id), session_id=str(turn.session_id)
        )
    ended_at = turn.ended_at or turn.created_at
    return ChatOut(
        response=turn.response,
        sources=turn.sources or list[SourceOut](),
        suggestions=turn.suggestions,
        metadata=ChatMetadataOut(
            user_id=viewer.user_id,
            session_id=turn.session_id,
            context=turn.context,
            processing_time=(ended_at - turn.created_at).total_seconds(),
            turn_id=turn.turn_id,
            model=turn.model or "",
            usage=turn.usage,
        ),
        timestamp=ended_at,
    )


async def _turn_page(
    chat: ChatService,
    viewer: Viewer,
    id_: ConversationId | None,
    *,
    limit: int,
    cursor: str | None,
) -> TurnPageOut:
    async with chat.database.reading(viewer.user_id) as reader:
        found = await repository.turn_page(
            reader, user_id=viewer.user_id, conversation_id=id_, cursor=cursor, limit=limit
        )
    return TurnPageOut(items=[turn_out(row) for row in found.items], next_cursor=found.next_cursor)


async def _turn(chat: ChatService, viewer: Viewer, id_: TurnId) -> TurnOut:
    async with chat.database.reading(viewer.user_id) as reader:
        row = await repository.turn(reader, user_id=viewer.user_id, id_=id_)
    if row is None:
        raise TurnMissingError
    return turn_out(row)


async def _conversation(chat: ChatService, viewer: Viewer, id_: ConversationId) -> ConversationOut:
    async with chat.database.reading(viewer.user_id) as reader:
        row = await repository.conversation(reader, user_id=viewer.user_id, id_=id_)
    if row is None:
        raise ConversationMissingError
    return conversation_out(row)
