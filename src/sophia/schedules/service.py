"""What people do with schedules: make, change, pause, ask for a run, delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, null

from sophia.audit.journal import record
from sophia.chat import repository as chat
from sophia.chat.errors import ConversationMissingError
from sophia.chat.service import ChatService
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock
from sophia.kit.ids import ConversationId
from sophia.schedules import repository, timing
from sophia.schedules.errors import (
    ScheduleBoundError,
    ScheduleMissingError,
    TooManySchedulesError,
)
from sophia.schedules.schemas import ScheduleChangeIn, ScheduleIn
from sophia.store.database import Reader, Writer
from sophia.store.user_database import UserDatabase

_NULLABLE = frozenset({"session_id", "model", "tools"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows."""

    min_interval_s: int
    per_user: int


@dataclass(frozen=True, slots=True)
class ScheduleService:
    """The schedules of the users; running them is the worker's."""

    database: UserDatabase
    chat: ChatService
    limits: Limits
    clock: Clock

    def preview(self, cron: str, time_zone: str, *, count: int) -> list[datetime]:
        """Give the next runs; raises what is wrong with the expression or the zone."""
        timing.check(cron, time_zone, min_interval_s=self.limits.min_interval_s)
        return timing.next_runs(cron, time_zone, self.clock.now(), count=count)

    async def create(self, viewer: Viewer, request: ScheduleIn, id_: UUID) -> RowMapping:
        """Store a schedule; one that an API key makes is bound to that key.

        Raises what is wrong with the request, ConversationMissingError, TooManySchedulesError.
        """
        next_run_at = self._next_run_at(request.cron, request.time_zone)
        await self.chat.check(model=request.model, tools=request.tools)
        now = self.clock.now()
        values: dict[str, Any] = {
            "id": id_,
            "user_id": viewer.user_id,
            "api_key_id": viewer.api_key_id,
            "conversation_id": request.session_id,
            **request.model_dump(include={"message", "model", "tools", "cron", "time_zone"}),
            "on_event": request.on.model_dump() if request.on is not None else null(),
            "events": [],
            "is_enabled": True,
            "resumed_at": now,
            "next_run_at": next_run_at,
            "created_at": now,
        }
        async with self.database.transaction(viewer.user_id) as writer:
            await _require_conversation(writer, viewer, request.session_id)
            if not await repository.add(writer, values, limit=self.limits.per_user):
                raise TooManySchedulesError
            await record(writer, deed(viewer, "schedule.create", target=id_))
            return await _found(writer, viewer, id_)

    async def all(self, viewer: Viewer) -> Sequence[RowMapping]:
        """Give the viewer's schedules."""
        async with self.database.reading(viewer.user_id) as reader:
            return await repository.list_(reader, user_id=viewer.user_id)

    async def get(self, viewer: Viewer, id_: UUID) -> RowMapping:
        """Give one of them; raises ScheduleMissingError."""
        async with self.database.reading(viewer.user_id) as reader:
            return await _found(reader, viewer, id_)

    async def runs(self, viewer: Viewer, id_: UUID, *, limit: int) -> Sequence[RowMapping]:
        """Give the runs of one, the newest first; raises ScheduleMissingError."""
        async with self.database.reading(viewer.user_id) as reader:
            await _found(reader, viewer, id_)
            return await repository.runs(reader, id_=id_, user_id=viewer.user_id, limit=limit)

    async def change(self, viewer: Viewer, id_: UUID, request: ScheduleChangeIn) -> RowMapping:
        """Change, pause or resume one; raises as `create` does, and ScheduleBoundError."""
        given = {
            name: value
            for name, value in request.model_dump(exclude_unset=True).items()
            if value is not None or name in _NULLABLE
        }
        if {"model", "tools"} & given.keys():
            await self.chat.check(model=given.get("model"), tools=given.get("tools"))
        async with self.database.transaction(viewer.user_id) as writer:
            row = await _own(writer, viewer, id_)
            if "session_id" in given:
                given["conversation_id"] = given.pop("session_id")
                await _require_conversation(writer, viewer, given["conversation_id"])
            if "on" in given:
                given["on_event"] = given.pop("on")
            values = given | self._timed(row, given)
            if values:
                await repository.change(writer, id_=id_, values=values)
                changed = " ".join(sorted(given))
                await record(writer, deed(viewer, "schedule.change", target=f"{id_} {changed}"))
            return await _found(writer, viewer, id_)

    async def ask_run(self, viewer: Viewer, id_: UUID) -> RowMapping:
        """Have one run within seconds, paused or not; raises as `change` does."""
        async with self.database.transaction(viewer.user_id) as writer:
            await _own(writer, viewer, id_)
            await repository.change(writer, id_=id_, values={"run_asked_at": self.clock.now()})
            await record(writer, deed(viewer, "schedule.ask_run", target=id_))
            return await _found(writer, viewer, id_)

    async def remove(self, viewer: Viewer, id_: UUID) -> None:
        """Delete one; the turns that it began stay. Raises as `change` does."""
        async with self.database.transaction(viewer.user_id) as writer:
            await _own(writer, viewer, id_)
            await repository.remove(writer, id_=id_, user_id=viewer.user_id)
            await record(writer, deed(viewer, "schedule.delete", target=id_))

    def _next_run_at(self, cron: str | None, time_zone: str) -> datetime | None:
        """Give when the clock begins it next; raises as `preview` does."""
        if cron is None:
            timing.zone_of(time_zone)
            return None
        return self.preview(cron, time_zone, count=1)[0]

    def _timed(self, row: RowMapping, given: dict[str, Any]) -> dict[str, Any]:
        """Give what a change means for when it runs next: nothing missed while paused is caught."""
        values: dict[str, Any] = {}
        is_resumed = given.get("is_enabled") is True and not row["is_enabled"]
        if is_resumed or {"cron", "time_zone"} & given.keys():
            cron, zone = (given.get(name, row[name]) for name in ("cron", "time_zone"))
            values["next_run_at"] = self._next_run_at(cron, zone)
        if is_resumed:
            values |= {"paused_because": None, "resumed_at": self.clock.now()}
            values |= {"events": [], "woken_at": None}
        if given.get("is_enabled") is False and row["is_enabled"]:
            values["paused_because"] = "by_user"
        return values


async def _found(reader: Reader, viewer: Viewer, id_: UUID) -> RowMapping:
    row = await repository.get(reader, id_=id_, user_id=viewer.user_id)
    if row is None:
        raise ScheduleMissingError
    return row


async def _own(writer: Writer, viewer: Viewer, id_: UUID) -> RowMapping:
    """Lock one that the viewer may change: a key could else make others' rights its own."""
    row = await repository.get(writer, id_=id_, user_id=viewer.user_id, is_locked=True)
    if row is None:
        raise ScheduleMissingError
    if viewer.api_key_id is not None and row["api_key_id"] != viewer.api_key_id:
        raise ScheduleBoundError
    return row


async def _require_conversation(reader: Reader, viewer: Viewer, id_: UUID | None) -> None:
    if id_ is not None:
        session_id = ConversationId(id_)
        if await chat.conversation(reader, user_id=viewer.user_id, id_=session_id) is None:
            raise ConversationMissingError
