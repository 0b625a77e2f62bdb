"""Looks up what people call the things of a workspace."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sophia.kit.clock import Clock
from sophia.servers.linear.client import Linear, listing
from sophia.servers.linear.handles import is_id, slug_or_name
from sophia.servers.linear.raw import (
    RawCycle,
    RawId,
    RawMember,
    RawNamed,
    RawSlugged,
    RawTeam,
    RawTitled,
)
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.names import Load, Named, Names, one_of
from sophia.servers.vendor.reading import read_one

_TEAMS = listing("teams", "TeamFilter", "id key name")
_USERS = listing("users", "UserFilter", "id name displayName email")
_STATES = listing("workflowStates", "WorkflowStateFilter", "id name")
_LABELS = listing("issueLabels", "IssueLabelFilter", "id name")
_PROJECTS = listing("projects", "ProjectFilter", "id name slugId")
_MILESTONES = listing("projectMilestones", "ProjectMilestoneFilter", "id name")
_INITIATIVES = listing("initiatives", "InitiativeFilter", "id name slugId")
_CYCLES = listing(
    "cycles", "CycleFilter", "id number name isActive isNext isPrevious", order="createdAt"
)
_DOCUMENTS = listing("documents", "DocumentFilter", "id title slugId")
_STATUSES = (
    "query($first: Int!, $after: String) { projectStatuses(first: $first, after: $after) {"
    " nodes { id name } pageInfo { hasNextPage endCursor } } }"
)
_VIEWER = "query { viewer { id } }"
ME = ("me", "@me")


class Directory:
    """The names of a workspace, as ids; each method raises HandleError, which names candidates."""

    def __init__(self, linear: Linear, clock: Clock) -> None:
        """Take whom to ask."""
        self._linear = linear
        self._names = Names(clock)
        self._me: str | None = None

    def forget(self) -> None:
        """Look everything up again: something was named."""
        self._names.forget()

    async def me(self) -> str:
        """Give the id of whose key it is."""
        if self._me is None:
            self._me = read_one(RawId, await self._linear.one(_VIEWER, "viewer")).id
        return self._me

    async def person(self, written: str) -> str:
        """Give somebody's id."""
        if written.strip().lower() in ME:
            return await self.me()
        return await self._id("person", written, self._listed(_USERS, "users", _member))

    async def team(self, written: str) -> str:
        """Give a team's id."""
        return await self._id("team", written, self._listed(_TEAMS, "teams", _team))

    async def state(self, written: str, team_id: str) -> str:
        """Give the id of a state of a team."""
        load = self._listed(_STATES, "workflowStates", _named, **_of_team(team_id))
        return await self._id("state", written, load, among=team_id)

    async def states(self, written: str, team_id: str | None) -> list[str]:
        """Give the ids of the states of that name, of one team or of all."""
        if is_id(written):
            return [written.strip().lower()]
        asked = _of_team(team_id) if team_id else {}
        load = self._listed(_STATES, "workflowStates", _named, **asked)
        found = await self._names.alike("state", written, load, among=team_id or "")
        return [one.id for one in found]

    async def labels(self, written: Sequence[str], team_id: str | None) -> list[str]:
        """Give the ids of labels: those of a team and of the workspace, or of all teams."""
        return [one for name in written for one in await self.label(name, team_id)]

    async def label(self, written: str, team_id: str | None) -> list[str]:
        """Give the id of a label; without a team, of all labels of that name."""
        if is_id(written):
            return [written.strip().lower()]
        own = {"or": [{"team": {"id": {"eq": team_id}}}, {"team": {"null": True}}]}
        load = self._listed(_LABELS, "issueLabels", _named, **({"filter": own} if team_id else {}))
        found = await self._names.alike("label", written, load, among=team_id or "")
        return [one_of("label", written, found).id] if team_id else [one.id for one in found]

    async def cycle(self, written: str, team_id: str) -> str:
        """Give the id of a cycle of a team."""
        load = self._listed(_CYCLES, "cycles", _cycle, **_of_team(team_id))
        return await self._id("cycle", written, load, among=team_id)

    async def project(self, written: str) -> str:
        """Give a project's id."""
        name = slug_or_name(written, "project")
        return await self._id("project", name, self._listed(_PROJECTS, "projects", _slugged))

    async def project_status(self, written: str) -> str:
        """Give the id of a state that projects may be in."""
        load = self._listed(_STATUSES, "projectStatuses", _named)
        return await self._id("project status", written, load)

    async def milestone(self, written: str, project_id: str) -> str:
        """Give the id of a milestone of a project."""
        asked = {"filter": {"project": {"id": {"eq": project_id}}}}
        load = self._listed(_MILESTONES, "projectMilestones", _named, **asked)
        return await self._id("milestone", written, load, among=project_id)

    async def initiative(self, written: str) -> str:
        """Give an initiative's id."""
        name = slug_or_name(written, "initiative")
        load = self._listed(_INITIATIVES, "initiatives", _slugged)
        return await self._id("initiative", name, load)

    async def document(self, written: str) -> str:
        """Give what Linear takes for a document: its id, or the slug of its address."""
        text = slug_or_name(written, "document")
        if is_id(text) or text != written.strip():
            return text
        titled = {"or": [{"title": {"eqIgnoreCase": text}}, {"slugId": {"eq": text}}]}
        page = await self._linear.page(_DOCUMENTS, "documents", size=10, filter=titled)
        found = [_titled(node) for node in page.nodes]
        if not found:
            raise HandleError(
                f"There is no document {written!r}: list_documents finds documents by a part of"
                " their title."
            )
        return one_of("document", written, found).id

    async def _id(self, what: str, written: str, load: Load, *, among: str = "") -> str:
        if is_id(written):
            return written.strip().lower()
        return (await self._names.find(what, written, load, among=among)).id

    def _listed(
        self, document: str, root: str, read: Callable[[Any], Named], **asked: Any
    ) -> Callable[[], Awaitable[list[Named]]]:
        async def load() -> list[Named]:
            nodes, _ = await self._linear.many(document, root, **asked)
            return [read(node) for node in nodes]

        return load


def _of_team(team_id: str) -> dict[str, Any]:
    return {"filter": {"team": {"id": {"eq": team_id}}}}


def _named(raw: Any) -> Named:
    one = read_one(RawNamed, raw)
    return Named(id=one.id, name=one.name)


def _slugged(raw: Any) -> Named:
    one = read_one(RawSlugged, raw)
    return Named(id=one.id, name=one.name, others=(one.slug_id,))


def _titled(raw: Any) -> Named:
    one = read_one(RawTitled, raw)
    return Named(id=one.id, name=one.title, others=(one.slug_id,))


def _team(raw: Any) -> Named:
    one = read_one(RawTeam, raw)
    return Named(id=one.id, name=one.name, others=(one.key,))


def _member(raw: Any) -> Named:
    one = read_one(RawMember, raw)
    return Named(id=one.id, name=one.name, others=(one.email, one.display_name))


def _cycle(raw: Any) -> Named:
    one = read_one(RawCycle, raw)
    said = (("current", one.is_active), ("next", one.is_next), ("previous", one.is_previous))
    number = str(int(one.number))
    return Named(
        id=one.id,
        name=one.name or f"Cycle {number}",
        others=(number, *(word for word, holds in said if holds)),
    )
