"""What people do with approvals and rules: see, answer, change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.approvals import repository
from sophia.approvals.errors import ApprovalAnsweredError, ApprovalMissingError
from sophia.audit.journal import Deed, record
from sophia.core.permission import Rule
from sophia.dispatch.port import TurnQueue
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

_STATUS = {"approve": "approved", "deny": "denied"}


@dataclass(frozen=True, slots=True)
class ApprovalService:
    """The questions to the users, and the operator's rules."""

    owned: UserDatabase
    database: Database
    queue: TurnQueue

    async def pending(self, viewer: Viewer) -> Sequence[RowMapping]:
        """Give the questions that wait for the viewer's answer."""
        async with self.owned.reading(viewer.user_id) as reader:
            return await repository.pending(reader, user_id=viewer.user_id)

    async def answer(self, viewer: Viewer, approval_id: UUID, *, decision: str) -> RowMapping:
        """Store the answer and let a worker go on with the turn.

        Raises ApprovalMissingError, ApprovalAnsweredError.
        """
        async with self.owned.transaction(viewer.user_id) as writer:
            turn_id = await repository.lock_turn(writer, id_=approval_id, user_id=viewer.user_id)
            if turn_id is None:
                raise ApprovalMissingError
            row = await repository.answer(
                writer, id_=approval_id, user_id=viewer.user_id, status=_STATUS[decision]
            )
            if row is None:
                raise ApprovalAnsweredError
            await repository.wake(writer, turn_id=turn_id)
            await record(writer, _answered(viewer, row))
        await self.queue.offer(turn_id)
        return row

    async def rules(self) -> Sequence[Rule]:
        """Give the operator's rules."""
        async with self.database.reading() as reader:
            return await repository.rules(reader)

    async def replace_rules(self, viewer: Viewer, rules: Sequence[Rule]) -> None:
        """Put these rules in the place of all earlier ones."""
        async with self.database.transaction() as writer:
            await repository.replace_rules(writer, rules)
            await record(writer, deed(viewer, "policy.replace", outcome=f"{len(rules)} rules"))


def _answered(viewer: Viewer, row: RowMapping) -> Deed:
    said = deed(viewer, "approval.answer", target=row["tool"], outcome=row["status"])
    return replace(
        said,
        approval_id=row["id"],
        arguments_hash=row["arguments_hash"],
        turn_id=row["turn_id"],
    )
