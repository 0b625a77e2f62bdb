"""What operators decide on tools that are held back."""

from dataclasses import dataclass

from sqlalchemy import RowMapping

from sophia.audit.journal import record
from sophia.identity.deeds import deed
from sophia.identity.schemas import Viewer
from sophia.pins import repository
from sophia.pins.differences import differences
from sophia.pins.errors import DefinitionChangedError, PinMissingError, ToolRefusedError
from sophia.pins.pinning import State
from sophia.pins.schemas import HeldTool
from sophia.store.database import Database
from sophia.toolbox.wire import SEPARATOR


@dataclass(frozen=True, slots=True)
class PinService:
    """The tools that are held back, and what becomes of them."""

    database: Database

    async def held(self) -> list[HeldTool]:
        """Give every tool that is held back or was rejected, with what differs."""
        async with self.database.reading() as reader:
            rows = await repository.held(reader)
        return [_held(row) for row in rows]

    async def decide(self, viewer: Viewer, tool: str, *, hash_: str, is_approved: bool) -> None:
        """Let a tool be had as it is offered, or not; holds on all replicas within seconds.

        Raises PinMissingError, ToolRefusedError, DefinitionChangedError.
        """
        async with self.database.transaction() as writer:
            rows = {_name(row): row for row in await repository.held(writer)}
            row = rows.get(tool)
            if row is None:
                raise PinMissingError
            if row["state"] == State.REFUSED:
                raise ToolRefusedError(
                    f"{tool} cannot be approved: {row['reason']}. Its server has to change that."
                )
            if not await repository.decide(
                writer, row, hash_=hash_, is_approved=is_approved, user_id=viewer.user_id
            ):
                raise DefinitionChangedError
            outcome = "approved" if is_approved else "rejected"
            await record(writer, deed(viewer, "tool.decide", target=tool, outcome=outcome))


def _held(row: RowMapping) -> HeldTool:
    return HeldTool(
        tool=_name(row),
        server=row["server"],
        state=row["state"],
        is_approved_before=row["definition"] is not None,
        reason=row["reason"],
        hash=row["offered_hash"],
        seen_at=row["seen_at"],
        changes=differences(row["definition"], row["offered"]),
    )


def _name(row: RowMapping) -> str:
    return f"{row['server']}{SEPARATOR}{row['tool']}"
