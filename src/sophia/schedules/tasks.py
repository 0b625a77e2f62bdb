"""Beginning the turns of the schedules that are due: what the workers do every few seconds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.exc import DBAPIError

from sophia.attachments import repository as attachments
from sophia.audit.journal import Deed, record
from sophia.chat import repository as chat
from sophia.chat.repository import TurnDraft
from sophia.chat.titles import first_words
from sophia.dispatch.port import TurnQueue
from sophia.identity.schemas import ROLE_SCOPES, Scope
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.kit.ids import ConversationId, TurnId, UserId, uuid7
from sophia.schedules import repository, timing
from sophia.store.database import Database, Writer

_LATE_S = 60
_logger = log.get("schedules")

type Outcome = Literal["begun", "skipped", "paused"]


@dataclass(frozen=True, slots=True)
class ScheduleRunner:
    """Begins what is due. Any number of workers may do it at once."""

    database: Database
    queue: TurnQueue
    clock: Clock

    async def fire(self) -> None:
        """Run every schedule that is due, each once, however often it was due meanwhile.

        One that cannot be run is left for the next round, and holds up none of the others.
        """
        failed: list[UUID] = []
        while await self._fire_one(failed):
            pass

    async def _fire_one(self, failed: list[UUID]) -> bool:
        """Run one that has not failed yet, or add it to those; says whether one was due."""
        now = self.clock.now()
        run: _Run | None = None
        async with self.database.transaction() as writer:
            row = await repository.claim_due(writer, now=now, except_=failed)
            if row is None:
                return False
            try:
                async with writer.begin_nested():
                    run = await self._run(writer, row, now)
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise
                failed.append(row["id"])
                metrics.schedule_runs.labels("failed", "error").inc()
                _logger.exception("schedules.run.failed", schedule_id=str(row["id"]))
        if run is not None:
            metrics.schedule_runs.labels(run.outcome, run.reason).inc()
            _logger.info(
                "schedules.run",
                schedule_id=str(row["id"]),
                outcome=run.outcome,
                reason=run.reason,
            )
            if run.turn_id is not None:
                # A worker that dies before this line loses nothing: the sweep finds the turn.
                await self.queue.offer(run.turn_id)
        return True

    async def _run(self, writer: Writer, row: RowMapping, now: datetime) -> "_Run":
        """Run one; the turn, the record of the run and the next time stand or fall together."""
        turn_id: TurnId | None = None
        outcome, reason = verdict(row)
        next_run_at = _next_run_at(row, now)
        if next_run_at is None and row["cron"] is not None:
            outcome, reason = "paused", "time_unknown"
        elif outcome == "begun":
            turn_id = await self._begin(writer, row, now)
            if turn_id is None:
                outcome, reason = "paused", "conversation_missing"
        run = _Run(outcome, reason, turn_id, now, next_run_at or row["next_run_at"])
        await _settle(writer, row, run)
        return run

    async def _begin(self, writer: Writer, row: RowMapping, now: datetime) -> TurnId | None:
        """Store the turn, or nothing if its conversation is gone."""
        turn_id = TurnId(uuid7())
        draft = TurnDraft(
            id=turn_id,
            conversation_id=ConversationId(row["conversation_id"] or uuid7()),
            user_id=UserId(row["user_id"]),
            user_name=row["user_name"],
            title=first_words(row["message"]),
            message=row["message"],
            context=_context(row, now),
            request={
                "tools": row["tools"],
                "metadata": {"schedule_id": str(row["id"])},
                "api_key_id": str(row["api_key_id"]) if row["api_key_id"] else None,
                "trace_id": turn_id.hex,
            },
            model=row["model"],
            idempotency_key=None,
            fingerprint=None,
            now=now,
        )
        begins = row["conversation_id"] is None
        is_stored = await chat.begin_turn(writer, draft, begins_conversation=begins)
        if not is_stored:
            return None
        if row["events"]:
            await _enclose(writer, row["events"], turn_id=turn_id, draft=draft)
        return turn_id


async def _enclose(
    writer: Writer, events: Sequence[Any], *, turn_id: TurnId, draft: TurnDraft
) -> None:
    """Give a turn what happened as a file: it is data of strangers, and taints the turn."""
    text = "\n".join(orjson.dumps(one).decode() for one in events)
    attachment_id, content = uuid7(), text.encode()
    values = {
        "id": attachment_id,
        "user_id": draft.user_id,
        "sha256": hashlib.sha256(content).digest(),
        "content": content,
        "name": "what-happened.txt",
        "media_type": "text/plain",
        "size_bytes": len(content),
        "said": text,
        "pages": None,
        "is_cut": False,
        "now": draft.now,
    }
    await attachments.add(writer, values)
    await attachments.attach(writer, [attachment_id], user_id=draft.user_id, turn_id=turn_id)


@dataclass(frozen=True, slots=True)
class _Run:
    outcome: Outcome
    reason: str
    turn_id: TurnId | None
    at: datetime
    next_run_at: datetime | None


def verdict(row: RowMapping) -> tuple[Outcome, str]:
    """Say what is to come of a run, and why: as its user's account and its key stand now."""
    if not row["is_key_valid"]:
        return "paused", "key_ended"
    if row["is_user_disabled"]:
        return "skipped", "user_disabled"
    scopes = ROLE_SCOPES[row["role"]]
    if row["api_key_id"] is not None:
        scopes = scopes & frozenset(row["key_scopes"])
    if Scope.CHAT_WRITE not in scopes:
        return "skipped", "scope_missing"
    if row["is_open"]:
        return "skipped", "previous_open"
    if row["has_failed"] and row["run_asked_at"] is None:
        return "paused", "failures"
    return "begun", ""


