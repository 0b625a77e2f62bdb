"""The tools for working through a review: reviewers, comments by line, what is pending."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub
from sophia.servers.github.handles import Repo, Thing, numbered
from sophia.servers.github.issues import comments_of
from sophia.servers.github.pull_schemas import MAX_BODY_CHARS, ReviewOut, SaidToPull
from sophia.servers.github.pulls import review_out
from sophia.servers.github.raw import RawComment, RawPull, RawReview
from sophia.servers.github.schemas import CommentOut, Comments, login_of
from sophia.servers.parts import Tool
from sophia.servers.vendor.errors import VendorMissingError
from sophia.servers.vendor.offering import Asked, changes, reads, writes
from sophia.servers.vendor.reading import read_many, read_one

_SET = "reviews"
_MOST = 100
_MAX_PAGES = 10


class UpdateBranch(Asked):
    """The arguments of update_pull_request_branch."""

    pull_request: Thing
    head_sha: str = Field(
        pattern=r"^[0-9a-f]{40}$", description="Its head_sha as you read it: nothing else is moved."
    )
    repo: Repo | None = None


class RequestReviewers(Asked):
    """The arguments of request_pull_request_reviewers."""

    pull_request: Thing
    repo: Repo | None = None
    method: Literal["add", "remove"] = "add"
    reviewers: list[str] = Field(default=[], max_length=15, description="Logins.")
    teams: list[str] = Field(default=[], max_length=15, description="Their short names.")

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not self.reviewers and not self.teams:
            raise ValueError("name reviewers or teams")
        return self


class SubmitReview(Asked):
    """The arguments of submit_pending_review."""

    pull_request: Thing
    verdict: Literal["approve", "request_changes", "comment", "discard"] = Field(
        description="discard: the review is deleted, with its comments."
    )
    repo: Repo | None = None
    body: str = Field(
        default="", max_length=MAX_BODY_CHARS, description="May be empty for approve and discard."
    )


class Reply(Asked):
    """The arguments of reply_to_review_comment."""

    pull_request: Thing
    comment_id: int = Field(ge=1, description="The first of its thread.")
    body: str = Field(min_length=1, max_length=MAX_BODY_CHARS, description="Markdown.")
    repo: Repo | None = None


class Reviewers(BaseModel):
    """Who is asked to review a pull request."""

    reviewers: list[str]
    teams: list[str]


class BranchUpdated(BaseModel):
    """What came of updating a branch."""

    message: str


class ReviewingTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_pull_request_comments(self, given: SaidToPull, _call: Call) -> Comments:
        """List what was said to lines."""
        repo, number = numbered(given.pull_request, given.repo)
        return await comments_of(self._github, repo, ("pulls", number), given)

    async def reply_to_review_comment(self, given: Reply, _call: Call) -> CommentOut:
        """Answer what was said to a line."""
        repo, number = numbered(given.pull_request, given.repo)
        path = f"{repo.path}/pulls/{number}/comments/{given.comment_id}/replies"
        made = await self._github.http.send("POST", path, {"body": given.body})
        return CommentOut.of(read_one(RawComment, made))

    async def request_pull_request_reviewers(
        self, given: RequestReviewers, _call: Call
    ) -> Reviewers:
        """Ask people or teams for a review, or no longer."""
        repo, number = numbered(given.pull_request, given.repo)
        asked = {
            "reviewers": await self._github.logins(given.reviewers),
            "team_reviewers": [name.rpartition("/")[2] for name in given.teams],
        }
        made = await self._github.http.send(
            "POST" if given.method == "add" else "DELETE",
            f"{repo.path}/pulls/{number}/requested_reviewers",
            asked,
        )
        raw = read_one(RawPull, made)
        return Reviewers(
            reviewers=[login_of(one) for one in raw.requested_reviewers or ()],
            teams=[one.slug for one in raw.requested_teams or ()],
        )

    async def submit_pending_review(self, given: SubmitReview, _call: Call) -> ReviewOut:
        """End one's pending review."""
        repo, number = numbered(given.pull_request, given.repo)
        path = f"{repo.path}/pulls/{number}/reviews"
        pending = await self._pending(path)
        if given.verdict == "discard":
            made = await self._github.http.send("DELETE", f"{path}/{pending.id}")
        else:
            asked = {
                "event": given.verdict.upper(),
                **({"body": given.body} if given.body else {}),
            }
            made = await self._github.http.send("POST", f"{path}/{pending.id}/events", asked)
        return review_out(read_one(RawReview, made))

    async def update_pull_request_branch(self, given: UpdateBranch, _call: Call) -> BranchUpdated:
        """Merge the target into the branch that is proposed."""
        repo, number = numbered(given.pull_request, given.repo)
        made: dict[str, Any] = await self._github.http.send(
            "PUT",
            f"{repo.path}/pulls/{number}/update-branch",
            {"expected_head_sha": given.head_sha},
        )
        return BranchUpdated(message=str(made.get("message", "")))

    async def _pending(self, path: str) -> RawReview:
        """Give one's pending review: nobody is shown anybody else's."""
        for page in range(1, _MAX_PAGES + 1):
            found = await self._github.http.get(path, {"per_page": _MOST, "page": page})
            reviews = read_many(RawReview, found)
            for review in reviews:
                if review.state == "PENDING":
                    return review
            if len(reviews) < _MOST:
                break
        raise VendorMissingError(
            "You have no pending review of it: review_pull_request with verdict=pending begins one."
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="list_pull_request_comments",
                title="List comments on lines",
                description="List what was said to lines of a pull request, the oldest first.",
                arguments=SaidToPull,
                result=Comments,
                run=self.list_pull_request_comments,
                **reads(_SET),
            ),
            Tool(
                name="reply_to_review_comment",
                title="Answer a comment on a line",
                description="Answer what was said to a line of a pull request.",
                arguments=Reply,
                result=CommentOut,
                run=self.reply_to_review_comment,
                **writes(_SET),
            ),
            Tool(
                name="request_pull_request_reviewers",
                title="Ask for a review",
                description="Ask people or teams to review a pull request, or no longer.",
                arguments=RequestReviewers,
                result=Reviewers,
                run=self.request_pull_request_reviewers,
                is_idempotent=True,
                **writes(_SET),
            ),
            Tool(
                name="submit_pending_review",
                title="Submit a pending review",
                description="Submit the review that review_pull_request began with verdict pending,"
                " with its comments, or discard it.",
                arguments=SubmitReview,
                result=ReviewOut,
                run=self.submit_pending_review,
                **changes(_SET),
            ),
            Tool(
                name="update_pull_request_branch",
                title="Update a pull request's branch",
                description="Merge the target into the branch that is proposed, if its head is"
                " still the one that you read.",
                arguments=UpdateBranch,
                result=BranchUpdated,
                run=self.update_pull_request_branch,
                **writes(_SET),
            ),
        ]
