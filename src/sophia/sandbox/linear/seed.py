"""The team's workspace as every sandbox begins."""

from datetime import timedelta
from types import MappingProxyType

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.linear.shapes import Row, written
from sophia.sandbox.linear.tables import Tables
from sophia.sandbox.team import Member, Ticket

_STATES = (
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("In Review", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
)
_STATUSES = ("Backlog", "Planned", "In Progress", "Paused", "Completed", "Canceled")
_STATUS_TYPES = ("backlog", "planned", "started", "paused", "completed", "canceled")
_COLORS = MappingProxyType({"bug": "#e5484d", "feature": "#3e63dd", "docs": "#8e4ec6"})
# What Linear knows of a ticket and GitHub does not: state, priority, points, days until it is due.
_PLANS = MappingProxyType(
    {
        1: ("In Review", 1, 3, -1),
        2: ("Backlog", 4, 5, None),
        3: ("In Review", 2, 1, 3),
        4: ("Done", 3, 2, None),
    }
)
_PULLS = MappingProxyType({1: (12, "Read the summer timetable"), 3: (13, "Name stops without one")})
_CYCLE_DAYS = 14
_FIRST_CYCLE = 6


class Seed:
    """Fills the tables."""

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing."""
        self.tables = Tables(clock)
        self._now = clock.now()

    def whole(self) -> Tables:
        """Give the workspace."""
        users = self._people()
        of_team = self._team(users)
        labels = {
            name: self._make("IssueLabel", 200, name=name, color=color)
            for name, color in _COLORS.items()
        }
        cycles = self._cycles(of_team)
        project = self._projects(of_team, users)
        issues = {
            ticket.number: self._issue(ticket, of_team, users, labels) for ticket in team.TICKETS
        }
        for number in (1, 3):
            issues[number] |= {"cycleId": cycles[1]["id"], "projectId": project["id"]}
        issues[4]["cycleId"] = cycles[0]["id"]
        self._around(issues, users)
        return self.tables

    def _people(self) -> dict[str, Row]:
        workspace = self._make("Organization", 400, name="Harbour Labs", urlKey=team.ORGANISATION)
        self._make("ExternalUser", 30, name=team.STRANGER.name, displayName=team.STRANGER.login)
        return {
            member.login: self._make(
                "User",
                400,
                name=member.name,
                displayName=member.login,
                email=member.email,
                admin=member is team.ME,
                organizationId=workspace["id"],
            )
            for member in team.MEMBERS
        }

    def _team(self, users: dict[str, Row]) -> Row:
        made = self._make("Team", 400, key=team.TEAM_KEY, name=team.TEAM)
        for user in users.values():
            user["teamIds"] = [made["id"]]
        for name, kind in _STATES:
            self._make("WorkflowState", 400, name=name, type=kind, teamId=made["id"])
        for name, kind in zip(_STATUSES, _STATUS_TYPES, strict=True):
            self._make("ProjectStatus", 400, name=name, type=kind)
        return made

    def _cycles(self, of_team: Row) -> list[Row]:
        """Make the last one, the one that runs, and the next."""
        return [
            self._make(
                "Cycle",
                60 - at,
                number=float(_FIRST_CYCLE + at),
                teamId=of_team["id"],
                startsAt=self._day((at - 1) * _CYCLE_DAYS - 5),
                endsAt=self._day(at * _CYCLE_DAYS - 5),
                completedAt=self._day(-5) if at == 0 else None,
            )
            for at in range(3)
        ]

    def _projects(self, of_team: Row, users: dict[str, Row]) -> Row:
        initiative = self._make(
            "Initiative",
            90,
            name="Times people can rely on",
            description="What the screens say is what the ferries do.",
            content="By summer, every screen shows the real departures.",
            status="Active",
            ownerId=users["mara"]["id"],
            targetDate=self._day(90)[:10],
            slugId="7f1e2d3c4b5a",
        )
        statuses = {row["name"]: row["id"] for row in self.tables.rows("ProjectStatus")}
        shared = {"teamIds": [of_team["id"]], "initiativeIds": [initiative["id"]]}
        made = self._make(
            "Project",
            40,
            name="Summer timetable",
            description="Show the summer departures everywhere.",
            content="# Goal\n\nNo screen shows winter times in May.",
            statusId=statuses["In Progress"],
            leadId=users["mara"]["id"],
            memberIds=[user["id"] for user in users.values()],
            priority=2,
            startDate=self._day(-30)[:10],
            startedAt=self._day(-30),
            targetDate=self._day(10)[:10],
            slugId="0a1b2c3d4e5f",
            **shared,
        )
        self._make(
            "Project",
            35,
            name="Calendar feed",
            description="Departures in people's calendars.",
            statusId=statuses["Planned"],
            slugId="1b2c3d4e5f6a",
            **shared,
        )
        for name, days in (("Data in place", -2), ("On the quay screens", 8)):
            self._make(
                "ProjectMilestone",
                40,
                name=name,
                projectId=made["id"],
                targetDate=self._day(days)[:10],
            )
        self._written(initiative, made, users)
        return made

    def _written(self, initiative: Row, project: Row, users: dict[str, Row]) -> None:
        """Add what people wrote about them."""
        tomas, mara = users["tomas"]["id"], users["mara"]["id"]
        self._make(
            "ProjectUpdate",
            3,
            projectId=project["id"],
            userId=tomas,
            health="atRisk",
            body="The check of the summer data fails: no stop Reef.",
        )
        self._make(
            "InitiativeUpdate",
            6,
            initiativeId=initiative["id"],
            userId=mara,
            health="onTrack",
            body="Timetable first, calendar next.",
        )
        self._make(
            "Document",
            20,
            title="How a timetable changes",
            content="1. Put the file under `data/`.\n2. Open a pull request.\n3. Check the quay.\n",
            projectId=project["id"],
            creatorId=tomas,
            updatedById=mara,
            slugId="2c3d4e5f6a7b",
        )

    def _issue(
        self, ticket: Ticket, of_team: Row, users: dict[str, Row], labels: dict[str, Row]
    ) -> Row:
        state, priority, points, due_days = _PLANS[ticket.number]
        kind = dict(_STATES)[state]
        states = {row["name"]: row["id"] for row in self.tables.rows("WorkflowState")}

        def id_of(member: Member | None) -> str | None:
            return users[member.login]["id"] if member and member.login in users else None

        return self._make(
            "Issue",
            12 - ticket.number,
            number=ticket.number,
            identifier=f"{team.TEAM_KEY}-{ticket.number}",
            title=ticket.title,
            description=ticket.body or None,
            teamId=of_team["id"],
            stateId=states[state],
            creatorId=id_of(ticket.author),
            assigneeId=id_of(ticket.assignee),
            labelIds=[labels[name]["id"] for name in ticket.labels],
            priority=priority,
            estimate=points,
            dueDate=self._day(due_days)[:10] if due_days is not None else None,
            startedAt=self._day(-6) if kind in {"started", "completed"} else None,
            completedAt=self._day(-2) if kind == "completed" else None,
        )

    def _around(self, issues: dict[int, Row], users: dict[str, Row]) -> None:
        """Add pull requests, what was said, and what waits for what."""
        for number, (pull, title) in _PULLS.items():
            self._make(
                "Attachment",
                4,
                issueId=issues[number]["id"],
                title=title,
                subtitle=f"{team.ORGANISATION}/{team.REPOSITORY}#{pull}",
                url=f"https://github.com/{team.ORGANISATION}/{team.REPOSITORY}/pull/{pull}",
                sourceType="github",
                creatorId=users["tomas"]["id"],
            )
        [stranger] = self.tables.rows("ExternalUser")
        first = self._make(
            "Comment",
            5,
            issueId=issues[3]["id"],
            externalUserId=stranger["id"],
            body="It happened again at the Island stop.",
        )
        self._make(
            "Comment",
            4,
            issueId=issues[3]["id"],
            userId=users["ines"]["id"],
            parentId=first["id"],
            body="Thank you, there is a pull request.",
        )
        self._make(
            "IssueRelation",
            8,
            type="blocks",
            issueId=issues[1]["id"],
            relatedIssueId=issues[2]["id"],
        )

    def _make(self, kind: str, days_ago: int, **given: object) -> Row:
        at = self._day(-days_ago)
        return self.tables.make(kind, createdAt=at, updatedAt=at, **given)

    def _day(self, days: int) -> str:
        """Give the moment that many days from now."""
        return written(self._now + timedelta(days=days))
