"""The tools for what stands beside an issue: comments, attachments, relations."""

from typing import Any, Literal

from pydantic import Field

from sophia.servers.call import Call
from sophia.servers.linear.client import Linear, creating, deleting, single, within
from sophia.servers.linear.handles import IssueId, issue_id
from sophia.servers.linear.issue_arguments import MAX_TEXT_CHARS
from sophia.servers.linear.raw import RawAttachment, RawComment, RawRelated
from sophia.servers.linear.schemas import (
    AttachmentOut,
    Attachments,
    CommentOut,
    Comments,
    Deleted,
    Relation,
    Relations,
    relations_of,
)
from sophia.servers.linear.selections import ATTACHMENT, COMMENT, relations
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Limit, Part, PartCursor, fitting
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.offering import Asked, changes, reads, writes
from sophia.servers.vendor.reading import read_one

_MOST_RELATIONS = 60
_COMMENTS = within("issue", "comments", COMMENT)
_COMMENT = creating("commentCreate", "CommentCreateInput", "comment", COMMENT)
_UNCOMMENT = deleting("commentDelete")
_ATTACHMENTS = within("issue", "attachments", ATTACHMENT)
_ATTACH = creating("attachmentCreate", "AttachmentCreateInput", "attachment", ATTACHMENT)
_RELATIONS = single("issue", f"identifier {relations(_MOST_RELATIONS)}")
_RELATE = creating("issueRelationCreate", "IssueRelationCreateInput", "issueRelation", "id")
_UNRELATE = deleting("issueRelationDelete")

# How Linear writes a relation, and whether it begins at the other issue.
_LINEARS: dict[Relation, tuple[str, bool]] = {
    "blocks": ("blocks", False),
    "blocked_by": ("blocks", True),
    "related": ("related", False),
    "duplicate_of": ("duplicate", False),
    "duplicated_by": ("duplicate", True),
}


class PartOfIssue(Asked):
    """The arguments of list_attachments."""

    issue_id: IssueId
    limit: Limit = 30
    cursor: Cursor = None


class ListComments(PartOfIssue):
    """The arguments of list_comments."""

    body_cursor: PartCursor = None


class AddComment(Asked):
    """The arguments of add_comment."""

    issue_id: IssueId
    body: str = Field(min_length=1, max_length=MAX_TEXT_CHARS, description="Markdown.")
    reply_to: str | None = Field(
        default=None, max_length=36, description="The comment_id that it answers."
    )


class OneComment(Asked):
    """The arguments of delete_comment."""

    comment_id: str = Field(min_length=1, max_length=36)


class CreateAttachment(Asked):
    """The arguments of create_attachment."""

    issue_id: IssueId
    url: str = Field(
        pattern=r"^https?://",
        max_length=2_000,
        description="Of a pull request, a document, a page; the same address is kept once.",
    )
    title: str = Field(min_length=1, max_length=255)
    subtitle: str | None = Field(default=None, max_length=255)


class OneIssueId(Asked):
    """The arguments of list_relations."""

    issue_id: IssueId


class CreateRelation(Asked):
    """The arguments of create_relation."""

    issue_id: IssueId
    relation: Literal["blocks", "blocked_by", "related", "duplicate_of", "duplicated_by"]
    other: IssueId


class OneRelation(Asked):
    """The arguments of delete_relation."""

    relation_id: str = Field(min_length=1, max_length=36, description="As list_relations gives it.")


