"""The wire shapes of schedules."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from sophia.chat.schemas import Label, MessageText, Status

type CronText = Annotated[
    str, Field(min_length=1, max_length=200, description='Five fields, as in "0 7 * * 1-5".')
]
type ZoneText = Annotated[
    str, Field(min_length=1, max_length=100, description='An IANA name, as in "Europe/Berlin".')
]
type Tools = Annotated[
    list[Label] | None,
    Field(max_length=200, description="The tools to offer; all of them unless given."),
]


type EventName = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)?$", max_length=100)]
type FactName = Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]


class Trigger(BaseModel):
    """What is to happen at a vendor, as its webhook tells."""

    model_config = ConfigDict(extra="forbid")

    vendor: Literal["github", "linear", "asana"]
    events: list[EventName] = Field(
        min_length=1,
        max_length=20,
        description="As in pull_request.opened; pull_request is all of them.",
    )
    where: dict[FactName, Annotated[str, Field(max_length=300)]] = Field(
        default_factory=dict, max_length=10, description="Facts that it must have, as in repo."
    )


class ScheduleIn(BaseModel):
    """A message to be said by the clock, when something happens, or both."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "anyOf": [
                {"required": ["cron"], "properties": {"cron": {"type": "string"}}},
                {"required": ["on"], "properties": {"on": {"type": "object"}}},
            ]
        },
    )

    message: MessageText
    cron: CronText | None = None
    on: Trigger | None = None
    time_zone: ZoneText = "UTC"
    session_id: UUID | None = Field(
        None, description="The conversation of all runs; none: a new one for each."
    )
    model: Label | None = Field(None, description="One of GET /api/v1/models.")
    tools: Tools = None

    @model_validator(mode="after")
    def _begins_some_time(self) -> Self:
        if self.cron is None and self.on is None:
            raise ValueError("give cron, on or both: nothing would begin it")
        return self


class ScheduleChangeIn(BaseModel):
    """What to change of a schedule. What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    message: MessageText | None = None
    cron: CronText | None = None
    on: Trigger | None = None
    time_zone: ZoneText | None = None
    session_id: UUID | None = Field(None, description="null: a new conversation for each run.")
    model: Label | None = None
    tools: Tools = None
    is_enabled: StrictBool | None = Field(None, description="false pauses, true resumes.")


class ScheduleOut(BaseModel):
    """A schedule."""

    schedule_id: UUID
    message: str
    cron: str | None
    on: Trigger | None
    time_zone: str
    session_id: UUID | None
    model: str | None
    tools: list[str] | None
    is_enabled: bool
    paused_because: str | None = Field(
        description="Why it is paused: by_user, failures, key_ended, conversation_missing or"
        " time_unknown."
    )
    is_run_asked: bool = Field(description="A run was asked for and begins within seconds.")
    api_key_id: UUID | None
    next_run_at: datetime | None
    last_run_at: datetime | None
    last_turn_id: UUID | None
    created_at: datetime


class SchedulesOut(BaseModel):
    """One's schedules, the oldest first."""

    items: list[ScheduleOut]


class RunOut(BaseModel):
    """A time at which a schedule was due, and what came of it."""

    run_id: UUID
    due_at: datetime
    at: datetime
    outcome: Literal["begun", "skipped", "paused"]
    reason: str = Field(
        description="Of what was not begun: previous_open, user_disabled, scope_missing, or why it"
        " was paused."
    )
    turn_id: UUID | None
    turn_status: Status | None
    session_id: UUID | None


class RunsOut(BaseModel):
    """The runs of a schedule, newest first."""

    items: list[RunOut]


class NextRunsOut(BaseModel):
    """When a schedule would run."""

    items: list[datetime]
