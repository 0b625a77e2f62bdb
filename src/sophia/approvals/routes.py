"""Approvals and the rules for tools over HTTP."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import RowMapping
from starlette.requests import HTTPConnection

from sophia.approvals.schemas import (
    AnswerIn,
    ApprovalOut,
    ApprovalsOut,
    RuleShape,
    RulesShape,
)
from sophia.approvals.service import ApprovalService
from sophia.core.permission import Rule
from sophia.identity.guard import ChatReader, ToolsApprover, ToolsWriter

router = APIRouter(prefix="/api/v1", tags=["approvals"])


async def approval_service(connection: HTTPConnection) -> ApprovalService:
    """Give the service that the API process was wired with."""
    service: ApprovalService = connection.app.state.approvals
    return service


type Approvals = Annotated[ApprovalService, Depends(approval_service)]


@router.get("/approvals")
async def list_approvals(viewer: ChatReader, approvals: Approvals) -> ApprovalsOut:
    """List the tool calls that wait for one's answer, the oldest first."""
    return ApprovalsOut(items=[_approval_out(row) for row in await approvals.pending(viewer)])


@router.post("/approvals/{approval_id}")
async def answer_approval(
    viewer: ToolsApprover, approvals: Approvals, approval_id: UUID, body: AnswerIn
) -> ApprovalOut:
    """Approve or deny a tool call. The answer is good for this very call, once."""
    return _approval_out(await approvals.answer(viewer, approval_id, decision=body.decision))


@router.get("/tools/policy")
async def read_policy(_: ToolsWriter, approvals: Approvals) -> RulesShape:
    """Give the operator's rules for tools."""
    return _rules_out(await approvals.rules())


@router.put("/tools/policy")
async def replace_policy(viewer: ToolsWriter, approvals: Approvals, body: RulesShape) -> RulesShape:
    """Put these rules in the place of all earlier ones. They hold from the next call on."""
    # Of two that say something of the same, the later counts.
    given = {(rule.subject, rule.subject_id, rule.target): rule for rule in body.items}
    await approvals.replace_rules(
        viewer,
        [Rule(rule.subject, rule.subject_id, rule.target, rule.verdict) for rule in given.values()],
    )
    return _rules_out(await approvals.rules())


def _approval_out(row: RowMapping) -> ApprovalOut:
    return ApprovalOut.model_validate({**row, "approval_id": row["id"]})


def _rules_out(rules: Sequence[Rule]) -> RulesShape:
    return RulesShape(
        items=[
            RuleShape(
                subject=rule.subject,
                subject_id=rule.subject_id,
                target=rule.target,
                verdict=rule.verdict,
            )
            for rule in rules
        ]
    )
