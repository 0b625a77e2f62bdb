"""What an MCP server consists of: tools, resources and what it needs to be well."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

type Figure = str | int | float


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf a request comes.

    With a user's token: that user, in that turn. With the server's own token: nobody in
    particular, and a `user_id` argument names the owner of what is read and written.
    """

    user_id: str | None = None
    user_name: str | None = None
    conversation_id: str | None = None
    turn_id: str | None = None

    @property
    def is_bound(self) -> bool:
        """Say whether the token speaks for one user."""
        return self.user_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool[A: BaseModel, R: BaseModel]:
    """A tool: what goes in, what comes out, what it does.

    An argument called `user_id` is filled in and guarded by the runtime: with a user's token it
    always is that user.
    """

    name: str
    title: str
    description: str
    arguments: type[A]
    result: type[R]
    run: Callable[[A, Principal], Awaitable[R]]
    is_read_only: bool = False
    is_idempotent: bool = False
    is_destructive: bool = False
    is_open_world: bool = False
    timeout_s: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something to read, as JSON."""

    uri: str
    name: str
    title: str
    description: str
    read: Callable[[Principal], Awaitable[BaseModel]]


@dataclass(frozen=True, slots=True)
class Condition:
    """How a server's own dependencies are."""

    errors: Sequence[str] = ()
    is_configured: bool = True
    figures: dict[str, Figure] = field(default_factory=dict[str, Figure])


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerParts:
    """One of the MCP servers, ready to be served."""

    name: str
    instructions: str
    tools: Sequence[Tool[Any, Any]]
    resources: Sequence[Resource] = ()
    probe: Callable[[], Awaitable[Condition]]
