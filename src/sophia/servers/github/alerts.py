"""The tools for what GitHub's scanners found."""

import re
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import Repo, repository
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Body, Cursor, Limit, body_of, by_cursor
from sophia.servers.vendor.client import Ask
from sophia.servers.vendor.offering import Asked, reads
from sophia.servers.vendor.reading import Raw, read_many, read_one

_SET = "security"
_AFTER = re.compile(r'<[^>]*[?&]after=([^&>]+)[^>]*>;\s*rel="next"')

type Kind = Literal["code_scanning", "dependabot", "secret_scanning"]
_PATHS = {
    "code_scanning": "code-scanning",
    "dependabot": "dependabot",
    "secret_scanning": "secret-scanning",
}


class ListAlerts(Asked):
    """The arguments of list_security_alerts."""

    kind: Kind
    repo: Repo
    is_open: bool = Field(default=True, description="false: those that are dealt with too.")
    limit: Limit = 30
    cursor: Cursor = None


class OneAlert(Asked):
    """The arguments of get_security_alert."""

    kind: Kind
    repo: Repo
    number: int = Field(ge=1)
    body_cursor: Cursor = None


class AlertBrief(BaseModel):
    """Something that a scanner found."""

    number: int
    kind: Kind
    state: str
    severity: str | None
    title: str
    where: str = Field(description="The file, package or kind of secret.")
    created_at: datetime
    url: str


class Alerts(Page):
    """What a scanner found, the youngest first."""

    alerts: list[AlertBrief]


class AlertOut(AlertBrief):
    """Something that a scanner found, in full. A secret itself is never given."""

    line: int | None
    fixed_in: str | None = Field(description="The first version of a package without it.")
    dismissed_reason: str | None
    body: Body


class _Rule(Raw):
    description: str | None = None
    full_description: str | None = None
    help: str | None = None
    severity: str | None = None
    security_severity_level: str | None = None


class _Location(Raw):
    path: str | None = None
    start_line: int | None = None


class _Instance(Raw):
    location: _Location | None = None


class _Package(Raw):
    ecosystem: str
    name: str


class _Advisory(Raw):
    summary: str
    description: str
    severity: str


class _Version(Raw):
    identifier: str


class _Vulnerability(Raw):
    package: _Package
    first_patched_version: _Version | None = None


class _Alert(Raw):
    """All three kinds: each fills in its own part."""

    number: int
    state: str | None
    html_url: str
    created_at: datetime
    dismissed_reason: str | None = None
    rule: _Rule | None = None
    most_recent_instance: _Instance | None = None
    security_advisory: _Advisory | None = None
    security_vulnerability: _Vulnerability | None = None
    secret_type: str | None = None
    secret_type_display_name: str | None = None
    resolution: str | None = None


class AlertTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_security_alerts(self, given: ListAlerts, _call: Call) -> Alerts:
        """List what a scanner found."""
        path = f"{repository(given.repo).path}/{_PATHS[given.kind]}/alerts"
        asked: dict[str, Any] = {"state": "open"} if given.is_open else {}
        if given.kind == "dependabot":
            kept, following = await self._by_link(path, asked, given)
        else:
            listing = Listing(
                path=path,
                form=_Alert,
                shape=lambda raw: _brief(raw, given.kind),
                asked=asked | _hidden(given.kind),
            )
            kept, following = await self._github.listed(
                listing, limit=given.limit, cursor=given.cursor
            )
        return Alerts(alerts=kept, next_cursor=following)

    async def get_security_alert(self, given: OneAlert, _call: Call) -> AlertOut:
        """Give what a scanner found."""
        path = f"{repository(given.repo).path}/{_PATHS[given.kind]}/alerts/{given.number}"
        raw = read_one(_Alert, await self._github.http.get(path, _hidden(given.kind)))
        patched = raw.security_vulnerability and raw.security_vulnerability.first_patched_version
        return AlertOut(
            **_brief(raw, given.kind).model_dump(),
            line=_location(raw).start_line,
            fixed_in=patched.identifier if patched else None,
            dismissed_reason=raw.dismissed_reason or raw.resolution,
            body=body_of(_told(raw), cursor=given.body_cursor),
        )

    async def _by_link(
        self, path: str, asked: dict[str, Any], given: ListAlerts
    ) -> tuple[list[AlertBrief], str | None]:
        """List as Dependabot does: the header of a page says where the next begins."""

        async def ask(after: str | None, size: int) -> tuple[list[AlertBrief], str | None]:
            params = {**asked, "per_page": size, "after": after}
            answer = await self._github.http.ask(Ask(method="GET", path=path, params=params))
            raws = read_many(_Alert, answer.json())
            following = _AFTER.search(answer.headers.get("link", ""))
            return [_brief(raw, given.kind) for raw in raws], following[1] if following else None

        return await by_cursor(ask, limit=given.limit, cursor=given.cursor)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="list_security_alerts",
                title="List security alerts",
                description="List what code scanning, Dependabot or secret scanning found in a"
                " repository.",
                arguments=ListAlerts,
                result=Alerts,
                run=self.list_security_alerts,
                **reads(_SET),
            ),
            Tool(
                name="get_security_alert",
                title="Read a security alert",
                description="Give one alert with what it means, where it is and what mends it."
                " Secrets themselves are never given.",
                arguments=OneAlert,
                result=AlertOut,
                run=self.get_security_alert,
                **reads(_SET),
            ),
        ]


def _hidden(kind: Kind) -> dict[str, Any]:
    return {"hide_secret": True} if kind == "secret_scanning" else {}


def _location(raw: _Alert) -> _Location:
    instance = raw.most_recent_instance
    return (instance.location if instance else None) or _Location()


def _brief(raw: _Alert, kind: Kind) -> AlertBrief:
    severity = title = where = None
    if raw.rule is not None:
        severity = raw.rule.security_severity_level or raw.rule.severity
        title, where = raw.rule.description, _location(raw).path
    elif raw.security_advisory is not None and raw.security_vulnerability is not None:
        package = raw.security_vulnerability.package
        severity, title = raw.security_advisory.severity, raw.security_advisory.summary
        where = f"{package.ecosystem}: {package.name}"
    else:
        title, where = raw.secret_type_display_name, raw.secret_type
    return AlertBrief(
        number=raw.number,
        kind=kind,
        state=raw.state or "open",
        severity=severity,
        title=title or "",
        where=where or "",
        created_at=raw.created_at,
        url=raw.html_url,
    )


def _told(raw: _Alert) -> str:
    if raw.security_advisory is not None:
        return raw.security_advisory.description
    if raw.rule is not None:
        return raw.rule.help or raw.rule.full_description or raw.rule.description or ""
    return ""
