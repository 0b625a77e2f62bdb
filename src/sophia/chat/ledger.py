"""What the worker that runs a turn reads and writes of it, all under its claim."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from sophia.agent.recall import beside
from sophia.approvals.gate import store_questions
from sophia.attachments import repository as attachments
from sophia.audit.journal import Deed, record
from sophia.chat.enclosures import Enclosures, enclosures
from sophia.chat.errors import LeaseLostError
from sophia.chat.views import stored_events, view_from_json, view_to_json
from sophia.core import events
from sophia.core.events import ApprovalRequested, Position, TurnEvent
from sophia.core.fold import TurnView, fold, messages_of
from sophia.core.messages import Attachment, Message, UserMessage
from sophia.core.ports import Caller
from sophia.dispatch.port import Claim
from sophia.jobs.queue import Wanted, enqueue
from sophia.kit.ids import ConversationId, TurnId, UserId
from sophia.store.database import Database, Reader, Writer

_HISTORY_TURNS = 50

_LOAD = text(f"""
    SELECT turn.conversation_id, turn.user_id, turn.user_name, turn.message, turn.context,
        turn.request, turn.model, turn.is_stop_requested,
        (SELECT imported_at IS NOT NULL FROM conversations WHERE id = turn.conversation_id)
            AS is_imported,
        extract(epoch FROM turn.started_at - turn.created_at) AS waited_s,
        (WITH RECURSIVE line AS (
            SELECT id, parent_id, message, reply, 1 AS distance FROM turns
            WHERE id = turn.parent_id
            UNION ALL
            SELECT earlier.id, earlier.parent_id, earlier.message, earlier.reply,
                line.distance + 1
            FROM line JOIN turns earlier ON earlier.id = line.parent_id
            WHERE line.distance < {_HISTORY_TURNS}
         )
         SELECT json_agg(json_build_array(id, message, reply,
                EXISTS (SELECT FROM turn_attachments WHERE turn_id = line.id)
             ) ORDER BY distance DESC) FROM line)
            AS history,
        EXISTS (SELECT FROM turn_attachments WHERE turn_id = turn.id) AS has_files,
        (SELECT json_agg(json_build_array(step.attempt, step.last_number, step.events)
                         ORDER BY step.step)
         FROM turn_steps step WHERE step.turn_id = turn.id) AS steps
    FROM turns turn WHERE turn.id = :id
""")  # noqa: S608 - a constant of this module
_CHECKPOINT = text("""
    INSERT INTO turn_steps (turn_id, step, attempt, last_number, events)
    SELECT id, :step, attempt, :last_number, :events FROM turns
    WHERE id = :id AND worker = :worker AND attempt = :attempt AND status = 'running'
    RETURNING step
""").bindparams(bindparam("events", type_=JSONB))
_HOLD = text("""
    SELECT user_id FROM turns
    WHERE id = :id AND worker = :worker AND attempt = :attempt AND status = 'running'
    FOR UPDATE
""")
# Whoever answered or stopped while this turn still ran found nothing to wake: it goes on at once.
_PAUSE = text("""
    UPDATE turns SET worker = NULL, lease_until = NULL,
        status = CASE WHEN NOT is_stop_requested AND EXISTS (
            SELECT FROM approvals WHERE turn_id = :id AND status = 'pending'
        ) THEN 'awaiting_approval' ELSE 'queued' END
    WHERE id = :id RETURNING status
""")
_FINISH = text("""
    WITH ended AS (
        UPDATE turns SET status = :status, response = :response, reply = :reply, model = :model,
            ended_at = now(), lease_until = NULL
        WHERE id = :id AND worker = :worker AND attempt = :attempt AND status = 'running'
        RETURNING id, attempt
    ), stored AS (
        INSERT INTO turn_steps (turn_id, step, attempt, last_number, events)
        SELECT id, :step, attempt, :last_number, :events FROM ended
    )
    SELECT ARRAY(SELECT next.id FROM turns next
                 WHERE next.parent_id = ended.id AND next.status = 'queued'
                 ORDER BY next.id) AS next_ids
    FROM ended
""").bindparams(bindparam("events", type_=JSONB), bindparam("reply", type_=JSONB))

type Numbered = Sequence[tuple[int, TurnEvent]]
type Deeds = Sequence[Deed]


@dataclass(slots=True)
class LoadedTurn:
    """A claimed turn with all that is needed to run it."""

    caller: Caller
    message: str
    context: str
    model: str | None
    tools: frozenset[str] | None
    is_stop_requested: bool
    is_scheduled: bool
    waited_s: float
    history: Sequence[Message]
    resumed: TurnView
    last_position: Position
    stored_steps: int
    trace_id: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a turn ended."""

    status: str
    view: TurnView
    model: str


