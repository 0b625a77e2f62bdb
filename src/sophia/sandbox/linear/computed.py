"""The fields that follow from others."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sophia.sandbox.linear.replies import unknown
from sophia.sandbox.linear.shapes import WEB, Row, slug, written
from sophia.sandbox.linear.tables import Tables

_PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")

type Compute = Callable[[Tables, Row], Any]


def value_of(tables: Tables, kind: str, row: Row, name: str) -> Any:
    """Give a field that is no other row; raises RefusedError."""
    computed = COMPUTED.get(kind, {}).get(name)
    if computed is not None:
        return computed(tables, row)
    if name not in row:
        raise unknown(kind, name)
    return row[name]


def _issues(tables: Tables, key: str, row: Row) -> list[Row]:
    return [one for one in tables.rows("Issue") if one.get(key) == row["id"]]


def _progress(key: str) -> Compute:
    """Count which part of its issues is done, as Linear does: started ones are a quarter done."""

    def compute(tables: Tables, row: Row) -> float:
        issues = [one for one in _issues(tables, key, row) if not one["canceledAt"]]
        done = sum(1.0 if one["completedAt"] else 0.25 * bool(one["startedAt"]) for one in issues)
        return done / len(issues) if issues else 0.0

    return compute


def _milestone_status(tables: Tables, row: Row) -> str:
    issues = _issues(tables, "projectMilestoneId", row)
    if issues and all(one["completedAt"] for one in issues):
        return "done"
    today = written(tables.clock.now())[:10]
    if row["targetDate"] and row["targetDate"] < today:
        return "overdue"
    return "next" if any(one["startedAt"] for one in issues) else "unstarted"


def _cycle_at(offset: int) -> Compute:
    """Say whether a cycle is that many after the one that runs."""

    def compute(tables: Tables, row: Row) -> bool:
        now = tables.now()
        of_team = [one for one in tables.rows("Cycle") if one["teamId"] == row["teamId"]]
        of_team.sort(key=lambda one: one["startsAt"])
        running = [at for at, one in enumerate(of_team) if one["startsAt"] <= now < one["endsAt"]]
        return bool(running) and of_team.index(row) == running[0] + offset

    return compute


def _url(kind: str, *, title: str = "name") -> Compute:
    def compute(_tables: Tables, row: Row) -> str:
        return f"{WEB}/{kind}/{slug(row[title])}-{row['slugId']}"

    return compute


def _update_url(kind: str) -> Compute:
    def compute(tables: Tables, row: Row) -> str:
        subject = tables.kinds[kind.capitalize()][row[f"{kind}Id"]]
        return f"{WEB}/{kind}/{slug(subject['name'])}-{subject['slugId']}/updates#{row['id']}"

    return compute


def _health(kind: str, key: str) -> Compute:
    def compute(tables: Tables, row: Row) -> str | None:
        last = _last(tables, kind, key, row)
        return last["health"] if last else None

    return compute


def _last(tables: Tables, kind: str, key: str, row: Row) -> Row | None:
    found = [one for one in tables.rows(kind) if one[key] == row["id"]]
    return max(found, key=lambda one: one["createdAt"], default=None)


def _issue_url(_tables: Tables, row: Row) -> str:
    return f"{WEB}/issue/{row['identifier']}/{slug(row['title'])}"


COMPUTED: Mapping[str, Mapping[str, Compute]] = MappingProxyType(
    {
        "Issue": {
            "url": _issue_url,
            "branchName": lambda _tables, row: f"{row['identifier'].lower()}-{slug(row['title'])}",
            "priorityLabel": lambda _tables, row: _PRIORITIES[int(row["priority"])],
        },
        "User": {"isMe": lambda tables, row: row is tables.me()},
        "Comment": {
            "url": lambda tables, row: (
                f"{_issue_url(tables, tables.kinds['Issue'][row['issueId']])}#{row['id'][:8]}"
            )
        },
        "Cycle": {
            "progress": _progress("cycleId"),
            "isActive": _cycle_at(0),
            "isNext": _cycle_at(1),
            "isPrevious": _cycle_at(-1),
        },
        "Team": {
            "activeCycleId": lambda tables, row: next(
                (
                    one["id"]
                    for one in tables.rows("Cycle")
                    if one["teamId"] == row["id"] and _cycle_at(0)(tables, one)
                ),
                None,
            )
        },
        "Project": {
            "url": _url("project"),
            "progress": _progress("projectId"),
            "scope": lambda tables, row: float(
                sum(one["estimate"] or 1 for one in _issues(tables, "projectId", row))
            ),
            "health": _health("ProjectUpdate", "projectId"),
            "healthUpdatedAt": lambda tables, row: (
                _last(tables, "ProjectUpdate", "projectId", row) or {}
            ).get("createdAt"),
            "lastUpdateId": lambda tables, row: (
                _last(tables, "ProjectUpdate", "projectId", row) or {}
            ).get("id"),
        },
        "ProjectMilestone": {
            "progress": _progress("projectMilestoneId"),
            "status": _milestone_status,
        },
        "ProjectUpdate": {"url": _update_url("project")},
        "Initiative": {
            "url": _url("initiative"),
            "health": _health("InitiativeUpdate", "initiativeId"),
        },
        "InitiativeUpdate": {"url": _update_url("initiative")},
        "Document": {"url": _url("document", title="title")},
    }
)


def one_of(tables: Tables, kind: str, row: Row, name: str) -> Row | None:
    """Give the row that a field refers to, where the reference itself is computed, too."""
    computed = COMPUTED.get(kind, {}).get(f"{name}Id")
    if computed is None:
        return tables.one(kind, row, name)
    return tables.one(kind, {f"{name}Id": computed(tables, row)}, name)
