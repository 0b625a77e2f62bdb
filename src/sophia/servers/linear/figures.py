"""The tools that count: how a team gets on, and how a project stands."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, Literal

from pydantic import BaseModel, Field

from sophia.kit.clock import Clock
from sophia.servers.call import Call
from sophia.servers.linear.client import Linear, listing, single
from sophia.servers.linear.directory import Directory
from sophia.servers.linear.handles import Project, Team, priority_word
from sophia.servers.linear.issue_input import CLOSED
from sophia.servers.linear.project_schemas import MilestoneOut, ProjectBrief
from sophia.servers.linear.raw import RawCounted, RawHealth
from sophia.servers.linear.selections import COUNTED, HEALTH
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import fitting
from sophia.servers.vendor.offering import Asked, reads
from sophia.servers.vendor.reading import read_many, read_one

_COUNTED = listing("issues", "IssueFilter", COUNTED)
_HEALTH = single("project", HEALTH)
_DAY_S = 86_400
_QUIET_DAYS = 14
_BEHIND = 0.2
_MOST_PEOPLE = 20
_PART = 8 * 1024


class TeamAnalytics(Asked):
    """The arguments of get_team_analytics."""

    team_key: Team
    days: int = Field(default=30, ge=1, le=365)


class Load(BaseModel):
    """What somebody has to do, and did."""

    person: str
    open: int
    started: int
    completed: int


class Analytics(BaseModel):
    """How a team got on within some days."""

    team: str
    days: int
    since: datetime
    created: int
    completed: int
    canceled: int
    completed_points: float
    completed_per_week: float
    median_cycle_days: float | None = Field(description="From start to completion.")
    median_lead_days: float | None = Field(description="From creation to completion.")
    open: int
    open_by_state: dict[str, int]
    open_by_priority: dict[str, int]
    overdue: int
    unassigned: int
    people: list[Load]
    is_complete: bool = Field(description="false: the team has more issues than were counted.")


class ProjectHealthArguments(Asked):
    """The arguments of get_project_health."""

    project_id: Project


class ProjectHealth(BaseModel):
    """How a project stands."""

    project: ProjectBrief
    verdict: Literal["on_track", "at_risk", "off_track", "done"] = Field(
        description="Of the figures below; project.health is what its people say."
    )
    reasons: list[str]
    issues: int
    completed: int
    canceled: int
    started: int
    not_started: int
    overdue: int
    unassigned: int
    days_left: int | None
    last_update_at: datetime | None
    milestones: list[MilestoneOut]
    is_complete: bool = Field(description="false: it has more issues than were counted.")


class FigureTools:
    """What the tools do."""

    def __init__(self, linear: Linear, directory: Directory, clock: Clock) -> None:
        """Take whom to ask, who knows the names, and the time."""
        self._linear = linear
        self._directory = directory
        self._clock = clock

    async def get_team_analytics(self, given: TeamAnalytics, _call: Call) -> Analytics:
        """Count what a team did, and what it has to do."""
        now = self._clock.now()
        since = now - timedelta(days=given.days)
        recent = {"gte": since.isoformat()}
        team_id = await self._directory.team(given.team_key)
        wanted = [
            {"createdAt": recent},
            {"completedAt": recent},
            {"canceledAt": recent},
            {"state": {"type": {"nin": CLOSED}}},
        ]
        nodes, is_complete = await self._linear.many(
            _COUNTED, "issues", filter={"team": {"id": {"eq": team_id}}, "or": wanted}
        )
        issues = read_many(RawCounted, nodes)
        done = [one for one in issues if one.completed_at and one.completed_at >= since]
        left = _open(issues)
        return Analytics(
            team=given.team_key,
            days=given.days,
            since=since,
            created=sum(one.created_at >= since for one in issues),
            completed=len(done),
            canceled=sum(bool(one.canceled_at and one.canceled_at >= since) for one in issues),
            completed_points=sum(one.estimate or 0 for one in done),
            completed_per_week=round(len(done) * 7 / given.days, 2),
            median_cycle_days=_median_days((one.started_at, one.completed_at) for one in done),
            median_lead_days=_median_days((one.created_at, one.completed_at) for one in done),
            open=len(left),
            open_by_state=dict(Counter(one.state.name for one in left)),
            open_by_priority=dict(Counter(priority_word(one.priority) for one in left)),
            overdue=_overdue(left, now.date()),
            unassigned=sum(one.assignee is None for one in left),
            people=_loads(left, done),
            is_complete=is_complete,
        )

    async def get_project_health(self, given: ProjectHealthArguments, _call: Call) -> ProjectHealth:
        """Say how a project stands, by its issues, dates and updates."""
        project_id = await self._directory.project(given.project_id)
        raw = read_one(RawHealth, await self._linear.one(_HEALTH, "project", id=project_id))
        nodes, is_complete = await self._linear.many(
            _COUNTED, "issues", filter={"project": {"id": {"eq": project_id}}}
        )
        issues = read_many(RawCounted, nodes)
        now = self._clock.now()
        overdue = _overdue(_open(issues), now.date())
        types = Counter(one.state.type for one in issues)
        reasons = _reasons(raw, now=now, overdue=overdue)
        return ProjectHealth(
            project=ProjectBrief.of(raw),
            verdict=_verdict(raw, reasons, now=now),
            reasons=reasons,
            issues=len(issues),
            completed=types["completed"],
            canceled=types["canceled"] + types["duplicate"],
            started=types["started"],
            not_started=types["triage"] + types["backlog"] + types["unstarted"],
            overdue=overdue,
            unassigned=sum(one.assignee is None for one in _open(issues)),
            days_left=(raw.target_date - now.date()).days if raw.target_date else None,
            last_update_at=raw.last_update.created_at if raw.last_update else None,
            milestones=fitting(map(MilestoneOut.of, raw.project_milestones.nodes), max_bytes=_PART),
            is_complete=is_complete,
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="get_team_analytics",
                title="How a team gets on",
                description="Count what a team created, completed and left open within some days:"
                " pace, cycle and lead time, load by person.",
                arguments=TeamAnalytics,
                result=Analytics,
                run=self.get_team_analytics,
                **reads("workspace"),
            ),
            Tool(
                name="get_project_health",
                title="How a project stands",
                description="Judge how a project stands by its progress, dates, issues, milestones"
                " and last update, with reasons.",
                arguments=ProjectHealthArguments,
                result=ProjectHealth,
                run=self.get_project_health,
                **reads("projects"),
            ),
        ]


def _open(issues: Iterable[RawCounted]) -> list[RawCounted]:
    return [one for one in issues if one.state.type not in CLOSED]


def _overdue(issues: Iterable[RawCounted], today: date) -> int:
    return sum(bool(one.due_date and one.due_date < today) for one in issues)


def _median_days(spans: Iterable[tuple[datetime | None, datetime | None]]) -> float | None:
    days = [(end - start).total_seconds() / _DAY_S for start, end in spans if start and end]
    return round(median(days), 2) if days else None


def _loads(left: Sequence[RawCounted], done: Sequence[RawCounted]) -> list[Load]:
    open_, started, completed = Counter[str](), Counter[str](), Counter[str]()
    for one in left:
        if one.assignee is not None:
            open_[one.assignee.name] += 1
            started[one.assignee.name] += one.state.type == "started"
    for one in done:
        if one.assignee is not None:
            completed[one.assignee.name] += 1
    people = (open_ + completed).most_common(_MOST_PEOPLE)
    return [
        Load(person=name, open=open_[name], started=started[name], completed=completed[name])
        for name, _ in people
    ]


def _reasons(raw: RawHealth, *, now: datetime, overdue: int) -> list[str]:
    """Say what speaks against a project."""
    if raw.completed_at or raw.canceled_at:
        return []
    late = [one.name for one in raw.project_milestones.nodes if one.status == "overdue"]
    is_quiet = raw.last_update is None or (now - raw.last_update.created_at).days > _QUIET_DAYS
    found = (
        _of_time(raw, now.date()),
        f"{overdue} of its open issues are overdue." if overdue else None,
        f"Milestones are overdue: {', '.join(late[:5])}." if late else None,
        f"Nobody wrote a status update for {_QUIET_DAYS} days." if is_quiet else None,
        "It has no lead." if raw.lead is None else None,
    )
    return [reason for reason in found if reason is not None]


def _of_time(raw: RawHealth, today: date) -> str | None:
    if raw.target_date is None:
        return None
    if raw.target_date < today:
        return f"It is past its target date by {(today - raw.target_date).days} days."
    if raw.start_date is None or not raw.start_date < today < raw.target_date:
        return None
    gone = (today - raw.start_date) / (raw.target_date - raw.start_date)
    if gone - raw.progress <= _BEHIND:
        return None
    return f"{gone:.0%} of its time is gone, and {raw.progress:.0%} is done."


def _verdict(raw: RawHealth, reasons: Sequence[str], *, now: datetime) -> Any:
    if raw.completed_at or raw.canceled_at:
        return "done"
    if raw.target_date and raw.target_date < now.date():
        return "off_track"
    return "at_risk" if reasons or raw.health in {"atRisk", "offTrack"} else "on_track"
