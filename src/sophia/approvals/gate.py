"""The gate before the tools: rules, taint, and approvals that are good for one call, once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sophia.approvals import repository
from sophia.approvals.repository import BoundCall
from sophia.core.events import ApprovalRequested
from sophia.core.messages import ToolCall, ToolSpec
from sophia.core.permission import (
    Reason,
    Rule,
    ToolClass,
    Verdict,
    arguments_hash,
    class_of,
    verdict_on,
)
from sophia.core.ports import Caller, Decision, Refuse, Run
from sophia.kit.clock import Clock
from sophia.kit.ids import TurnId, UserId, uuid7
from sophia.store.database import Database, Writer


class PostgresGate:
    """A Gate over the operator's rules and the table of approvals."""

    def __init__(
        self,
        database: Database,
        *,
        timeout_s: float,
        taint_exempt: frozenset[str],
        clock: Clock,
    ) -> None:
        """Take how long a question waits, and the tools that taint does not concern."""
        self._database = database
        self._timeout_s = timeout_s
        self._taint_exempt = taint_exempt
        self._clock = clock

    async def decide(
        self, calls: Sequence[tuple[ToolCall, ToolSpec]], *, caller: Caller, is_tainted: bool
    ) -> Sequence[Decision]:
        """Decide each call, in order; nothing is stored yet."""
        if not calls:
            return ()
        async with self._database.reading() as reader:
            rules = await repository.rules_for(reader, turn_id=caller.turn_id)
        return [self._decision(call, spec, rules, is_tainted=is_tainted) for call, spec in calls]

    async def answers(self, *, caller: Caller) -> Mapping[str, str]:
        """Give the status of each approval of the caller's turn, by its id."""
        async with self._database.reading() as reader:
            return await repository.statuses(reader, turn_id=caller.turn_id)

    async def redeem(self, approval_id: str, call: ToolCall, *, caller: Caller) -> str:
        """Give an approval's status and, if it is `approved`, have it used up by this very call."""
        bound = BoundCall(caller.turn_id, call.name, arguments_hash(call.arguments))
        async with self._database.single_write() as writer:
            if await repository.use(writer, id_=UUID(approval_id), call=bound):
                return "approved"
            found = await repository.status_of(writer, id_=UUID(approval_id), call=bound)
        return found or "missing"

    def _decision(
        self, call: ToolCall, spec: ToolSpec, rules: Sequence[Rule], *, is_tainted: bool
    ) -> Decision:
        verdict = verdict_on(spec, rules)
        if verdict is Verdict.DENY:
            return Refuse(f"The operator's rules do not allow {call.name}. It was not run.")
        if verdict is Verdict.ASK:
            return self._ask(call, spec, Reason.POLICY)
        is_exempt = class_of(spec) is ToolClass.READ or spec.name in self._taint_exempt
        return self._ask(call, spec, Reason.TAINT) if is_tainted and not is_exempt else Run()

    def _ask(self, call: ToolCall, spec: ToolSpec, reason: Reason) -> ApprovalRequested:
        expires_at = self._clock.now() + timedelta(seconds=self._timeout_s)
        return ApprovalRequested(
            approval_id=str(uuid7()),
            call_id=call.id,
            tool=call.name,
            arguments=call.arguments,
            tool_class=class_of(spec).value,
            reason=reason.value,
            expires_at=expires_at.isoformat(),
        )


async def store_questions(
    writer: Writer, asked: Sequence[ApprovalRequested], *, turn_id: TurnId, user_id: UserId
) -> None:
    """Store the questions of a turn that is about to wait for their answers."""
    if not asked:
        return
    values: list[dict[str, Any]] = [
        {
            "id": UUID(question.approval_id),
            "turn_id": turn_id,
            "user_id": user_id,
            "call_id": question.call_id,
            "tool": question.tool,
            "arguments": dict(question.arguments),
            "arguments_hash": arguments_hash(question.arguments),
            "tool_class": question.tool_class,
            "reason": question.reason,
            "expires_at": question.expires_at,
        }
        for question in asked
    ]
    await repository.add(writer, values)
