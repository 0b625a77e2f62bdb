"""Turns and events as they go over the wire."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.attachments.schemas import AttachmentOut
from sophia.chat.schemas import (
    CallApprovalOut,
    ConversationOut,
    SourceOut,
    ToolCallOut,
    TurnErrorOut,
    TurnOut,
    UsageOut,
)
from sophia.chat.views import view_of_row
from sophia.core.events import TurnFailed, TurnFinished
from sophia.core.fold import CallView, TurnView
from sophia.stream.entries import Entry

_KEEP_ALIVE = b": keep-alive\n\n"
_DONE = b"data: [DONE]\n\n"


def sse_frame(entry: Entry) -> bytes:
    """Write an event as a server-sent event; the id takes the stream up again."""
    return b"id: %s\ndata: %s\n\n" % (str(entry.position).encode(), entry.data)


async def sse_frames(batches: AsyncGenerator[Sequence[Entry]]) -> AsyncGenerator[bytes]:
    """Write a turn's events as server-sent events, [DONE] last, comments while it is silent."""
    async for batch in batches:
        yield b"".join(map(sse_frame, batch)) if batch else _KEEP_ALIVE
    yield _DONE


def socket_frame(entry: Entry) -> str:
    """Write an event as a WebSocket frame: the same JSON with its position as `id`."""
    return f'{{"id":"{entry.position}",{entry.data[1:].decode()}'


def turn_out(row: RowMapping) -> TurnOut:
    """Shape a turn's row."""
    view = view_of_row(row["reply"], row["step_events"])
    finished = view.ending if isinstance(view.ending, TurnFinished) else None
    failed = view.ending if isinstance(view.ending, TurnFailed) else None
    return TurnOut(
        turn_id=row["id"],
        session_id=row["conversation_id"],
        parent_turn_id=row["parent_id"],
        status=row["status"],
        message=row["message"],
        context=row["context"],
        attachments=[AttachmentOut(**one) for one in row["attachments"] or ()],
        response=view.response,
        reasoning=view.reasoning,
        tool_calls=_tool_calls_out(view),
        sources=[SourceOut(**asdict(s)) for s in finished.sources] if finished else [],
        suggestions=list(finished.suggestions) if finished else [],
        model=view.model or row["model"],
        usage=UsageOut(**asdict(finished.usage if finished else view.usage)),
        error=TurnErrorOut(code=failed.code, message=failed.message) if failed else None,
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
    )


def conversation_out(row: RowMapping) -> ConversationOut:
    """Shape a conversation's row."""
    return ConversationOut(
        session_id=row["id"],
        title=row["title"],
        is_title_provisional=row["title_by"] == "words",
        created_at=row["created_at"],
        imported_at=row["imported_at"],
        updated_at=_born(row["activity"]),
        active_turn_id=row["active_turn_id"],
    )


def _born(id_: UUID) -> datetime:
    """Read the time that a UUIDv7 carries."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)


def _tool_calls_out(view: TurnView) -> list[ToolCallOut]:
    return [
        _tool_call_out(call, offset=len(TurnView(steps=view.steps[:count]).response))
        for count, step in enumerate(view.steps, start=1)
        for call in step.calls
    ]


def _tool_call_out(call: CallView, *, offset: int) -> ToolCallOut:
    outcome = call.outcome
    return ToolCallOut(
        call_id=call.call_id,
        tool=call.tool,
        arguments=dict(call.arguments),
        text=outcome.text if outcome else None,
        structured=cast("dict[str, Any] | None", outcome.structured) if outcome else None,
        is_error=outcome.is_error if outcome else False,
        duration_s=outcome.duration_s if outcome else None,
        response_offset=offset,
        approval=CallApprovalOut.model_validate(asdict(call.approval)) if call.approval else None,
    )
