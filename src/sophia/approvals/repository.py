"""Approvals and rules in PostgreSQL. Times are the database's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from sophia.core.permission import Rule, Subject, Verdict
from sophia.kit.ids import TurnId, UserId
from sophia.store.database import Reader, Writer

_RULES_FOR = text("""
    SELECT rule.subject, rule.subject_id, rule.target, rule.verdict
    FROM turns turn JOIN users person ON person.id = turn.user_id
    JOIN tool_rules rule ON rule.subject = 'everybody'
        OR (rule.subject = 'role' AND rule.subject_id = person.role)
        OR (rule.subject = 'user' AND rule.subject_id = person.id::text)
        OR (rule.subject = 'api_key' AND rule.subject_id = turn.request ->> 'api_key_id')
    WHERE turn.id = :turn_id
""")
_ADD = text("""
    INSERT INTO approvals (id, turn_id, user_id, call_id, tool, arguments, arguments_hash,
        tool_class, reason, status, created_at, expires_at)
    VALUES (:id, :turn_id, :user_id, :call_id, :tool, :arguments, :arguments_hash,
        :tool_class, :reason, 'pending', now(), :expires_at)
""").bindparams(bindparam("arguments", type_=JSONB))
# Before the call is made: whatever happens after this, the approval is spent.
_USE = text("""
    UPDATE approvals SET status = 'used', used_at = now()
    WHERE id = :id AND turn_id = :turn_id AND tool = :tool
        AND arguments_hash = :arguments_hash AND status = 'approved'
    RETURNING id
""")
_STATUS_OF = text("""
    SELECT status FROM approvals WHERE id = :id AND turn_id = :turn_id AND tool = :tool
        AND arguments_hash = :arguments_hash
""")
_PENDING = text("""
    SELECT * FROM approvals
    WHERE user_id = :user_id AND status = 'pending' AND expires_at > now()
    ORDER BY id LIMIT 200
""")
# The turn's row first, as its worker locks it: an answer is either seen by a turn that is about
# to wait, or finds it waiting.
_LOCK_TURN = text("""
    SELECT turn.id FROM turns turn
    WHERE turn.id = (SELECT turn_id FROM approvals WHERE id = :id AND user_id = :user_id)
    FOR UPDATE
""")
_ANSWER = text("""
    UPDATE approvals SET status = :status, answered_at = now(), answered_by = :user_id
    WHERE id = :id AND status = 'pending' AND expires_at > now() RETURNING *
""")
_WAKE = text("""
    UPDATE turns SET status = 'queued' WHERE id = :turn_id AND status = 'awaiting_approval'
""")
_RULES = text("SELECT subject, subject_id, target, verdict FROM tool_rules ORDER BY 1, 2, 3")
_CLEAR_RULES = text("DELETE FROM tool_rules")
_LOCK_RULES = text("LOCK TABLE tool_rules IN EXCLUSIVE MODE")
_ADD_RULE = text("""
    INSERT INTO tool_rules (subject, subject_id, target, verdict)
    VALUES (:subject, :subject_id, :target, :verdict)
""")


@dataclass(frozen=True, slots=True)
class BoundCall:
    """What an approval is bound to."""

    turn_id: TurnId
    tool: str
    arguments_hash: str


async def rules_for(reader: Reader, *, turn_id: TurnId) -> list[Rule]:
    """Give the rules that concern whoever began a turn."""
    return [_rule(row) for row in (await reader.execute(_RULES_FOR, {"turn_id": turn_id}))]


async def add(writer: Writer, values: Sequence[dict[str, Any]]) -> None:
    """Store questions that wait for an answer."""
    await writer.execute(_ADD, values)


async def statuses(reader: Reader, *, turn_id: TurnId) -> dict[str, str]:
    """Give the status of each approval of a turn."""
    found = await reader.execute(
        text("SELECT id, status FROM approvals WHERE turn_id = :turn_id"), {"turn_id": turn_id}
    )
    return {str(row.id): row.status for row in found}


async def use(writer: Writer, *, id_: UUID, call: BoundCall) -> bool:
    """Use an approval up; says whether it was approved, unused and for this very call."""
    return await writer.scalar(_USE, _bound(id_, call)) is not None


async def status_of(reader: Reader, *, id_: UUID, call: BoundCall) -> str | None:
    """Give the status of a call's approval, or nothing if it is not for this very call."""
    return await reader.scalar(_STATUS_OF, _bound(id_, call))


async def pending(reader: Reader, *, user_id: UserId) -> Sequence[RowMapping]:
    """Give the questions that wait for a user's answer, the oldest first."""
    return (await reader.execute(_PENDING, {"user_id": user_id})).mappings().all()


async def lock_turn(writer: Writer, *, id_: UUID, user_id: UserId) -> TurnId | None:
    """Lock the turn of a user's approval, or give nothing if there is no such approval."""
    found = await writer.scalar(_LOCK_TURN, {"id": id_, "user_id": user_id})
    return None if found is None else TurnId(found)


async def answer(writer: Writer, *, id_: UUID, user_id: UserId, status: str) -> RowMapping | None:
    """Store an answer; gives nothing if there was one, or the time was over."""
    values = {"id": id_, "user_id": user_id, "status": status}
    return (await writer.execute(_ANSWER, values)).mappings().one_or_none()


async def wake(writer: Writer, *, turn_id: TurnId) -> None:
    """Put a waiting turn back into the queue."""
    await writer.execute(_WAKE, {"turn_id": turn_id})


async def rules(reader: Reader) -> list[Rule]:
    """Give every rule that the operator made."""
    return [_rule(row) for row in await reader.execute(_RULES)]


async def replace_rules(writer: Writer, rules: Sequence[Rule]) -> None:
    """Put these rules in the place of all earlier ones."""
    await writer.execute(_LOCK_RULES)
    await writer.execute(_CLEAR_RULES)
    if rules:
        await writer.execute(
            _ADD_RULE,
            [
                {
                    "subject": rule.subject,
                    "subject_id": rule.subject_id,
                    "target": rule.target,
                    "verdict": rule.verdict,
                }
                for rule in rules
            ],
        )


def _bound(id_: UUID, call: BoundCall) -> dict[str, Any]:
    return {
        "id": id_,
        "turn_id": call.turn_id,
        "tool": call.tool,
        "arguments_hash": call.arguments_hash,
    }


def _rule(row: Any) -> Rule:
    return Rule(Subject(row.subject), row.subject_id, row.target, Verdict(row.verdict))
