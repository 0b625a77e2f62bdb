"""What the loop needs of the outside. Each port has an in-memory twin in tests/support."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sophia.core.events import ApprovalRequested
from sophia.core.messages import ModelEvent, ModelRequest, ToolCall, ToolResult, ToolSpec
from sophia.kit.ids import ConversationId, TurnId, UserId


@dataclass(frozen=True, slots=True)
class Person:
    """On whose behalf a tool is called."""

    user_id: UserId
    user_name: str


@dataclass(frozen=True, slots=True)
class Caller(Person):
    """On whose behalf, and in which turn, a tool is called."""

    conversation_id: ConversationId
    turn_id: TurnId


class Model(Protocol):
    """A language model behind one wire dialect, or the built-in assistant."""

    @property
    def name(self) -> str:
        """Give the name by which a request chooses this model."""
        ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Yield chunks and, last and exactly once, the ModelReply.

        Raises sophia.core.failures.ModelFailedError (and its subclasses) when the provider fails.
        """
        ...


class Toolbox(Protocol):
    """The tools of all servers that are there now."""

    async def list_tools(self) -> Sequence[ToolSpec]:
        """Give the tools on offer, in a stable order."""
        ...

    async def refusal(self, name: str) -> str | None:
        """Say why a tool that there is cannot be had, if there is a reason."""
        ...

    async def call(self, call: ToolCall, *, caller: Caller, timeout_s: float) -> ToolResult:
        """Run a tool. A failure of it or its server is a ToolResult with is_error, not raised."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """The call may run."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The call may not run; the model is told why."""

    text: str


type Decision = Run | Refuse | ApprovalRequested
"""What is to become of a call; an ApprovalRequested: a person is to be asked."""


class Gate(Protocol):
    """Decides which tool calls run. It decides by code alone: no model has a say in it."""

    async def decide(
        self, calls: Sequence[tuple[ToolCall, ToolSpec]], *, caller: Caller, is_tainted: bool
    ) -> Sequence[Decision]:
        """Decide each call, in order; nothing is stored yet.

        `is_tainted`: the conversation holds text of third parties.
        """
        ...

    async def answers(self, *, caller: Caller) -> Mapping[str, str]:
        """Give the status of each approval of the caller's turn, by its id."""
        ...

    async def redeem(self, approval_id: str, call: ToolCall, *, caller: Caller) -> str:
        """Give an approval's status and, if it is `approved`, have it used up by this very call.

        An approval for another call or for other arguments is `missing`.
        """
        ...
