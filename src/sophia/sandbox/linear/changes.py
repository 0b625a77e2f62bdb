"""What mutations do to the workspace."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, cast

from sophia.sandbox.linear.replies import RefusedError
from sophia.sandbox.linear.shapes import Row
from sophia.sandbox.linear.tables import Tables

# What an id in an input is the id of.
_REFERS: Mapping[str, str] = MappingProxyType(
    {
        "teamId": "Team",
        "teamIds": "Team",
        "stateId": "WorkflowState",
        "assigneeId": "User",
        "leadId": "User",
        "ownerId": "User",
        "memberIds": "User",
        "projectId": "Project",
        "labelIds": "IssueLabel",
        "addedLabelIds": "IssueLabel",
        "cycleId": "Cycle",
        "removedLabelIds": "IssueLabel",
        "projectMilestoneId": "ProjectMilestone",
        "issueId": "Issue",
        "relatedIssueId": "Issue",
        "statusId": "ProjectStatus",
        "initiativeId": "Initiative",
    }
)
_NEEDED = MappingProxyType(
    {
        "Issue": ("title", "teamId"),
        "Comment": ("body", "issueId"),
        "Attachment": ("title", "url", "issueId"),
        "Project": ("name", "teamIds"),
        "ProjectMilestone": ("name", "projectId"),
        "Initiative": ("name",),
        "Document": ("title",),
        "IssueLabel": ("name",),
        "IssueRelation": ("issueId", "relatedIssueId", "type"),
        "ProjectUpdate": ("projectId",),
        "InitiativeUpdate": ("initiativeId",),
    }
)

# What somebody says, and what has an address made of its name.
_SAID = frozenset({"Comment", "ProjectUpdate", "InitiativeUpdate"})
_SLUGGED = frozenset({"Project", "Initiative", "Document"})

type Change = Callable[[Tables, str, Row], Row]


def create(tables: Tables, kind: str, given: Row) -> Row:
    """Make a row of what is given; raises RefusedError."""
    said = _resolved(tables, kind, given["input"])
    for name in _NEEDED[kind]:
        if not said.get(name):
            raise RefusedError(f"Argument Validation Error: {name} is missing in {kind}.")
    me = tables.me()["id"]
    if kind == "Issue":
        return _open_issue(tables, said)
    if kind == "Attachment":
        return _attach(tables, said)
    begun: Row = {
        **({"userId": me, "body": ""} if kind in _SAID else {}),
        **({"creatorId": me, "updatedById": me} if kind == "Document" else {}),
        **({"statusId": _first(tables, "ProjectStatus")["id"]} if kind == "Project" else {}),
    }
    row = tables.make(kind, **{**begun, **said})
    if kind in _SLUGGED:
        row["slugId"] = row["id"].replace("-", "")[:12]
    return row


def update(tables: Tables, kind: str, given: Row) -> Row:
    """Change a row; raises RefusedError."""
    row = tables.find(kind, given["id"])
    said = _resolved(tables, kind, given["input"])
    if kind == "Issue":
        labels = [*said.pop("labelIds", row["labelIds"]), *said.pop("addedLabelIds", [])]
        gone = said.pop("removedLabelIds", [])
        row["labelIds"] = [one for one in dict.fromkeys(labels) if one not in gone]
        _move(tables, row, said)
    if kind == "Project" and "statusId" in said:
        _reach(tables, row, tables.kinds["ProjectStatus"][said["statusId"]]["type"])
    if kind == "Document":
        said["updatedById"] = tables.me()["id"]
    if kind in _SAID:
        said["editedAt"] = tables.now()
    return _touched(tables, row, said)


def delete(tables: Tables, kind: str, given: Row) -> Row:
    """Take a row away, with the comments that answer it; raises RefusedError."""
    row = tables.find(kind, given["id"])
    for one in (row, *(one for one in tables.rows(kind) if one.get("parentId") == row["id"])):
        del tables.kinds[kind][one["id"]]
    return row


def _open_issue(tables: Tables, said: Row) -> Row:
    team = tables.kinds["Team"][said["teamId"]]
    number = 1 + max(
        (one["number"] for one in tables.rows("Issue") if one["teamId"] == team["id"]), default=0
    )
    state = _first(tables, "WorkflowState", teamId=team["id"])
    whole = {
        "number": number,
        "identifier": f"{team['key']}-{number}",
        "creatorId": tables.me()["id"],
        "stateId": state["id"],
        **said,
    }
    row = tables.make("Issue", **whole)
    _move(tables, row, {"stateId": row["stateId"]})
    return row


def _move(tables: Tables, row: Row, said: Row) -> None:
    """Move an issue to another state."""
    if "stateId" not in said:
        return
    state = tables.kinds["WorkflowState"][said["stateId"]]
    if state["teamId"] != said.get("teamId", row["teamId"]):
        raise RefusedError("The state does not belong to the team of the issue.")
    _reach(tables, row, state["type"])


def _reach(tables: Tables, row: Row, kind: str) -> None:
    """Write down when something was started, completed or canceled."""
    row |= {"completedAt": None, "canceledAt": None}
    if kind in {"started", "completed"} and row["startedAt"] is None:
        row["startedAt"] = tables.now()
    if kind in {"completed", "canceled"}:
        row[f"{kind}At"] = tables.now()


def _touched(tables: Tables, row: Row, said: Row) -> Row:
    row |= {**said, "updatedAt": tables.now()}
    return row


def _attach(tables: Tables, said: Row) -> Row:
    """Attach an address once: the second time changes what is there."""
    for row in tables.rows("Attachment"):
        if (row["url"], row["issueId"]) == (said["url"], said["issueId"]):
            return _touched(tables, row, said)
    return tables.make("Attachment", creatorId=tables.me()["id"], **said)


def _first(tables: Tables, kind: str, **facts: str) -> Row:
    """Give the first row of the backlog: of a team's states, of the states of projects."""
    wanted = {"type": "backlog", **facts}
    return next(row for row in tables.rows(kind) if wanted.items() <= row.items())


def _resolved(tables: Tables, kind: str, said: Mapping[str, Any]) -> Row:
    """Write every id as it stands in the tables; raises RefusedError where there is none."""
    refers = {**_REFERS, "parentId": kind}
    found: Row = {}
    for name, value in said.items():
        of_kind = refers.get(name)
        if of_kind is None or value is None:
            found[name] = value
        elif isinstance(value, list):
            found[name] = [tables.find(of_kind, one)["id"] for one in cast("list[str]", value)]
        else:
            found[name] = tables.find(of_kind, value)["id"]
    return found


# What each mutation does, to what, and how its payload calls that.
MUTATIONS: Mapping[str, tuple[Change, str, str]] = MappingProxyType(
    {
        f"{name}{deed}": (change, f"{name[0].upper()}{name[1:]}", name)
        for deed, change in (("Create", create), ("Update", update), ("Delete", delete))
        for name in (
            *("issue", "comment", "attachment", "issueRelation", "issueLabel", "document"),
            *("project", "projectMilestone", "projectUpdate", "initiative", "initiativeUpdate"),
        )
    }
)
