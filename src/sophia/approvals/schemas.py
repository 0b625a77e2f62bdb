"""The wire shapes of approvals and of the rules for tools."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sophia.core.permission import Subject, Verdict

type Decision = Literal["approve", "deny"]
type ToolClassName = Literal["read", "write", "destructive", "egress"]
type ReasonName = Literal["policy", "taint"]
type Target = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^(class:(read|write|destructive|egress)|[A-Za-z0-9_.\-*?]{1,200})$",
        description="`class:read|write|destructive|egress`, or tools by name: `github__*`.",
    ),
]


class AnswerIn(BaseModel):
    """A person's answer."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision


class ApprovalOut(BaseModel):
    """A tool call that waits for a person's answer, or did."""

    approval_id: UUID
    turn_id: UUID
    call_id: str
    tool: str
    arguments: dict[str, Any]
    tool_class: ToolClassName
    reason: ReasonName
    status: Literal["pending", "approved", "denied", "expired", "used"]
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None


class ApprovalsOut(BaseModel):
    """The approvals that wait for one's answer, the oldest first."""

    items: list[ApprovalOut]


class RuleShape(BaseModel):
    """What the operator says of a class of tools or of tools by name, for somebody."""

    model_config = ConfigDict(extra="forbid")

    subject: Subject = Subject.EVERYBODY
    subject_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_\-]*$")] = Field(
        "", description="The role's name, the user's or the key's id; empty for everybody."
    )
    target: Target
    verdict: Verdict

    @model_validator(mode="after")
    def _names_its_subject(self) -> "RuleShape":
        if (self.subject is Subject.EVERYBODY) is bool(self.subject_id):
            raise ValueError("a role, a user or a key has a subject_id; everybody has none")
        return self


class RulesShape(BaseModel):
    """The operator's rules; those built in stand behind them."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[RuleShape], Field(max_length=500)]
