"""The team's workspace as it is now: things by gid that refer to each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sophia.kit.clock import Clock
from sophia.sandbox.team import Member

type Json = dict[str, Any]

_FIRST = 1_200_000_000_000_000
WEB = "https://app.asana.com"


@dataclass(slots=True)
class State:
    """Everything there is; what refers to a thing holds the thing itself."""

    clock: Clock
    # Whether the workspace has a paid plan, which searching needs.
    is_paid: bool = True
    things: dict[str, Json] = field(default_factory=dict[str, Json])
    serial: int = 0

    def now(self) -> str:
        """Give the time as Asana writes it; what is made later is later."""
        self.serial += 1
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%S}.{self.serial % 1000:03d}Z"

    def make(self, kind: str, name: str, **facts: Any) -> Json:
        """Take a thing in."""
        self.serial += 1
        gid = str(_FIRST + self.serial)
        thing = {"gid": gid, "resource_type": kind, "name": name, **facts}
        self.things[gid] = thing
        return thing

    def of_kind(self, kind: str) -> Iterator[Json]:
        """Give all things of a kind, the oldest first."""
        return (one for one in list(self.things.values()) if one["resource_type"] == kind)

    def called(self, kind: str, name: str) -> Json:
        """Give the thing of a kind that has this name."""
        return next(one for one in self.of_kind(kind) if one["name"] == name)

    @property
    def workspace(self) -> Json:
        """Give the one workspace that there is at first."""
        return next(self.of_kind("workspace"))

    @property
    def me(self) -> Json:
        """Give whose token it is: the first person."""
        return next(self.of_kind("user"))

    def user(self, member: Member) -> Json:
        """Give somebody of the team."""
        return self.called("user", member.name)

    def make_task(self, name: str, **facts: Any) -> Json:
        """Take a task in."""
        at = self.now()
        task = self.make(
            "task",
            name,
            resource_subtype="default_task",
            notes="",
            completed=False,
            completed_at=None,
            assignee=None,
            start_on=None,
            due_on=None,
            due_at=None,
            memberships=[],
            parent=None,
            tags=[],
            followers=[self.me],
            created_at=at,
            created_by=self.me,
            modified_at=at,
            workspace=self.workspace,
            custom_fields=[],
            dependencies=[],
        )
        task["permalink_url"] = f"{WEB}/1/{self.workspace['gid']}/task/{task['gid']}"
        return _with(task, facts)

    def make_project(self, name: str, **facts: Any) -> Json:
        """Take a project in, with its first section."""
        at = self.now()
        project = self.make(
            "project",
            name,
            notes="",
            archived=False,
            completed=False,
            owner=self.me,
            team=next(self.of_kind("team")),
            members=[self.me],
            start_on=None,
            due_on=None,
            created_at=at,
            modified_at=at,
            privacy_setting="public_to_workspace",
            default_view="list",
            color="light-green",
            current_status_update=None,
            custom_fields=[],
            fields=[],
            workspace=self.workspace,
        )
        project["permalink_url"] = f"{WEB}/1/{self.workspace['gid']}/project/{project['gid']}"
        self.make("section", "Untitled section", project=project)
        return _with(project, facts)

    def sections(self, project: Json) -> list[Json]:
        """Give the sections of a project, in their order."""
        return [one for one in self.of_kind("section") if one["project"] is project]

    def tasks_in(self, place: Json) -> list[Json]:
        """Give the tasks of a project or section."""
        return [
            task
            for task in self.of_kind("task")
            if any(
                place is one["project"] or place is one["section"] for one in task["memberships"]
            )
        ]

    def subtasks(self, task: Json) -> list[Json]:
        """Give the tasks under a task."""
        return [one for one in self.of_kind("task") if one["parent"] is task]

    def put(self, task: Json, project: Json, section: Json | None = None) -> None:
        """Put a task into a project, or elsewhere in it."""
        place = {"project": project, "section": section or self.sections(project)[0]}
        others = [one for one in task["memberships"] if one["project"] is not project]
        task["memberships"] = [*others, place]
        there = {one["gid"] for one in task["custom_fields"]}
        task["custom_fields"] += [dict(one) for one in project["fields"] if one["gid"] not in there]

    def tell(self, task: Json, kind: str, text: str, *, author: Json | None = None) -> Json:
        """Write down what was said to a task or done to it."""
        return self.make(
            "story",
            "",
            target=task,
            text=text,
            type="comment" if kind == "comment_added" else "system",
            resource_subtype=kind,
            created_at=self.now(),
            created_by=author or self.me,
            is_pinned=False,
        )


def _with(thing: Json, facts: Json) -> Json:
    thing.update(facts)
    return thing


def set_value(of: Json, value: Any, state: State) -> None:
    """Give a custom field a value, as it is written in a request."""
    kind = of["resource_subtype"]
    options = {one["gid"]: one["name"] for one in of.get("enum_options", [])}
    if value is None:
        of["display_value"] = None
    elif kind == "enum":
        of["display_value"] = options[value]
    elif kind == "multi_enum":
        of["display_value"] = ", ".join(options[one] for one in value)
    elif kind == "people":
        people = [state.me if one == "me" else state.things[one] for one in value]
        of["display_value"] = ", ".join(one["name"] for one in people)
    elif kind == "date":
        of["display_value"] = value.get("date_time") or value["date"]
    else:
        of["display_value"] = str(value)