class DiscussionTools:
    """What the tools do."""

    def __init__(self, linear: Linear) -> None:
        """Take whom to ask."""
        self._linear = linear

    async def list_comments(self, given: ListComments, _call: Call) -> Comments:
        """List what was said to an issue."""
        if given.body_cursor is not None:
            part = Part.asked(given.body_cursor)
            raw = await self._linear.one(_COMMENT.lookup, "comment", id=part.key)
            return Comments(comments=[_comment(raw, start=part.start)])
        kept, following = await self._linear.listed(
            given, _COMMENTS, "issue.comments", _comment, id=issue_id(given.issue_id)
        )
        return Comments(comments=kept, next_cursor=following)

    async def add_comment(self, given: AddComment, _call: Call) -> CommentOut:
        """Say something to an issue."""
        asked = {"issueId": issue_id(given.issue_id), "body": given.body}
        if given.reply_to is not None:
            asked["parentId"] = given.reply_to
        return _comment(await self._linear.create(_COMMENT, asked))

    async def delete_comment(self, given: OneComment, _call: Call) -> Deleted:
        """Take a comment away."""
        await self._linear.change(_UNCOMMENT, "commentDelete", id=given.comment_id)
        return Deleted(deleted=given.comment_id)

    async def list_attachments(self, given: PartOfIssue, _call: Call) -> Attachments:
        """List what is attached to an issue."""
        kept, following = await self._linear.listed(
            given, _ATTACHMENTS, "issue.attachments", _attachment, id=issue_id(given.issue_id)
        )
        return Attachments(attachments=kept, next_cursor=following)

    async def create_attachment(self, given: CreateAttachment, _call: Call) -> AttachmentOut:
        """Attach an address to an issue."""
        asked = {
            "issueId": issue_id(given.issue_id),
            "url": given.url,
            "title": given.title,
            **({"subtitle": given.subtitle} if given.subtitle else {}),
        }
        return _attachment(await self._linear.create(_ATTACH, asked))

    async def list_relations(self, given: OneIssueId, _call: Call) -> Relations:
        """Say how an issue stands to others."""
        return await self._relations(issue_id(given.issue_id))

    async def create_relation(self, given: CreateRelation, _call: Call) -> Relations:
        """Relate two issues."""
        one, other = issue_id(given.issue_id), issue_id(given.other)
        if one == other:
            raise HandleError(f"{one} cannot be related to itself: name another issue in other.")
        kind, is_backward = _LINEARS[given.relation]
        begins, ends = (other, one) if is_backward else (one, other)
        asked = {"type": kind, "issueId": begins, "relatedIssueId": ends}
        await self._linear.create(_RELATE, asked)
        return await self._relations(one)

    async def delete_relation(self, given: OneRelation, _call: Call) -> Deleted:
        """Take a relation away."""
        await self._linear.change(_UNRELATE, "issueRelationDelete", id=given.relation_id)
        return Deleted(deleted=given.relation_id)

    async def _relations(self, one: str) -> Relations:
        raw = read_one(RawRelated, await self._linear.one(_RELATIONS, "issue", id=one))
        found = relations_of(raw)
        kept = fitting(found)
        longest = max(len(raw.relations.nodes), len(raw.inverse_relations.nodes))
        return Relations(
            issue_id=raw.identifier,
            relations=kept,
            is_complete=len(kept) == len(found) and longest < _MOST_RELATIONS,
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [*self._reading(), *self._writing()]

    def _reading(self) -> list[Tool[Any, Any]]:
        return [
            Tool(
                name="list_comments",
                title="List comments",
                description="List what was said to an issue, the youngest first.",
                arguments=ListComments,
                result=Comments,
                run=self.list_comments,
                **reads("issues"),
            ),
            Tool(
                name="list_attachments",
                title="List attachments",
                description="List what is attached to an issue: pull requests, pages, files.",
                arguments=PartOfIssue,
                result=Attachments,
                run=self.list_attachments,
                **reads("issues"),
            ),
            Tool(
                name="list_relations",
                title="List relations",
                description="Say what an issue blocks, what blocks it, and of what it is a"
                " duplicate.",
                arguments=OneIssueId,
                result=Relations,
                run=self.list_relations,
                **reads("issues"),
            ),
        ]

    def _writing(self) -> list[Tool[Any, Any]]:
        return [
            Tool(
                name="add_comment",
                title="Comment",
                description="Say something to an issue, or answer a comment.",
                arguments=AddComment,
                result=CommentOut,
                run=self.add_comment,
                **writes("issues"),
            ),
            Tool(
                name="delete_comment",
                title="Delete a comment",
                description="Take a comment away, with what answers it.",
                arguments=OneComment,
                result=Deleted,
                run=self.delete_comment,
                **changes("issues"),
            ),
            Tool(
                name="create_attachment",
                title="Attach an address",
                description="Attach the address of a pull request, page or file to an issue.",
                arguments=CreateAttachment,
                result=AttachmentOut,
                run=self.create_attachment,
                is_idempotent=True,
                **writes("issues"),
            ),
            Tool(
                name="create_relation",
                title="Relate issues",
                description="Say that an issue blocks another, is blocked by it, is its duplicate"
                " or is related.",
                arguments=CreateRelation,
                result=Relations,
                run=self.create_relation,
                **writes("issues"),
            ),
            Tool(
                name="delete_relation",
                title="Unrelate issues",
                description="Take a relation between two issues away.",
                arguments=OneRelation,
                result=Deleted,
                run=self.delete_relation,
                **changes("issues"),
            ),
        ]


def _comment(raw: Any, *, start: int = 0) -> CommentOut:
    return CommentOut.of(read_one(RawComment, raw), start=start)


def _attachment(raw: Any) -> AttachmentOut:
    return AttachmentOut.of(read_one(RawAttachment, raw))
