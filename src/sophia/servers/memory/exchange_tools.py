"""The tools of AI Memory that take memories out and in."""

from typing import Any

from pydantic import BaseModel, Field

from sophia.memory.exchange import MemoryExchange
from sophia.memory.schemas import MemoryFilter
from sophia.memory.upkeep_schemas import ImportedOut
from sophia.servers.call import Call
from sophia.servers.memory.tools import DEFAULT_OWNER, UserId
from sophia.servers.memory.upkeep_tools import TOOLSET
from sophia.servers.output import Page
from sophia.servers.parts import Tool

_MAX_CHARS = 1_000_000
_REPLY_BYTES = 96 * 1024


class ExportMemories(MemoryFilter):
    """The arguments of export_memories."""

    cursor: str | None = Field(
        default=None, max_length=64, description="The next_cursor of the answer before."
    )
    user_id: UserId | None = None


class ImportMemories(BaseModel, extra="forbid"):
    """The arguments of import_memories."""

    content: str = Field(
        min_length=1,
        max_length=_MAX_CHARS,
        description="JSON lines of export_memories, of mem0 or of the MCP reference memory server;"
        " or a whole export of ChatGPT, Claude or mem0.",
    )
    user_id: UserId | None = None


class Exported(Page):
    """A part of an export."""

    lines: str = Field(description="A memory as JSON on each line, the oldest first.")
    count: int

    @property
    def has_untrusted(self) -> bool:
        """Say whether strangers' words are among them; within a text the marks are escaped."""
        return '"trust":"untrusted"' in self.lines


class ExchangeTools:
    """What the tools do."""

    def __init__(self, exchange: MemoryExchange) -> None:
        """Take what exports and imports."""
        self._exchange = exchange

    async def export_memories(self, given: ExportMemories, _call: Call) -> Exported:
        """Give lines."""
        owner = given.user_id or DEFAULT_OWNER
        page = await self._exchange.page(
            given, owner=owner, cursor=given.cursor, max_bytes=_REPLY_BYTES
        )
        lines = b"\n".join(page.items).decode()
        return Exported(lines=lines, count=len(page.items), next_cursor=page.next_cursor)

    async def import_memories(self, given: ImportMemories, _call: Call) -> ImportedOut:
        """Take a file in."""
        owner = given.user_id or DEFAULT_OWNER
        return await self._exchange.take(given.content.encode(errors="replace"), owner=owner)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="export_memories",
                title="Export memories",
                description="Give one's own memories, or those of a scope, as lines of JSON that"
                " import_memories reads; goes on by cursor.",
                arguments=ExportMemories,
                result=Exported,
                run=self.export_memories,
                is_read_only=True,
                toolset=TOOLSET,
            ),
            Tool(
                name="import_memories",
                title="Import memories",
                description="Store the memories of a file. What is there already stays as it is,"
                " so the same file may be taken in again; what is left out is told.",
                arguments=ImportMemories,
                result=ImportedOut,
                run=self.import_memories,
                is_idempotent=True,
                timeout_s=120,
                toolset=TOOLSET,
            ),
        ]
