"""The tools of AI Memory."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from sophia.kit.ids import MemoryId
from sophia.memory.drafts import Origin
from sophia.memory.fields import MAX_BATCH, MAX_LIMIT, Name, Query
from sophia.memory.schemas import (
    ConversationIn,
    FoundMemory,
    MemoryChanges,
    MemoryIn,
    MemoryOut,
    SaidMemory,
    SearchQuery,
    Several,
    StatsOut,
    StoredOut,
)
from sophia.memory.service import MemoryService
from sophia.servers.call import Call
from sophia.servers.parts import Tool

DEFAULT_OWNER = "default"
TOOLSET = "memories"

UserId = Annotated[Name, Field(description="Whose memories; any name of your choice.")]


class StoreMemory(MemoryIn):
    """The arguments of store_memory."""

    user_id: UserId | None = None


class StoreMemories(BaseModel):
    """The arguments of store_memories."""

    model_config = ConfigDict(extra="forbid")

    memories: list[MemoryIn] = Field(min_length=1, max_length=MAX_BATCH)
    user_id: UserId | None = None


class SearchMemories(SearchQuery):
    """The arguments of search_memories."""

    user_id: UserId | None = None


class OneMemory(BaseModel):
    """The arguments of tools that are about one memory."""

    model_config = ConfigDict(extra="forbid")

    memory_id: UUID
    user_id: UserId | None = None


class DeleteMemory(OneMemory):
    """The arguments of delete_memory."""

    is_for_good: bool = Field(
        default=False, description="Without a way back: its history goes with it."
    )


class UpdateMemory(MemoryChanges):
    """The arguments of update_memory."""

    memory_id: UUID
    user_id: UserId | None = None


class StoreConversation(ConversationIn):
    """The arguments of store_conversation."""

    user_id: UserId


class GetContext(BaseModel):
    """The arguments of get_conversation_context."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId
    query: Query | None = None
    limit: int = Field(default=10, ge=1, le=MAX_LIMIT)


class GetStats(BaseModel):
    """The arguments of get_memory_stats."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId | None = None


class StoredMany(BaseModel):
    """What became of several memories, in their order."""

    memories: list[StoredOut]
    added: int
    known: int = Field(description="Were there already, and were left as they are.")


class StoredConversationOut(StoredMany):
    """What became of a conversation's messages."""

    conversation: str


class Found(Several[FoundMemory]):
    """Memories that fit, the best first."""


class Said(Several[SaidMemory]):
    """What was said."""


class Deleted(BaseModel):
    """A memory that is no more."""

    memory_id: UUID
    is_deleted: bool = True


