"""The tools of AI Memory that look after what is kept: lists, history, undoing, forgetting."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from sophia.kit.ids import MemoryId
from sophia.memory.schemas import MemoryFilter, MemoryOut
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import (
    ForgetIn,
    ForgetPreview,
    ForgottenOut,
    HistoryOut,
    ListQuery,
    MemoryLinkIn,
    MemoryPage,
    RestoreIn,
    ScopesOut,
    SupersededOut,
    SupersedeIn,
)
from sophia.servers.call import Call
from sophia.servers.memory.tools import DEFAULT_OWNER, OneMemory, UserId, origin_of
from sophia.servers.parts import Tool

TOOLSET = "upkeep"


class ListMemories(ListQuery):
    """The arguments of list_memories."""

    user_id: UserId | None = None


class ListScopes(BaseModel):
    """The arguments of list_memory_scopes."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId | None = None


class RestoreMemory(RestoreIn):
    """The arguments of restore_memory."""

    memory_id: UUID
    user_id: UserId | None = None


class SupersedeMemory(SupersedeIn):
    """The arguments of supersede_memory."""

    memory_id: UUID
    user_id: UserId | None = None


class LinkMemories(MemoryLinkIn):
    """The arguments of link_memories."""

    memory_id: UUID
    user_id: UserId | None = None


class PreviewForgetting(MemoryFilter):
    """The arguments of preview_forgetting."""

    user_id: UserId | None = None


class ForgetMemories(ForgetIn):
    """The arguments of forget_memories."""

    user_id: UserId | None = None


class Linked(BaseModel):
    """Two memories that have to do with each other, or no longer."""

    memory_id: UUID
    other_id: UUID
    is_linked: bool = Field(description="False: the link is gone.")


class UpkeepTools:
    """What the tools do."""

    def __init__(self, upkeep: MemoryUpkeep) -> None:
        """Take what looks after memories."""
        self._upkeep = upkeep

    async def list_memories(self, given: ListMemories, _call: Call) -> MemoryPage:
        """List memories."""
        return await self._upkeep.page(given, owner=given.user_id or DEFAULT_OWNER)

    async def list_memory_scopes(self, given: ListScopes, _call: Call) -> ScopesOut:
        """List scopes."""
        owner = given.user_id or DEFAULT_OWNER
        return ScopesOut(scopes=await self._upkeep.scopes(owner=owner))

    async def get_memory_history(self, given: OneMemory, _call: Call) -> HistoryOut:
        """Give what became of a memory."""
        return await self._upkeep.history(MemoryId(given.memory_id), owner=given.user_id)

    async def restore_memory(self, given: RestoreMemory, _call: Call) -> MemoryOut:
        """Undo a change."""
        return await self._upkeep.restore(
            MemoryId(given.memory_id), owner=given.user_id, change_id=given.change_id
        )

    async def supersede_memory(self, given: SupersedeMemory, call: Call) -> SupersededOut:
        """Put something in a memory's place."""
        return await self._upkeep.supersede(
            MemoryId(given.memory_id),
            given,
            owner=given.user_id or DEFAULT_OWNER,
            origin=origin_of(call),
        )

    async def link_memories(self, given: LinkMemories, _call: Call) -> Linked:
        """Link two memories."""
        owner = given.user_id or DEFAULT_OWNER
        await self._upkeep.link(MemoryId(given.memory_id), given, owner=owner)
        return Linked(
            memory_id=given.memory_id, other_id=given.other_id, is_linked=not given.is_removed
        )

    async def preview_forgetting(self, given: PreviewForgetting, _call: Call) -> ForgetPreview:
        """Show what would be forgotten."""
        return await self._upkeep.preview(given, owner=given.user_id or DEFAULT_OWNER)

    async def forget_memories(self, given: ForgetMemories, _call: Call) -> ForgottenOut:
        """Forget what was previewed."""
        owner = given.user_id or DEFAULT_OWNER
        return ForgottenOut(forgotten=await self._upkeep.forget(given, owner=owner))

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="list_memories",
                title="List memories",
                description="List memories by scope, category, tag, kind, source or time, the"
                " newest first; goes on by cursor.",
                arguments=ListMemories,
                result=MemoryPage,
                run=self.list_memories,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="list_memory_scopes",
                title="List scopes",
                description="List the scopes that there are: shared ones (org, team:NAME) and"
                " namespaces of one's own, with how much is in each.",
                arguments=ListScopes,
                result=ScopesOut,
                run=self.list_memory_scopes,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="get_memory_history",
                title="Show what a memory was",
                description="Give the changes of a memory, deleted or not, with what it was before"
                " each and whose doing it was.",
                arguments=OneMemory,
                result=HistoryOut,
                run=self.get_memory_history,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="restore_memory",
                title="Undo a change",
                description="Make a memory what it was before its latest change, or before the one"
                " given; brings back a deleted one. That too can be undone.",
                arguments=RestoreMemory,
                result=MemoryOut,
                run=self.restore_memory,
                toolset=TOOLSET,
            ),
            Tool(
                name="supersede_memory",
                title="Put in a memory's place",
                description="Say what holds in a memory's place from now on, or from valid_from:"
                " the old one is found no more, but by as_of.",
                arguments=SupersedeMemory,
                result=SupersededOut,
                run=self.supersede_memory,
                toolset=TOOLSET,
            ),
            Tool(
                name="link_memories",
                title="Link memories",
                description="Say that one memory has to do with another; get_memory shows it.",
                arguments=LinkMemories,
                result=Linked,
                run=self.link_memories,
                is_idempotent=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="preview_forgetting",
                title="Show what would be forgotten",
                description="Count and show what a filter would forget, with the confirmation that"
                " forget_memories asks for. Changes nothing.",
                arguments=PreviewForgetting,
                result=ForgetPreview,
                run=self.preview_forgetting,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="forget_memories",
                title="Forget many memories",
                description="Delete what preview_forgetting showed, by the same filter and its"
                " confirmation; each can be restored for a while.",
                arguments=ForgetMemories,
                result=ForgottenOut,
                run=self.forget_memories,
                is_destructive=True,
                timeout_s=120,
                toolset=TOOLSET,
            ),
        ]