class Ledger:
    """The worker's side of the tables of turns."""

    def __init__(self, database: Database) -> None:
        """Take the way to PostgreSQL."""
        self._database = database

    async def load(self, claim: Claim) -> LoadedTurn:
        """Read a claimed turn; raises LeaseLostError when it was deleted meanwhile."""
        async with self._database.reading() as reader:
            row = (await reader.execute(_LOAD, {"id": claim.turn_id})).one_or_none()
            files = await _files(reader, claim.turn_id, row)
        if row is None:
            raise LeaseLostError
        steps: list[Any] = row.steps or []
        last_attempt, last_number = (steps[-1][0], steps[-1][1]) if steps else (0, 0)
        tools = row.request.get("tools")
        return LoadedTurn(
            caller=Caller(
                user_id=UserId(row.user_id),
                user_name=row.user_name,
                conversation_id=ConversationId(row.conversation_id),
                turn_id=claim.turn_id,
            ),
            message=row.message,
            context=row.context,
            model=row.model,
            tools=frozenset(tools) if tools is not None else None,
            is_stop_requested=row.is_stop_requested,
            is_scheduled="schedule_id" in (row.request.get("metadata") or {}),
            waited_s=float(row.waited_s),
            history=_history(row, files.get(claim.turn_id, ()), files),
            resumed=fold(stored_events(stretch for _, _, stretch in steps)),
            last_position=Position(last_attempt, last_number),
            stored_steps=len(steps),
            # Begun by no request, or before there were traces: a trace of its own.
            trace_id=row.request.get("trace_id") or claim.turn_id.hex,
        )

    async def checkpoint(
        self, claim: Claim, *, step: int, numbered: Numbered, deeds: Deeds = ()
    ) -> None:
        """Store a stretch of events, and in the journal what was done; raises LeaseLostError."""
        values = {**_claim_values(claim), **_stretch_values(step, numbered)}
        async with self._writing(is_more=bool(deeds)) as writer:
            if await writer.scalar(_CHECKPOINT, values) is None:
                raise LeaseLostError
            await record(writer, *deeds)

    async def pause(
        self, claim: Claim, *, step: int, numbered: Numbered, deeds: Deeds = ()
    ) -> bool:
        """Store a stretch with the questions in it and let go of the turn until it is woken.

        Says whether it waits, or may go on at once; raises LeaseLostError.
        """
        asked = [event for _, event in numbered if isinstance(event, ApprovalRequested)]
        values = {**_claim_values(claim), **_stretch_values(step, numbered)}
        async with self._database.transaction() as writer:
            user_id = await writer.scalar(_HOLD, values)
            if user_id is None:
                raise LeaseLostError
            await writer.execute(_CHECKPOINT, values)
            await record(writer, *deeds)
            await store_questions(writer, asked, turn_id=claim.turn_id, user_id=UserId(user_id))
            status = await writer.scalar(_PAUSE, {"id": claim.turn_id})
        return status == "awaiting_approval"

    async def finish(
        self,
        claim: Claim,
        outcome: Outcome,
        *,
        step: int,
        numbered: Numbered,
        deeds: Deeds = (),
        job: Wanted | None = None,
    ) -> Sequence[TurnId]:
        """Store the end with the job that it calls for, and give the turns that waited for it.

        Raises LeaseLostError.
        """
        values = {
            **_claim_values(claim),
            **_stretch_values(step, numbered),
            "status": outcome.status,
            "response": outcome.view.response,
            "reply": view_to_json(outcome.view),
            "model": outcome.model,
        }
        is_more = bool(deeds or job)
        async with self._writing(is_more=is_more) as writer:
            row = (await writer.execute(_FINISH, values)).one_or_none()
            if row is None:
                raise LeaseLostError
            await record(writer, *deeds)
            if job is not None:
                await enqueue(writer, job)
        return [TurnId(next_id) for next_id in row.next_ids]

    def _writing(self, *, is_more: bool) -> AbstractAsyncContextManager[Writer]:
        return self._database.transaction() if is_more else self._database.single_write()


def _claim_values(claim: Claim) -> dict[str, Any]:
    return {"id": claim.turn_id, "worker": claim.worker, "attempt": claim.attempt}


def _stretch_values(step: int, numbered: Numbered) -> dict[str, Any]:
    return {
        "step": step,
        "last_number": numbered[-1][0],
        "events": [[number, events.to_json(event)] for number, event in numbered],
    }


async def _files(reader: Reader, turn_id: TurnId, row: Any) -> Enclosures:
    """Read the files of a turn and of the line before it, if there are any."""
    if row is None:
        return {}
    line = [TurnId(UUID(earlier)) for earlier, _, _, has_files in row.history or () if has_files]
    line += [turn_id] if row.has_files else []
    return enclosures(line, await attachments.of_turns(reader, line)) if line else {}


def _history(row: Any, files: Sequence[Attachment], earlier_files: Enclosures) -> list[Message]:
    history: list[Message] = []
    for id_, said, reply, _ in row.history or ():
        earlier = _said(said, earlier_files.get(UUID(id_), ()), is_untrusted=False)
        view = TurnView() if reply is None else view_from_json(reply)
        history += (beside(earlier, view.recalled), *messages_of(view))
    # What a file says was said here may be of anybody.
    history.append(_said(row.message, files, is_untrusted=row.is_imported))
    return history


def _said(text: str, files: Sequence[Attachment], *, is_untrusted: bool) -> UserMessage:
    # Whoever attaches a file seldom wrote it: it may hold anybody's orders.
    return UserMessage(text, is_untrusted=is_untrusted or bool(files), attachments=tuple(files))
