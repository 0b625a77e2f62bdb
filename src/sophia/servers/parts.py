"""What an MCP server consists of: tools, resources, prompts, and what it needs to be well."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_types import ContentBlock, PromptMessage
from pydantic import BaseModel, ConfigDict

from sophia.servers.call import Call
from sophia.servers.changes import Changes

type Figure = str | int | float

# Suggests values for an argument that begin with what is written so far, the likeliest first.
type Completer = Callable[[str, Call], Awaitable[Sequence[str]]]

MAX_ANSWER_BYTES = 256 * 1024


class NoArguments(BaseModel):
    """What a tool or prompt takes that takes nothing."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool[A: BaseModel, R: BaseModel]:
    """A tool: what goes in, what comes out, what it does.

    It gives a model of type `result`, which becomes structured content and text, or without a
    `result` a text or content blocks (sophia.servers.blocks). An argument called `user_id` is
    filled in and guarded by the runtime: with a user's token it always is that user.
    """

    name: str
    title: str
    description: str
    arguments: type[A]
    run: Callable[[A, Call], Awaitable[R | Sequence[ContentBlock] | str]]
    result: type[R] | None = None
    is_read_only: bool = False
    is_idempotent: bool = False
    is_destructive: bool = False
    is_open_world: bool = False
    # Gives words that strangers wrote; its results say so. Where some of them alone do, a result
    # has a property `has_untrusted`.
    is_untrusted: bool = False
    # Works before the server is configured.
    is_offline: bool = False
    toolset: str | None = None
    timeout_s: float = 30
    max_answer_bytes: int = MAX_ANSWER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something to read under one address: a model is given as JSON."""

    uri: str
    name: str
    title: str
    description: str
    read: Callable[[Call], Awaitable[BaseModel | str | bytes]]
    mime_type: str = "application/json"
    is_untrusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template[A: BaseModel]:
    """Many things to read, under addresses of one form (RFC 6570): `repo://{owner}/{name}`.

    The values in an address are checked by `arguments`; none may climb out of its place by `..`.
    """

    uri: str
    name: str
    title: str
    description: str
    arguments: type[A]
    read: Callable[[A, Call], Awaitable[BaseModel | str | bytes]]
    mime_type: str = "application/json"
    is_untrusted: bool = False
    completions: Mapping[str, Completer] = field(default_factory=dict[str, Completer])


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt[A: BaseModel]:
    """A message that a person chooses to begin with; a text becomes one message of the user."""

    name: str
    title: str
    description: str
    arguments: type[A]
    render: Callable[[A, Call], Awaitable[Sequence[PromptMessage] | str]]
    completions: Mapping[str, Completer] = field(default_factory=dict[str, Completer])


@dataclass(frozen=True, slots=True)
class Condition:
    """How a server's own dependencies are."""

    errors: Sequence[str] = ()
    is_configured: bool = True
    figures: dict[str, Figure] = field(default_factory=dict[str, Figure])


async def well() -> Condition:
    """Say that all is well: the probe of a server that depends on nothing."""
    return Condition()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerParts:
    """One of the MCP servers, ready to be served."""

    name: str
    instructions: str
    tools: Sequence[Tool[Any, Any]]
    resources: Sequence[Resource] = ()
    templates: Sequence[Template[Any]] = ()
    prompts: Sequence[Prompt[Any]] = ()
    probe: Callable[[], Awaitable[Condition]] = well
    # What to do so that the server is configured; its tools answer that. None: it is.
    missing: str | None = None
    # What is offered where the operator names no toolsets; None: all.
    default_toolsets: frozenset[str] | None = None
    # Tools that are not offered here, and why: by mode, credential or choice of the operator.
    withheld: Mapping[str, str] = field(default_factory=dict[str, str])
    # Its tools or prompts ask their client: clients of 2025-11-25 get a session for that.
    is_asking: bool = False
    # Forgets what it keeps of its vendor's answers; the backend asks for that by a notice.
    forget: Callable[[], None] | None = None
    # For servers of which lists or resources change while they run.
    changes: Changes | None = None
