"""The tools for findings of security, with their due dates."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.codacy.client import Codacy
from sophia.servers.codacy.handles import Organization, Repo
from sophia.servers.codacy.raw_reviews import RawItem
from sophia.servers.codacy.schemas import PRIORITIES, Reason, Severity
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import (
    Body,
    Cursor,
    Fields,
    Json,
    Limit,
    body_of,
    by_cursor,
    chosen,
    snippet,
)
from sophia.servers.vendor.offering import Asked, changes, reads
from sophia.servers.vendor.reading import read_many, read_one

type Status = Literal["Overdue", "DueSoon", "OnTrack", "ClosedOnTime", "ClosedLate", "Ignored"]

_OPEN: list[Status] = ["Overdue", "DueSoon", "OnTrack"]


class ListItems(Asked):
    """The arguments of get_security_issues."""

    severity: Severity | None = Field(default=None, description="Only these; default: all.")
    repo: Repo = Field(default=None, description="Only of this repository; default: of all.")
    organization: Organization = None
    status: list[Status] = Field(
        default=_OPEN, max_length=6, description="Any of these; default: the open ones."
    )
    category: list[str] = Field(default=[], max_length=20, description="Such as Injection.")
    scan_type: list[str] = Field(
        default=[], max_length=10, description="Such as SAST, SCA, Secrets, IaC, DAST."
    )
    limit: Limit = 30
    cursor: Cursor = None


class OneItem(Asked):
    """The arguments of get_security_issue."""

    item_id: UUID
    organization: Organization = None
    fields: Fields = Field(default=[])
    body_cursor: Cursor = None


class IgnoreItem(Asked):
    """The arguments of ignore_security_issue."""

    item_id: UUID
    organization: Organization = None
    is_ignored: bool = Field(default=True, description="false: take it up again.")
    reason: Reason = "AcceptedUse"
    comment: str | None = Field(default=None, max_length=1_000)


class ItemOut(BaseModel):
    """A finding of security."""

    item_id: str
    title: str
    severity: str
    status: str
    repository: str | None
    category: str | None
    scan_type: str | None
    source: str
    cve: str | None
    cwe: str | None
    affected_version: str | None
    fixed_versions: list[str]
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    ignored: str | None = Field(description="By whom, and why.")
    url: str | None

    @classmethod
    def of(cls, raw: RawItem) -> Self:
        """Take what matters."""
        return cls(**_facts(raw))


class ItemInfo(ItemOut):
    """A finding of security with all that is known of it."""

    cvss_score: float | None
    affected_targets: str | None
    summary: Body
    remediation: str | None
    more: Json = {}


class Items(Page):
    """Findings of security."""

    items: list[ItemOut]


class SecurityTools:
    """What the tools do."""

    def __init__(self, codacy: Codacy) -> None:
        """Take whom to ask."""
        self._codacy = codacy

    async def get_security_issues(self, given: ListItems, _call: Call) -> Items:
        """List findings, of an organisation or of one repository."""
        wanted: dict[str, Any] = {
            "priorities": [PRIORITIES[given.severity]] if given.severity else [],
            "statuses": given.status,
            "categories": given.category,
            "scanTypes": given.scan_type,
        }
        if given.repo is not None:
            repository = await self._codacy.repository(given.repo)
            owner, wanted["repositories"] = repository.owner, [repository.name]
        else:
            owner = await self._codacy.organization(given.organization)
        body = {name: value for name, value in wanted.items() if value}

        async def ask(after: str | None, size: int) -> tuple[list[ItemOut], str | None]:
            found, following = await self._codacy.page(
                f"{owner.path}/security/items/search", after=after, size=size, body=body
            )
            return [ItemOut.of(raw) for raw in read_many(RawItem, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Items(items=kept, next_cursor=following)

    async def get_security_issue(self, given: OneItem, _call: Call) -> ItemInfo:
        """Give a finding."""
        owner = await self._codacy.organization(given.organization)
        found = await self._codacy.one(f"{owner.path}/security/items/{given.item_id}")
        return _info(found, given)

    async def ignore_security_issue(self, given: IgnoreItem, _call: Call) -> ItemOut:
        """Ignore a finding, or take it up again."""
        owner = await self._codacy.organization(given.organization)
        path = f"{owner.path}/security/items/{given.item_id}"
        if given.is_ignored:
            said = {"reason": given.reason, "comment": given.comment or ""}
            made = await self._codacy.http.send("POST", f"{path}/ignore", said)
        else:
            made = await self._codacy.http.send("POST", f"{path}/unignore")
        return ItemOut.of(read_one(RawItem, made["data"]))

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        reading = reads("security")
        return [
            Tool(
                name="get_security_issues",
                title="List findings of security",
                description="List findings of security and risk with severity, status and due date,"
                " of an organisation or of one repository. For quality use list_issues.",
                arguments=ListItems,
                result=Items,
                run=self.get_security_issues,
                **reading,
            ),
            Tool(
                name="get_security_issue",
                title="Read a finding of security",
                description="Give a finding of security with its summary and how to mend it.",
                arguments=OneItem,
                result=ItemInfo,
                run=self.get_security_issue,
                **reading,
            ),
            Tool(
                name="ignore_security_issue",
                title="Ignore a finding of security",
                description="Ignore a finding of security with a reason, or take an ignored one up"
                " again.",
                arguments=IgnoreItem,
                result=ItemOut,
                run=self.ignore_security_issue,
                is_idempotent=True,
                **changes("security"),
            ),
        ]


def _facts(raw: RawItem) -> Json:
    ignored = raw.ignored
    same = ("status", "repository", "scan_type", "cve", "cwe", "affected_version")
    times = ("opened_at", "due_at", "closed_at")
    return {
        **{name: getattr(raw, name) for name in (*same, *times)},
        "item_id": raw.id,
        "title": snippet(raw.title),
        "severity": raw.priority.lower(),
        "category": raw.security_category,
        "source": raw.item_source,
        "fixed_versions": raw.fixed_version or [],
        "ignored": f"{ignored.author_name}: {ignored.reason}" if ignored else None,
        "url": raw.html_url,
    }


def _info(found: Any, given: OneItem) -> ItemInfo:
    raw = read_one(RawItem, found)
    return ItemInfo(
        **_facts(raw),
        cvss_score=raw.cvss_score,
        affected_targets=raw.affected_targets,
        summary=body_of(raw.summary, cursor=given.body_cursor),
        remediation=snippet(raw.remediation, max_chars=1_500) or None,
        more=chosen(found, given.fields),
    )
