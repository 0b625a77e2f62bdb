"""The tools for pull requests, as they are offered."""

from typing import Any

from sophia.servers.github.pull_schemas import (
    ChangedFiles,
    Checks,
    CreatePull,
    DiffOut,
    ListPulls,
    ListReviewRequests,
    Merged,
    MergePull,
    OneDiff,
    OnePull,
    PartOfPull,
    ReviewOut,
    ReviewPull,
    Reviews,
    SaidToPull,
    UpdatePull,
)
from sophia.servers.github.pulls import PullTools
from sophia.servers.github.schemas import FoundIssues, PullOut, Pulls
from sophia.servers.parts import Tool
from sophia.servers.vendor.offering import changes, reads, writes

_SET = "pull_requests"


def pull_tools(deeds: PullTools) -> list[Tool[Any, Any]]:
    """List the tools."""
    return [*_reading(deeds), *_writing(deeds)]


def _reading(deeds: PullTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="list_pull_requests",
            title="List pull requests",
            description="List a repository's pull requests, the youngest first.",
            arguments=ListPulls,
            result=Pulls,
            run=deeds.list_pull_requests,
            **reads(_SET),
        ),
        Tool(
            name="list_review_requests",
            title="List what waits for your review",
            description="List the open pull requests that wait for your review, everywhere or in"
            " one repository.",
            arguments=ListReviewRequests,
            result=FoundIssues,
            run=deeds.list_review_requests,
            **reads(_SET),
        ),
        Tool(
            name="get_pull_request",
            title="Read a pull request",
            description="Give a pull request with its text, size and head_sha; a long text goes"
            " on by body_cursor.",
            arguments=OnePull,
            result=PullOut,
            run=deeds.get_pull_request,
            **reads(_SET),
        ),
        Tool(
            name="list_pull_request_files",
            title="List what a pull request changes",
            description="List the files that a pull request changes, each with the beginning of its"
            " patch.",
            arguments=PartOfPull,
            result=ChangedFiles,
            run=deeds.list_pull_request_files,
            **reads(_SET),
        ),
        Tool(
            name="get_pull_request_diff",
            title="Read the diff of a file",
            description="Give all that a pull request changes in one file.",
            arguments=OneDiff,
            result=DiffOut,
            run=deeds.get_pull_request_diff,
            **reads(_SET),
        ),
        Tool(
            name="list_pull_request_checks",
            title="List checks",
            description="Say how the checks of a pull request's head went, and why some failed.",
            arguments=PartOfPull,
            result=Checks,
            run=deeds.list_pull_request_checks,
            **reads(_SET),
        ),
        Tool(
            name="list_pull_request_reviews",
            title="List reviews",
            description="List the reviews of a pull request, the oldest first.",
            arguments=SaidToPull,
            result=Reviews,
            run=deeds.list_pull_request_reviews,
            **reads(_SET),
        ),
    ]


def _writing(deeds: PullTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="create_pull_request",
            title="Open a pull request",
            description="Propose to merge a branch.",
            arguments=CreatePull,
            result=PullOut,
            run=deeds.create_pull_request,
            **writes(_SET),
        ),
        Tool(
            name="update_pull_request",
            title="Change a pull request",
            description="Change a pull request's title, text, state or target; the rest stays.",
            arguments=UpdatePull,
            result=PullOut,
            run=deeds.update_pull_request,
            is_idempotent=True,
            **changes(_SET),
        ),
        Tool(
            name="merge_pull_request",
            title="Merge a pull request",
            description="Merge a pull request if its head is still the one that you read.",
            arguments=MergePull,
            result=Merged,
            run=deeds.merge_pull_request,
            **changes(_SET),
        ),
        Tool(
            name="review_pull_request",
            title="Review a pull request",
            description="Approve a pull request, request changes or comment, by line too."
            " With verdict pending nobody else sees it yet.",
            arguments=ReviewPull,
            result=ReviewOut,
            run=deeds.review_pull_request,
            **writes(_SET),
        ),
    ]