class MemoryTools:
    """What the tools of everyday use do.

    Without a user_id and a user's token, memories are the default owner's.
    """

    def __init__(self, memories: MemoryService) -> None:
        """Take the memories."""
        self._memories = memories

    async def store_memory(self, given: StoreMemory, call: Call) -> StoredOut:
        """Keep one memory."""
        return await self._memories.store(
            given, owner=given.user_id or DEFAULT_OWNER, origin=origin_of(call)
        )

    async def store_memories(self, given: StoreMemories, call: Call) -> StoredMany:
        """Keep several memories."""
        stored = await self._memories.store_many(
            given.memories, owner=given.user_id or DEFAULT_OWNER, origin=origin_of(call)
        )
        return StoredMany(memories=stored, **_counts(stored))

    async def search_memories(self, given: SearchMemories, _call: Call) -> Found:
        """Find memories."""
        owner = given.user_id or DEFAULT_OWNER
        return Found(memories=await self._memories.search(given, owner=owner))

    async def get_memory(self, given: OneMemory, _call: Call) -> MemoryOut:
        """Give one memory."""
        return await self._memories.get(MemoryId(given.memory_id), owner=given.user_id)

    async def update_memory(self, given: UpdateMemory, _call: Call) -> MemoryOut:
        """Change one memory."""
        return await self._memories.update(MemoryId(given.memory_id), given, owner=given.user_id)

    async def delete_memory(self, given: DeleteMemory, _call: Call) -> Deleted:
        """Forget one memory."""
        await self._memories.delete(
            MemoryId(given.memory_id), owner=given.user_id, is_for_good=given.is_for_good
        )
        return Deleted(memory_id=given.memory_id)

    async def store_conversation(
        self, given: StoreConversation, call: Call
    ) -> StoredConversationOut:
        """Keep a conversation."""
        stored = await self._memories.store_conversation(
            given, owner=given.user_id, origin=origin_of(call)
        )
        return StoredConversationOut(
            conversation=stored.conversation,
            memories=list(stored.memories),
            **_counts(stored.memories),
        )

    async def get_conversation_context(self, given: GetContext, _call: Call) -> Said:
        """Give what was said."""
        said = await self._memories.conversation_context(
            owner=given.user_id, query=given.query, limit=given.limit
        )
        return Said(memories=said)

    async def get_memory_stats(self, given: GetStats, _call: Call) -> StatsOut:
        """Count memories."""
        return await self._memories.stats(owner=given.user_id)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="store_memory",
                title="Remember",
                description="Keep one thing worth knowing later: a fact, decision, preference or"
                " procedure, in words that make sense on their own. The same text is kept once.",
                arguments=StoreMemory,
                result=StoredOut,
                run=self.store_memory,
                toolset=TOOLSET,
                is_idempotent=True,
            ),
            Tool(
                name="store_memories",
                title="Remember several things",
                description=f"Keep up to {MAX_BATCH} memories at once, all or none of them.",
                arguments=StoreMemories,
                result=StoredMany,
                run=self.store_memories,
                toolset=TOOLSET,
                is_idempotent=True,
            ),
            Tool(
                name="search_memories",
                title="Recall",
                description="Find what was stored earlier by a question or by words, the best"
                " first, with who said it and when. Finds nothing when nothing fits.",
                arguments=SearchMemories,
                result=Found,
                run=self.search_memories,
                toolset=TOOLSET,
                is_read_only=True,
            ),
            Tool(
                name="get_memory",
                title="Show a memory",
                description="Give one memory as a whole.",
                arguments=OneMemory,
                result=MemoryOut,
                run=self.get_memory,
                toolset=TOOLSET,
                is_read_only=True,
            ),
            Tool(
                name="update_memory",
                title="Correct a memory",
                description="Change a memory; what is left out stays as it is.",
                arguments=UpdateMemory,
                result=MemoryOut,
                run=self.update_memory,
                toolset=TOOLSET,
                is_idempotent=True,
                is_destructive=True,
            ),
            Tool(
                name="delete_memory",
                title="Forget a memory",
                description="Delete one memory; restore_memory brings it back for a while.",
                arguments=DeleteMemory,
                result=Deleted,
                run=self.delete_memory,
                toolset=TOOLSET,
                is_destructive=True,
            ),
            Tool(
                name="store_conversation",
                title="Remember a conversation",
                description="Keep each message of a conversation with its place in it. For more of"
                " the same conversation pass its name as metadata.session and the first place as"
                " metadata.turn.",
                arguments=StoreConversation,
                result=StoredConversationOut,
                run=self.store_conversation,
                toolset=TOOLSET,
                is_idempotent=True,
            ),
            Tool(
                name="get_conversation_context",
                title="Recall conversations",
                description="Give what was said in earlier conversations: what fits the query, or"
                " without one what was said last.",
                arguments=GetContext,
                result=Said,
                run=self.get_conversation_context,
                toolset=TOOLSET,
                is_read_only=True,
            ),
            Tool(
                name="get_memory_stats",
                title="Count memories",
                description="Say how much is remembered, by category.",
                arguments=GetStats,
                result=StatsOut,
                run=self.get_memory_stats,
                toolset=TOOLSET,
                is_read_only=True,
            ),
        ]


def origin_of(call: Call) -> Origin:
    """Say where and on whose word a call stores something."""
    principal = call.principal
    return Origin(
        speaker=principal.user_name,
        conversation=principal.conversation_id,
        turn_id=principal.turn_id,
    )


def _counts(stored: Sequence[StoredOut]) -> dict[str, int]:
    added = sum(one.is_new for one in stored)
    return {"added": added, "known": len(stored) - added}
