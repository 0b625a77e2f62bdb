"""What the tools give: what matters of Asana's objects, in plain words."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from sophia.servers.asana.raw import (
    RawNamed,
    RawPortfolio,
    RawProject,
    RawStatus,
    RawValue,
)
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Json, body_of, snippet

_TEXT_CHARS = 2_000
_VALUE_CHARS = 200
# So many people and values are named.
MOST_NAMED = 20


class Thing(BaseModel):
    """Something by its gid and name."""

    gid: str
    name: str

    @classmethod
    def of(cls, raw: RawNamed) -> Self:
        """Take what matters."""
        return cls(gid=raw.gid, name=raw.name or "")


class Found(BaseModel):
    """Things by their names, all of them."""

    found: list[Thing]


class Things(Page):
    """Things by their names."""

    found: list[Thing]


class FieldValue(BaseModel):
    """The value of a custom field."""

    name: str
    value: str


class ProjectBrief(BaseModel):
    """A project in a list."""

    project_id: str
    name: str
    is_archived: bool
    is_completed: bool
    team: str | None
    start: date | None
    due: date | None
    last_status: str | None = Field(description="The title of the last status update.")
    modified_at: datetime | None
    url: str

    @classmethod
    def of(cls, raw: RawProject) -> Self:
        """Take what matters."""
        return cls(**project_facts(raw))


class Projects(Page):
    """Projects."""

    projects: list[ProjectBrief]


class ProjectOut(BaseModel):
    """A project."""

    project_id: str
    name: str
    is_archived: bool
    is_completed: bool
    owner: str | None
    team: str | None
    start: date | None
    due: date | None
    last_status: str | None
    modified_at: datetime | None
    url: str
    privacy: str | None
    members: list[str] = Field(description="The first 20.")
    created_at: datetime | None
    custom_fields: list[FieldValue] = Field(description="The first 20 that have a value.")
    body: Body
    more: Json = {}

    @classmethod
    def of(
        cls,
        raw: RawProject,
        *,
        owner: str | None,
        body: Body | None = None,
        more: Json | None = None,
    ) -> Self:
        """Take what matters."""
        return cls(
            **project_facts(raw),
            owner=owner,
            privacy=raw.privacy_setting,
            members=names_of(raw.members[:MOST_NAMED]),
            created_at=raw.created_at,
            custom_fields=values_of(raw.custom_fields),
            body=body or body_of(raw.notes),
            more=more or {},
        )


class StatusOut(BaseModel):
    """A status update."""

    status_id: str
    state: str
    title: str
    author: str | None
    created_at: datetime
    text: str

    @classmethod
    def of(cls, raw: RawStatus) -> Self:
        """Take what matters."""
        return cls(
            status_id=raw.gid,
            state=raw.status_type,
            title=raw.title,
            author=name_or_none(raw.created_by),
            created_at=raw.created_at,
            text=cut(raw.text),
        )


class Statuses(Page):
    """Status updates, the youngest first."""

    status_updates: list[StatusOut]


class PortfolioBrief(BaseModel):
    """A portfolio in a list."""

    portfolio_id: str
    name: str
    owner: str | None
    start: date | None
    due: date | None
    last_status: str | None
    created_at: datetime
    url: str

    @classmethod
    def of(cls, raw: RawPortfolio) -> Self:
        """Take what matters."""
        last = raw.current_status_update
        return cls(
            portfolio_id=raw.gid,
            name=raw.name,
            owner=name_or_none(raw.owner),
            start=raw.start_on,
            due=raw.due_on,
            last_status=last.title if last else None,
            created_at=raw.created_at,
            url=raw.permalink_url,
        )


class Portfolios(Page):
    """Portfolios."""

    portfolios: list[PortfolioBrief]


def project_facts(raw: RawProject) -> Json:
    """Give what a list and a single project both tell."""
    last = raw.current_status_update
    return {
        "project_id": raw.gid,
        "name": raw.name,
        "is_archived": raw.archived,
        "is_completed": raw.completed,
        "team": name_or_none(raw.team),
        "start": raw.start_on,
        "due": raw.due_on,
        "last_status": last.title if last else None,
        "modified_at": raw.modified_at,
        "url": raw.permalink_url,
    }


def name_or_none(raw: RawNamed | None) -> str | None:
    """Give how something is called; what is hidden has its gid."""
    return (raw.name or raw.gid) if raw is not None else None


def names_of(raws: Iterable[RawNamed]) -> list[str]:
    """Give how several things are called."""
    return [raw.name or raw.gid for raw in raws]


def cut(text: str) -> str:
    """Give a text up to a length."""
    return text if len(text) <= _TEXT_CHARS else f"{text[:_TEXT_CHARS]}…"


def values_of(raws: Iterable[RawValue]) -> list[FieldValue]:
    """Give the custom fields that have a value, briefly."""
    found = [raw for raw in raws if raw.display_value]
    return [
        FieldValue(name=raw.name, value=snippet(raw.display_value, max_chars=_VALUE_CHARS))
        for raw in found[:MOST_NAMED]
    ]
