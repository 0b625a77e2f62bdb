"""The tools for issues, as they are offered."""

from typing import Any

from sophia.servers.linear.issue_arguments import (
    CreateIssue,
    ListIssues,
    OneIssue,
    SearchIssues,
    UpdateIssue,
)
from sophia.servers.linear.issues import IssueTools
from sophia.servers.linear.schemas import FoundIssues, IssueOut, Issues
from sophia.servers.parts import Tool
from sophia.servers.vendor.offering import changes, reads, writes


def issue_tools(deeds: IssueTools) -> list[Tool[Any, Any]]:
    """List the tools."""
    return [
        Tool(
            name="list_issues",
            title="List issues",
            description="List issues by team, state, assignee, project, cycle and more, those"
            " changed last first.",
            arguments=ListIssues,
            result=Issues,
            run=deeds.list_issues,
            **reads("issues"),
        ),
        Tool(
            name="search_issues",
            title="Search issues",
            description="Find issues by words, the best first.",
            arguments=SearchIssues,
            result=FoundIssues,
            run=deeds.search_issues,
            **reads("issues"),
        ),
        Tool(
            name="get_issue",
            title="Read an issue",
            description="Give an issue with its text, sub-issues, relations and attachments; a long"
            " text goes on by body_cursor.",
            arguments=OneIssue,
            result=IssueOut,
            run=deeds.get_issue,
            **reads("issues"),
        ),
        Tool(
            name="create_issue",
            title="Open an issue",
            description="Open an issue in a team.",
            arguments=CreateIssue,
            result=IssueOut,
            run=deeds.create_issue,
            **writes("issues"),
        ),
        Tool(
            name="update_issue",
            title="Change an issue",
            description="Change an issue: its state, assignee, priority, labels, project, cycle,"
            " text and more; what is left out stays.",
            arguments=UpdateIssue,
            result=IssueOut,
            run=deeds.update_issue,
            is_idempotent=True,
            **changes("issues"),
        ),
    ]
