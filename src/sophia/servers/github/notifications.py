"""The tools for notifications."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import Repo, repository
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Limit
from sophia.servers.vendor.offering import Asked, reads, writes
from sophia.servers.vendor.reading import Raw

_SET = "notifications"
_TOLD = {
    "read": "It is read.",
    "done": "It is done, and gone from the list.",
    "ignore": "Nothing of it is told any more, unless somebody names you.",
    "watch": "Everything of it is told.",
    "read_all": "All of them are read.",
}


class ListNotifications(Asked):
    """The arguments of list_notifications."""

    repo: Repo | None = None
    is_all: bool = Field(default=False, description="true: those that are read too.")
    is_participating: bool = Field(default=False, description="true: only where you take part.")
    since: datetime | None = None
    limit: Limit = 30
    cursor: Cursor = None


class WriteNotification(Asked):
    """The arguments of notification_write."""

    method: Literal["read", "done", "ignore", "watch", "read_all"]
    thread_id: str | None = Field(
        default=None, pattern="^[0-9]{1,20}$", description="Which; for all but read_all."
    )
    repo: Repo | None = Field(default=None, description="With read_all: only of this repository.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.method != "read_all" and self.thread_id is None:
            raise ValueError(f"method={self.method} needs thread_id; list_notifications gives it")
        return self


class NotificationOut(BaseModel):
    """A notification."""

    thread_id: str
    repo: str
    kind: str
    title: str
    reason: str
    is_unread: bool
    updated_at: datetime
    number: int | None = Field(description="Of the issue or pull request that it is about.")


class Notifications(Page):
    """Notifications, the youngest first."""

    notifications: list[NotificationOut]


class NotificationWritten(BaseModel):
    """What became of it."""

    told: str


class _Subject(Raw):
    title: str
    type: str
    url: str | None


class _Repository(Raw):
    full_name: str


class _Thread(Raw):
    id: str
    repository: _Repository
    subject: _Subject
    reason: str
    unread: bool
    updated_at: datetime


class NotificationTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_notifications(self, given: ListNotifications, _call: Call) -> Notifications:
        """List notifications."""
        listing = Listing(
            path=f"{_within(given.repo)}/notifications",
            form=_Thread,
            shape=_notification,
            asked={
                "all": given.is_all,
                "participating": given.is_participating,
                "since": given.since.isoformat() if given.since else None,
            },
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Notifications(notifications=kept, next_cursor=following)

    async def notification_write(
        self, given: WriteNotification, _call: Call
    ) -> NotificationWritten:
        """Mark notifications, or choose what is told of their thread."""
        http, thread = self._github.http, f"/notifications/threads/{given.thread_id}"
        match given.method:
            case "read":
                await http.send("PATCH", thread)
            case "done":
                await http.send("DELETE", thread)
            case "read_all":
                await http.send("PUT", f"{_within(given.repo)}/notifications", {})
            case _:
                is_ignored = given.method == "ignore"
                await http.send("PUT", f"{thread}/subscription", {"ignored": is_ignored})
        return NotificationWritten(told=_TOLD[given.method])

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="list_notifications",
                title="List notifications",
                description="List what GitHub has to tell you, of all repositories or one.",
                arguments=ListNotifications,
                result=Notifications,
                run=self.list_notifications,
                **reads(_SET),
            ),
            Tool(
                name="notification_write",
                title="Mark notifications",
                description="Mark a notification read or done, ignore or watch its thread, or mark"
                " all read.",
                arguments=WriteNotification,
                result=NotificationWritten,
                run=self.notification_write,
                is_idempotent=True,
                **writes(_SET),
            ),
        ]


def _within(repo: str | None) -> str:
    return "" if repo is None else repository(repo).path


def _notification(raw: _Thread) -> NotificationOut:
    last = (raw.subject.url or "").rpartition("/")[2]
    return NotificationOut(
        thread_id=raw.id,
        repo=raw.repository.full_name,
        kind=raw.subject.type,
        title=raw.subject.title,
        reason=raw.reason,
        is_unread=raw.unread,
        updated_at=raw.updated_at,
        number=int(last) if last.isdecimal() else None,
    )