async def _settle(writer: Writer, row: RowMapping, run: _Run) -> None:
    """Store what came of a run and when the next one is due."""
    await repository.add_run(
        writer,
        {
            "id": uuid7(),
            "schedule_id": row["id"],
            "user_id": row["user_id"],
            "due_at": row["run_asked_at"] or _due_at(row, run.at),
            "at": run.at,
            "outcome": run.outcome,
            "reason": run.reason,
            "turn_id": run.turn_id,
        },
    )
    values: dict[str, Any] = {"run_asked_at": None}
    if run.reason != "previous_open":
        values |= {"events": [], "woken_at": None}
    if row["run_asked_at"] is None:
        values["next_run_at"] = run.next_run_at
    if run.turn_id is not None:
        values |= {"last_run_at": run.at, "last_turn_id": run.turn_id}
    if run.outcome == "paused":
        values |= {"is_enabled": False, "paused_because": run.reason}
    await repository.change(writer, id_=row["id"], values=values)
    await record(
        writer,
        Deed(
            actor="assistant",
            action="schedule.pause" if run.outcome == "paused" else "schedule.run",
            on_behalf_of=row["user_id"],
            via=f"schedule:{row['id']}",
            target=str(row["id"]),
            outcome=run.reason or "ok",
            turn_id=run.turn_id,
            trace_id=run.turn_id and run.turn_id.hex,
        ),
    )


def _next_run_at(row: RowMapping, now: datetime) -> datetime | None:
    """Give the time behind all that was missed, or nothing if there is none or no such zone."""
    if row["cron"] is None:
        return None
    try:
        return timing.next_after(row["cron"], row["time_zone"], now)
    except SophiaError:
        _logger.warning("schedules.time.unknown", schedule_id=str(row["id"]))
        return None


def _is_due_by_clock(row: RowMapping, now: datetime) -> bool:
    return row["next_run_at"] is not None and row["next_run_at"] <= now


def _due_at(row: RowMapping, now: datetime) -> datetime:
    return row["next_run_at"] if _is_due_by_clock(row, now) else row["woken_at"]


def _context(row: RowMapping, now: datetime) -> str:
    """Tell the model when the run was due."""
    if row["run_asked_at"] is not None:
        return "a scheduled run, begun by hand"
    if not _is_due_by_clock(row, now):
        vendor = row["on_event"]["vendor"]
        return f"a run begun by what happened at {vendor}; the attached file tells it, as data"
    due = row["next_run_at"].astimezone(timing.zone_of(row["time_zone"]))
    told = f"a scheduled run, due {due:%Y-%m-%d %H:%M} {row['time_zone']}"
    is_late = (now - row["next_run_at"]).total_seconds() > _LATE_S
    return f"{told}, caught up late" if is_late else told
