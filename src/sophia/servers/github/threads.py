"""The tools for what GitHub has in GraphQL alone: threads of a review, and drafts."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub
from sophia.servers.github.handles import Repo, Repository, Thing, numbered
from sophia.servers.github.raw import RawUser
from sophia.servers.github.schemas import login_of
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Body, Cursor, Limit, by_cursor, part_of
from sophia.servers.vendor.errors import VendorStrangeError
from sophia.servers.vendor.graphql import GraphRaw, RawConnection
from sophia.servers.vendor.offering import Asked, changes, reads, writes
from sophia.servers.vendor.reading import Raw, read_one

_SET = "reviews"
_THREAD = "id isResolved isOutdated path line resolvedBy { login }"
_SAID = "totalCount nodes { databaseId author { login } body createdAt url }"
_LIST = (
    "query($owner: String!, $name: String!, $number: Int!, $first: Int!, $after: String) {"
    " repository(owner: $owner, name: $name) { pullRequest(number: $number) {"
    " reviewThreads(first: $first, after: $after) {"
    f" nodes {{ {_THREAD} comments(first: 30) {{ {_SAID} }} }}"
    " pageInfo { hasNextPage endCursor } } } } }"
)


class ListThreads(Asked):
    """The arguments of list_review_threads."""

    pull_request: Thing
    repo: Repo | None = None
    state: Literal["open", "resolved", "all"] = "open"
    limit: Limit = 30
    cursor: Cursor = None


class SettleThread(Asked):
    """The arguments of resolve_review_thread."""

    thread_id: str = Field(min_length=1, max_length=100, description="Of list_review_threads.")
    method: Literal["resolve", "unresolve"] = "resolve"


class SetDraft(Asked):
    """The arguments of update_pull_request_draft_state."""

    pull_request: Thing
    is_draft: bool = Field(description="false: it is ready for review.")
    repo: Repo | None = None


class SaidInThread(Body):
    """A comment of a thread."""

    comment_id: int
    author: str
    created_at: datetime
    url: str


class ThreadOut(BaseModel):
    """A thread of a review."""

    thread_id: str
    path: str
    line: int | None
    is_resolved: bool
    is_outdated: bool = Field(description="What it is about has changed since.")
    resolved_by: str | None


class WholeThread(ThreadOut):
    """A thread of a review, with what was said in it."""

    comments: list[SaidInThread]
    comments_total: int


class Threads(Page):
    """Threads, the oldest first."""

    threads: list[WholeThread]


class DraftOut(BaseModel):
    """Whether a pull request is a draft now."""

    is_draft: bool
    url: str


class _RawSaid(GraphRaw):
    database_id: int
    author: RawUser | None
    body: str
    created_at: datetime
    url: str


class _RawSaids(GraphRaw):
    total_count: int
    nodes: list[_RawSaid]


class _RawThread(GraphRaw):
    id: str
    path: str
    line: int | None
    is_resolved: bool
    is_outdated: bool
    resolved_by: RawUser | None


class _RawWholeThread(_RawThread):
    comments: _RawSaids


class _RawDraft(GraphRaw):
    is_draft: bool
    url: str


class _RawNode(Raw):
    node_id: str


class ThreadTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_review_threads(self, given: ListThreads, _call: Call) -> Threads:
        """List the threads of a pull request."""
        repo, number = numbered(given.pull_request, given.repo)
        owner, _, name = str(repo).partition("/")

        async def ask(after: str | None, size: int) -> tuple[list[WholeThread], str | None]:
            asked = {"owner": owner, "name": name, "number": number, "first": size, "after": after}
            found = _at(await self._github.graph.read(_LIST, asked), *_THREADS_AT)
            page = read_one(RawConnection, found)
            raws = [read_one(_RawWholeThread, one) for one in page.nodes]
            wanted = [raw for raw in raws if given.state in {"all", _state(raw)}]
            shown = [await self._shown(repo, raw) for raw in wanted]
            return [one for one in shown if one.comments], page.following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Threads(threads=kept, next_cursor=following)

    async def resolve_review_thread(self, given: SettleThread, _call: Call) -> ThreadOut:
        """Say that a thread is settled, or that it is not."""
        deed = f"{given.method}ReviewThread"
        document = (
            f"mutation($id: ID!) {{ {deed}(input: {{threadId: $id}}) {{"
            f" thread {{ {_THREAD} }} }} }}"
        )
        made = await self._github.graph.change(document, {"id": given.thread_id})
        return ThreadOut(**_facts(read_one(_RawThread, _at(made, deed, "thread"))))

    async def update_pull_request_draft_state(self, given: SetDraft, _call: Call) -> DraftOut:
        """Make a pull request a draft, or ready for review."""
        repo, number = numbered(given.pull_request, given.repo)
        raw = read_one(_RawNode, await self._github.http.get(f"{repo.path}/pulls/{number}"))
        deed = "convertPullRequestToDraft" if given.is_draft else "markPullRequestReadyForReview"
        document = (
            f"mutation($id: ID!) {{ {deed}(input: {{pullRequestId: $id}}) {{"
            " pullRequest { isDraft url } } }"
        )
        made = await self._github.graph.change(document, {"id": raw.node_id})
        self._github.http.forget()
        now = read_one(_RawDraft, _at(made, deed, "pullRequest"))
        return DraftOut(is_draft=now.is_draft, url=now.url)

    async def _shown(self, repo: Repository, raw: _RawWholeThread) -> WholeThread:
        said = await self._github.lockdown.kept(
            raw.comments.nodes, by=lambda one: (str(repo), one.author)
        )
        return WholeThread(
            **_facts(raw),
            comments=[
                SaidInThread(
                    comment_id=one.database_id,
                    author=login_of(one.author),
                    created_at=one.created_at,
                    url=one.url,
                    **part_of(one.body, one.database_id),
                )
                for one in said
            ],
            comments_total=raw.comments.total_count,
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="list_review_threads",
                title="List threads of a review",
                description="List what is discussed at lines of a pull request as threads, those"
                " that are open or resolved; list_pull_request_comments reads a long comment on.",
                arguments=ListThreads,
                result=Threads,
                run=self.list_review_threads,
                **reads(_SET),
            ),
            Tool(
                name="resolve_review_thread",
                title="Resolve a thread",
                description="Say that a thread of a review is settled, or by unresolve that it is"
                " not.",
                arguments=SettleThread,
                result=ThreadOut,
                run=self.resolve_review_thread,
                is_idempotent=True,
                **writes(_SET),
            ),
            Tool(
                name="update_pull_request_draft_state",
                title="Draft, or ready for review",
                description="Make a pull request a draft, or ready for review, which tells its"
                " reviewers.",
                arguments=SetDraft,
                result=DraftOut,
                run=self.update_pull_request_draft_state,
                is_idempotent=True,
                **changes(_SET),
            ),
        ]


_THREADS_AT = ("repository", "pullRequest", "reviewThreads")


def _at(data: Any, *path: str) -> Any:
    """Give what lies at a path; raises VendorStrangeError."""
    for step in path:
        if not isinstance(data, dict):
            raise VendorStrangeError
        data = data.get(step)  # pyright: ignore[reportUnknownVariableType]
    return data  # pyright: ignore[reportUnknownVariableType]


def _state(raw: _RawThread) -> str:
    return "resolved" if raw.is_resolved else "open"


def _facts(raw: _RawThread) -> dict[str, Any]:
    return {
        "thread_id": raw.id,
        "path": raw.path,
        "line": raw.line,
        "is_resolved": raw.is_resolved,
        "is_outdated": raw.is_outdated,
        "resolved_by": login_of(raw.resolved_by) if raw.resolved_by else None,
    }
