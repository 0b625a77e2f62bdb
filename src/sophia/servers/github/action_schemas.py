"""What the tools for GitHub Actions take and give."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from sophia.servers.github.handles import Repo
from sophia.servers.github.raw import RawUser
from sophia.servers.github.schemas import login_of
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Cursor, Limit
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import Raw

MAX_TAIL_LINES = 2_000
_MAX_INPUTS = 25

RunStatus = Literal[
    "queued", "in_progress", "completed", "success", "failure", "cancelled", "timed_out",
    "action_required", "waiting",
]  # fmt: skip


class ListActions(Asked):
    """The arguments of actions_list."""

    method: Literal["workflows", "runs", "jobs", "artifacts"]
    repo: Repo
    workflow: str | None = Field(
        default=None, max_length=250, description="Runs of this one: its file's name or its id."
    )
    branch: str | None = Field(default=None, max_length=250, description="Runs of this one.")
    status: RunStatus | None = Field(default=None, description="Runs that are or went so.")
    run_id: int | None = Field(default=None, ge=1, description="Of which run: jobs, artifacts.")
    limit: Limit = 20
    cursor: Cursor = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.method in {"jobs", "artifacts"} and self.run_id is None:
            raise ValueError(f"method={self.method} needs run_id; method=runs gives it")
        return self


class GetAction(Asked):
    """The arguments of actions_get."""

    method: Literal["workflow", "run", "job"]
    repo: Repo
    id: str | int = Field(description="Of the run or job; of a workflow its file's name or its id.")


class JobLogs(Asked):
    """The arguments of get_job_logs."""

    repo: Repo
    job_id: int | None = Field(default=None, ge=1, description="The log of this job.")
    run_id: int | None = Field(default=None, ge=1, description="The logs of its failed jobs.")
    tail_lines: int = Field(default=200, ge=1, le=MAX_TAIL_LINES, description="Of each job.")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.job_id is None) == (self.run_id is None):
            raise ValueError("give either job_id or run_id")
        return self


class TriggerRun(Asked):
    """The arguments of actions_run_trigger."""

    method: Literal["run", "rerun", "rerun_failed", "cancel"]
    repo: Repo
    workflow: str | None = Field(
        default=None, max_length=250, description="What to run: its file's name or its id."
    )
    branch: str | None = Field(default=None, max_length=250, description="Default: the main one.")
    inputs: dict[str, str] = Field(default_factory=dict, max_length=_MAX_INPUTS)
    run_id: int | None = Field(default=None, ge=1, description="What to run again or to cancel.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.method == "run" and self.workflow is None:
            raise ValueError("method=run needs the workflow; actions_list gives it")
        if self.method != "run" and self.run_id is None:
            raise ValueError(f"method={self.method} needs run_id; actions_list gives it")
        return self


class RawWorkflow(Raw):
    """A workflow."""

    id: int
    name: str
    path: str
    state: str
    html_url: str


class RawRun(Raw):
    """A run of a workflow."""

    id: int
    name: str | None = None
    display_title: str
    run_number: int
    event: str
    status: str | None
    conclusion: str | None
    head_branch: str | None
    head_sha: str
    actor: RawUser | None = None
    created_at: datetime
    updated_at: datetime
    html_url: str


class RawStep(Raw):
    """A step of a job."""

    name: str
    conclusion: str | None


class RawJob(Raw):
    """A job of a run."""

    id: int
    run_id: int
    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    html_url: str | None
    steps: list[RawStep] | None = None


class RawArtifact(Raw):
    """A file that a run left."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool
    created_at: datetime | None
    expires_at: datetime | None


class WorkflowOut(BaseModel):
    """A workflow."""

    workflow_id: int
    name: str
    file: str
    state: str
    url: str

    @classmethod
    def of(cls, raw: RawWorkflow) -> Self:
        """Take what matters."""
        file = raw.path.rpartition("/")[2]
        return cls(workflow_id=raw.id, name=raw.name, file=file, state=raw.state, url=raw.html_url)


class RunOut(BaseModel):
    """A run of a workflow."""

    run_id: int
    workflow: str
    title: str
    number: int
    event: str
    status: str | None
    conclusion: str | None
    branch: str | None
    head_sha: str
    actor: str
    created_at: datetime
    updated_at: datetime
    url: str

    @classmethod
    def of(cls, raw: RawRun) -> Self:
        """Take what matters."""
        same = ("event", "status", "conclusion", "head_sha", "created_at", "updated_at")
        return cls(
            **{name: getattr(raw, name) for name in same},
            run_id=raw.id,
            workflow=raw.name or "",
            title=raw.display_title,
            number=raw.run_number,
            branch=raw.head_branch,
            actor=login_of(raw.actor),
            url=raw.html_url,
        )


class JobOut(BaseModel):
    """A job of a run."""

    job_id: int
    run_id: int
    name: str
    status: str
    conclusion: str | None
    started_at: datetime | None
    completed_at: datetime | None
    url: str | None
    failed_steps: list[str]

    @classmethod
    def of(cls, raw: RawJob) -> Self:
        """Take what matters."""
        failed = [one.name for one in raw.steps or () if one.conclusion == "failure"]
        same = ("run_id", "name", "status", "conclusion", "started_at", "completed_at")
        return cls(
            **{name: getattr(raw, name) for name in same},
            job_id=raw.id,
            url=raw.html_url,
            failed_steps=failed,
        )


class ArtifactOut(BaseModel):
    """A file that a run left."""

    artifact_id: int
    name: str
    size_bytes: int
    is_expired: bool
    created_at: datetime | None
    expires_at: datetime | None

    @classmethod
    def of(cls, raw: RawArtifact) -> Self:
        """Take what matters."""
        return cls(
            artifact_id=raw.id,
            name=raw.name,
            size_bytes=raw.size_in_bytes,
            is_expired=raw.expired,
            created_at=raw.created_at,
            expires_at=raw.expires_at,
        )


class Actions(Page):
    """What was asked for, the youngest first; the other lists are empty."""

    workflows: list[WorkflowOut] = Field(default_factory=list[WorkflowOut])
    runs: list[RunOut] = Field(default_factory=list[RunOut])
    jobs: list[JobOut] = Field(default_factory=list[JobOut])
    artifacts: list[ArtifactOut] = Field(default_factory=list[ArtifactOut])


class Action(BaseModel):
    """What was asked for; the others are null."""

    workflow: WorkflowOut | None = None
    run: RunOut | None = None
    job: JobOut | None = None


class LogTail(BaseModel):
    """The end of a job's log."""

    job_id: int
    name: str
    conclusion: str | None
    failed_steps: list[str]
    lines: int = Field(description="Of the whole log.")
    tail: str


class Logs(BaseModel):
    """The ends of logs; as much of each as there is room for."""

    logs: list[LogTail]
    left_out: list[int] = Field(description="Jobs that failed too: ask for each by job_id.")


class Triggered(BaseModel):
    """What was begun or ended."""

    run_id: int | None
    url: str | None
    told: str
