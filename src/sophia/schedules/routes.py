"""Schedules over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status
from sqlalchemy import RowMapping
from starlette.requests import HTTPConnection

from sophia.idempotency.requests import FreshId
from sophia.identity.guard import ChatReader, ChatWriter
from sophia.schedules.schemas import (
    CronText,
    NextRunsOut,
    RunOut,
    RunsOut,
    ScheduleChangeIn,
    ScheduleIn,
    ScheduleOut,
    SchedulesOut,
    ZoneText,
)
from sophia.schedules.service import ScheduleService

_PREVIEWED = 5

router = APIRouter(prefix="/api/v1", tags=["schedules"])


async def schedule_service(connection: HTTPConnection) -> ScheduleService:
    """Give the service that the API process was wired with."""
    service: ScheduleService = connection.app.state.schedules
    return service


type Schedules = Annotated[ScheduleService, Depends(schedule_service)]
type Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/schedules")
async def list_schedules(viewer: ChatReader, schedules: Schedules) -> SchedulesOut:
    """List one's schedules, the oldest first."""
    return SchedulesOut(items=[_schedule_out(row) for row in await schedules.all(viewer)])


@router.post("/schedules", status_code=status.HTTP_201_CREATED)
async def create_schedule(
    viewer: ChatWriter, schedules: Schedules, id_: FreshId, body: ScheduleIn
) -> ScheduleOut:
    """Make a schedule. Its turns run in one's name, with the same approvals."""
    return _schedule_out(await schedules.create(viewer, body, id_))


@router.get("/cron/preview")
async def preview_schedule(
    _: ChatReader,
    schedules: Schedules,
    cron: Annotated[CronText, Query()],
    time_zone: Annotated[ZoneText, Query()] = "UTC",
) -> NextRunsOut:
    """Give the next five runs of an expression."""
    return NextRunsOut(items=schedules.preview(cron, time_zone, count=_PREVIEWED))


@router.get("/schedules/{schedule_id}")
async def read_schedule(viewer: ChatReader, schedules: Schedules, schedule_id: UUID) -> ScheduleOut:
    """Give one of one's schedules."""
    return _schedule_out(await schedules.get(viewer, schedule_id))


@router.patch("/schedules/{schedule_id}")
async def change_schedule(
    viewer: ChatWriter, schedules: Schedules, schedule_id: UUID, body: ScheduleChangeIn
) -> ScheduleOut:
    """Change, pause or resume a schedule. What was missed while it was paused is not caught up."""
    return _schedule_out(await schedules.change(viewer, schedule_id, body))


@router.delete("/schedules/{schedule_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_schedule(viewer: ChatWriter, schedules: Schedules, schedule_id: UUID) -> None:
    """Delete a schedule. The conversations that it began stay."""
    await schedules.remove(viewer, schedule_id)


@router.post("/schedules/{schedule_id}/run", status_code=status.HTTP_202_ACCEPTED)
async def run_schedule(viewer: ChatWriter, schedules: Schedules, schedule_id: UUID) -> ScheduleOut:
    """Have a schedule run within seconds, paused or not; its runs say what came of it."""
    return _schedule_out(await schedules.ask_run(viewer, schedule_id))


@router.get("/schedules/{schedule_id}/runs")
async def list_schedule_runs(
    viewer: ChatReader, schedules: Schedules, schedule_id: UUID, limit: Limit = 50
) -> RunsOut:
    """List the runs of a schedule, newest first, with their turns."""
    rows = await schedules.runs(viewer, schedule_id, limit=limit)
    return RunsOut(items=[RunOut.model_validate({**row, "run_id": row["id"]}) for row in rows])


def _schedule_out(row: RowMapping) -> ScheduleOut:
    return ScheduleOut.model_validate(
        {
            **row,
            "schedule_id": row["id"],
            "session_id": row["conversation_id"],
            "on": row["on_event"],
            "is_run_asked": row["run_asked_at"] is not None,
            "next_run_at": row["next_run_at"] if row["is_enabled"] else None,
        }
    )
