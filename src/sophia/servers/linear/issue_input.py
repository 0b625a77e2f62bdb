"""What is said of issues in people's words, as Linear's filters and inputs."""

from collections.abc import Awaitable, Callable
from functools import partial

from sophia.servers.linear.directory import Directory
from sophia.servers.linear.handles import is_id, is_none, issue_id, priority_number
from sophia.servers.linear.issue_arguments import IssueWords, ListIssues
from sophia.servers.vendor.brief import Json
from sophia.servers.vendor.errors import HandleError

CLOSED = ["completed", "canceled", "duplicate"]
_TYPES = ("triage", "backlog", "unstarted", "started", "completed", "canceled")
_CYCLE_FLAGS = {"current": "isActive", "next": "isNext", "previous": "isPrevious"}


async def filter_of(given: ListIssues, directory: Directory) -> Json:
    """Write what issues are wanted; raises HandleError."""
    team_id = await directory.team(given.team) if given.team else None
    ways: tuple[tuple[str, str | None, Callable[[str], Awaitable[Json]]], ...] = (
        ("state", given.state, partial(_state, directory=directory, team_id=team_id)),
        ("assignee", given.assignee, partial(_person, directory=directory)),
        ("project", given.project, partial(_project, directory=directory)),
        ("cycle", given.cycle, partial(_cycle, directory=directory, team_id=team_id)),
    )
    asked: Json = {"team": _is(team_id)} if team_id else {}
    asked |= {name: await find(written) for name, written, find in ways if written}
    if given.priority is not None:
        asked["priority"] = {"eq": priority_number(given.priority)}
    if given.parent:
        asked["parent"] = _issue(issue_id(given.parent))
    if given.updated_since:
        asked["updatedAt"] = {"gte": given.updated_since.isoformat()}
    labels = [await directory.label(name, team_id) for name in given.labels]
    if labels:
        asked["and"] = [{"labels": {"some": {"id": {"in": ids}}}} for ids in labels]
    return asked


async def input_of(
    given: IssueWords, directory: Directory, *, team_id: str, project_id: str | None
) -> Json:
    """Write what making and changing an issue both say; "none" takes away. Raises HandleError."""
    asked: Json = {
        "description": given.description,
        "priority": None if given.priority is None else priority_number(given.priority),
        "estimate": given.estimate,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    if given.state is not None:
        asked["stateId"] = await directory.state(given.state, team_id)
    ways: tuple[tuple[str, str | None, Callable[[str], Awaitable[str]]], ...] = (
        ("dueDate", given.due_date, _date),
        ("parentId", given.parent, _parent),
        ("assigneeId", given.assignee, directory.person),
        ("projectId", given.project, directory.project),
        ("cycleId", given.cycle, partial(directory.cycle, team_id=team_id)),
    )
    for name, written, find in ways:
        if written is not None:
            asked[name] = None if is_none(written) else await find(written)
    if given.milestone is not None:
        of_project = asked.get("projectId", project_id)
        asked["projectMilestoneId"] = await _milestone(given.milestone, directory, of_project)
    return asked


async def _state(written: str, *, directory: Directory, team_id: str | None) -> Json:
    match written.strip().lower():
        case "open":
            return {"type": {"nin": CLOSED}}
        case "closed":
            return {"type": {"in": CLOSED}}
        case word if word in _TYPES:
            return {"type": {"eq": word}}
        case _:
            return {"id": {"in": await directory.states(written, team_id)}}


async def _person(written: str, *, directory: Directory) -> Json:
    return {"null": True} if is_none(written) else _is(await directory.person(written))


async def _project(written: str, *, directory: Directory) -> Json:
    return {"null": True} if is_none(written) else _is(await directory.project(written))


async def _cycle(written: str, *, directory: Directory, team_id: str | None) -> Json:
    flag = _CYCLE_FLAGS.get(written.strip().lower())
    if flag:
        return {flag: {"eq": True}}
    if is_none(written):
        return {"null": True}
    if team_id is None:
        raise HandleError(f"Of which team is the cycle {written!r}? Give team, too.")
    return _is(await directory.cycle(written, team_id))


async def _milestone(written: str, directory: Directory, project_id: str | None) -> str | None:
    if is_none(written):
        return None
    if project_id is None:
        raise HandleError(f"Of which project is the milestone {written!r}? Give project, too.")
    return await directory.milestone(written, project_id)


async def _parent(written: str) -> str:
    return issue_id(written)


async def _date(written: str) -> str:
    return written


def _issue(one: str) -> Json:
    if is_id(one):
        return _is(one)
    key, _, number = one.rpartition("-")
    return {"team": {"key": {"eq": key}}, "number": {"eq": int(number)}}


def _is(one_id: str) -> Json:
    return {"id": {"eq": one_id}}
