"""What there is in a workspace: types, how they refer to each other, and how they begin."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sophia.sandbox import team

type Row = dict[str, Any]

WEB = f"https://linear.app/{team.ORGANISATION}"

# A field that is another row, whose id stands in the field of that name with Id.
ONES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Issue": {
            "team": "Team",
            "state": "WorkflowState",
            "assignee": "User",
            "creator": "User",
            "project": "Project",
            "projectMilestone": "ProjectMilestone",
            "cycle": "Cycle",
            "parent": "Issue",
        },
        "User": {"organization": "Organization"},
        "Team": {"activeCycle": "Cycle"},
        "WorkflowState": {"team": "Team"},
        "IssueLabel": {"team": "Team", "parent": "IssueLabel"},
        "Cycle": {"team": "Team"},
        "Comment": {
            "issue": "Issue",
            "user": "User",
            "parent": "Comment",
            "externalUser": "ExternalUser",
            "botActor": "ActorBot",
        },
        "Attachment": {"issue": "Issue", "creator": "User"},
        "IssueRelation": {"issue": "Issue", "relatedIssue": "Issue"},
        "Project": {"status": "ProjectStatus", "lead": "User", "lastUpdate": "ProjectUpdate"},
        "ProjectMilestone": {"project": "Project"},
        "ProjectUpdate": {"project": "Project", "user": "User"},
        "Initiative": {"owner": "User"},
        "InitiativeUpdate": {"initiative": "Initiative", "user": "User"},
        "Document": {
            "creator": "User",
            "updatedBy": "User",
            "project": "Project",
            "initiative": "Initiative",
            "issue": "Issue",
            "team": "Team",
        },
    }
)
# A field that is all rows of a type that refer to this one by a field of theirs.
LISTS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Issue": {
            "comments": ("Comment", "issueId"),
            "children": ("Issue", "parentId"),
            "relations": ("IssueRelation", "issueId"),
            "inverseRelations": ("IssueRelation", "relatedIssueId"),
            "attachments": ("Attachment", "issueId"),
        },
        "Team": {"members": ("User", "teamIds")},
        "Project": {
            "projectMilestones": ("ProjectMilestone", "projectId"),
            "projectUpdates": ("ProjectUpdate", "projectId"),
        },
        "Initiative": {
            "projects": ("Project", "initiativeIds"),
            "initiativeUpdates": ("InitiativeUpdate", "initiativeId"),
        },
    }
)
# A field that is the rows of a type whose ids stand in a field of this one.
ITEMS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Issue": {"labels": ("IssueLabel", "labelIds")},
        "Project": {
            "teams": ("Team", "teamIds"),
            "accessibleTeams": ("Team", "teamIds"),
            "members": ("User", "memberIds"),
            "initiatives": ("Initiative", "initiativeIds"),
        },
    }
)


def _empty(*names: str) -> Row:
    return dict.fromkeys(names)


# What a row is that nothing else is said of.
DEFAULTS: Mapping[str, Row] = MappingProxyType(
    {
        "Organization": {},
        "User": {"active": True, "admin": False, "guest": False, "teamIds": []},
        "ExternalUser": _empty("email"),
        "ActorBot": {},
        "Team": {
            "description": None,
            "cyclesEnabled": True,
            "triageEnabled": False,
            "issueEstimationType": "fibonacci",
        },
        "WorkflowState": _empty("description"),
        "IssueLabel": {"description": None, "color": "#6b7280", "isGroup": False, "teamId": None},
        "Cycle": _empty("name", "description", "completedAt"),
        "Issue": {
            "description": None,
            "priority": 0,
            "labelIds": [],
            "customerTicketCount": 0,
            "previousIdentifiers": [],
            "sortOrder": 0.0,
            **_empty("addedToCycleAt", "addedToProjectAt", "autoArchivedAt", "autoClosedAt"),
            **_empty("startedAt", "completedAt", "canceledAt", "dueDate", "estimate"),
            **_empty("slaBreachesAt", "slaStartedAt", "slaType", "snoozedUntilAt"),
            **_empty("startedTriageAt", "triagedAt", "trashed"),
        },
        "Comment": _empty("editedAt", "resolvedAt"),
        "Attachment": _empty("subtitle", "sourceType"),
        "IssueRelation": {},
        "ProjectStatus": {},
        "Project": {
            "description": "",
            "content": None,
            "priority": 0,
            "color": "#3e63dd",
            "memberIds": [],
            "initiativeIds": [],
            "sortOrder": 0.0,
            "completedIssueCountHistory": [],
            "completedScopeHistory": [],
            "inProgressScopeHistory": [],
            "issueCountHistory": [],
            "scopeHistory": [],
            **_empty("startDate", "targetDate", "startedAt", "completedAt", "canceledAt"),
            **_empty("startDateResolution", "targetDateResolution", "trashed", "autoArchivedAt"),
        },
        "ProjectMilestone": _empty("description", "targetDate"),
        "ProjectUpdate": {"health": "onTrack", "editedAt": None},
        "Initiative": {"status": "Planned", **_empty("description", "content", "targetDate")},
        "InitiativeUpdate": {"health": "onTrack", "editedAt": None},
        "Document": _empty("content"),
    }
)


def written(moment: datetime) -> str:
    """Write a moment as Linear does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def slug(text: str) -> str:
    """Write a title as it stands in an address."""
    words = "".join(char if char.isalnum() else " " for char in text.lower()).split()
    return "-".join(words)[:60]
