"""An in-memory twin of the gate: verdicts by name, approvals in a dict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sophia.core.events import ApprovalRequested
from sophia.core.messages import ToolCall, ToolSpec
from sophia.core.permission import ToolClass, Verdict, arguments_hash, class_of, verdict_on
from sophia.core.ports import Caller, Decision, Refuse, Run
from sophia.kit.ids import TurnId, uuid7


@dataclass(slots=True)
class Question:
    """An approval: what it is bound to, and how it stands."""

    turn_id: TurnId
    tool: str
    hash: str
    status: str = "pending"


@dataclass(slots=True)
class InMemoryGate:
    """Allows all unless told otherwise; taint asks as it does for real."""

    verdicts: dict[str, Verdict] = field(default_factory=dict[str, Verdict])
    questions: dict[str, Question] = field(default_factory=dict[str, Question])

    async def decide(
        self, calls: Sequence[tuple[ToolCall, ToolSpec]], *, caller: Caller, is_tainted: bool
    ) -> Sequence[Decision]:
        return [self._decision(call, spec, caller, is_tainted=is_tainted) for call, spec in calls]

    async def answers(self, *, caller: Caller) -> Mapping[str, str]:
        return {
            id_: question.status
            for id_, question in self.questions.items()
            if question.turn_id == caller.turn_id
        }

    async def redeem(self, approval_id: str, call: ToolCall, *, caller: Caller) -> str:
        question = self.questions.get(approval_id)
        bound = Question(caller.turn_id, call.name, arguments_hash(call.arguments))
        if question is None or replace(question, status=bound.status) != bound:
            return "missing"
        status = question.status
        if status == "approved":
            question.status = "used"
        return status

    def answer_all(self, status: str) -> None:
        for question in self.questions.values():
            if question.status == "pending":
                question.status = status

    def _decision(
        self, call: ToolCall, spec: ToolSpec, caller: Caller, *, is_tainted: bool
    ) -> Decision:
        verdict = self.verdicts.get(call.name, verdict_on(spec, ()))
        if verdict is Verdict.DENY:
            return Refuse("not allowed")
        is_by_taint = is_tainted and class_of(spec) is not ToolClass.READ
        if verdict is Verdict.ALLOW and not is_by_taint:
            return Run()
        id_ = str(uuid7())
        self.questions[id_] = Question(caller.turn_id, call.name, arguments_hash(call.arguments))
        return ApprovalRequested(
            approval_id=id_,
            call_id=call.id,
            tool=call.name,
            arguments=call.arguments,
            tool_class=class_of(spec).value,
            reason="taint" if verdict is Verdict.ALLOW else "policy",
            expires_at="2026-11-23T09:05:00+00:00",
        )
