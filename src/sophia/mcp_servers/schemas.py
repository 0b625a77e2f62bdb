"""The wire shapes of registered MCP servers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

_OWN_HEADERS = frozenset(
    {"host", "content-length", "content-type", "accept", "connection", "transfer-encoding"}
)
NAME = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"


def _free_header(value: str) -> str:
    if value.lower() in _OWN_HEADERS or value.lower().startswith("mcp-"):
        raise ValueError("this header is set by the protocol")
    return value


type HeaderName = Annotated[
    str,
    Field(max_length=100, pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"),
    AfterValidator(_free_header),
]
type HeaderValue = Annotated[str, Field(max_length=4096, pattern=r"^[\x20-\x7e]*$")]
# No user name before the host: what is secret has a place of its own.
type WebAddress = Annotated[
    str,
    Field(
        max_length=2000,
        pattern=(
            r"^https?://([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
            r"(:[0-9]{1,5})?([/?][\x21-\x7e]*)?$"
        ),
    ),
]
type ServerName = Annotated[str, Field(pattern=NAME, max_length=40)]


class ServerIn(BaseModel):
    """A server to register."""

    model_config = ConfigDict(extra="forbid")

    name: ServerName = Field(description="Its tools are shown as NAME__tool.")
    url: WebAddress = Field(description="Where it serves MCP over streamable HTTP.")
    token: Annotated[str, Field(max_length=4096, pattern=r"^[\x21-\x7e]+$")] | None = Field(
        default=None, description="A bearer token; it is sealed and never shown again."
    )
    headers: Annotated[dict[HeaderName, HeaderValue], Field(max_length=20)] = Field(
        default={}, description="Sent with each request; sealed and never shown again."
    )
    wants_login: StrictBool = Field(
        default=False, description="Everybody logs in there (OAuth), and calls in their own name."
    )
    client_id: Annotated[str, Field(max_length=2000, pattern=r"^[\x20-\x7e]+$")] | None = Field(
        default=None, description="Where the login takes no strangers: what it calls Sophia."
    )


type Part = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[^\x00]*$")]
type Variable = Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
type Value = Annotated[str, Field(max_length=32_768, pattern=r"^[^\x00]*$")]


class CommandIn(BaseModel):
    """A server that is a command, to register; a worker runs it."""

    model_config = ConfigDict(extra="forbid")

    name: ServerName
    command: Annotated[list[Part], Field(min_length=1, max_length=100)]
    environment: Annotated[dict[Variable, Value], Field(max_length=100)] = {}
    memory_mb: Annotated[int, Field(ge=16, le=1024 * 1024)] | None = None
    processes: Annotated[int, Field(ge=1, le=4096)] | None = None


class ServerChange(BaseModel):
    """Whether it is used."""

    model_config = ConfigDict(extra="forbid")

    is_enabled: StrictBool


class ServerOut(BaseModel):
    """A registered server, and how this process finds it now."""

    name: str
    url: str | None
    command: list[str] | None = Field(description="Run by a worker; registered at the machine.")
    has_credentials: bool
    wants_login: bool
    is_enabled: bool
    created_at: datetime
    status: Literal["reached", "away", "disabled", "unknown"]
    tools: int
    error: str | None


class ServersOut(BaseModel):
    """The registered servers, by name."""

    items: list[ServerOut]


class ServerTestOut(BaseModel):
    """What a server answered just now."""

    is_reached: bool
    tools: list[str]
    latency_ms: float
    error: str | None


class LoginOut(BaseModel):
    """A server at which everybody logs in, and whether the caller has."""

    server: str
    is_logged_in: bool
    scope: str | None
    since: datetime | None
    expires_at: datetime | None


class LoginsOut(BaseModel):
    """The servers at which everybody logs in, by name."""

    items: list[LoginOut]


class LoginStartOut(BaseModel):
    """Where the browser goes to log in."""

    url: str


class LoginAnswerIn(BaseModel):
    """What the browser came back with, as it stands in the address."""

    model_config = ConfigDict(extra="ignore")

    state: Annotated[str, Field(min_length=1, max_length=500)]
    code: Annotated[str, Field(max_length=4096)] | None = None
    iss: Annotated[str, Field(max_length=2000)] | None = None


class LoginDoneOut(BaseModel):
    """The server at which the caller has logged in."""

    server: str


def sealed_for(name: str, *target: str) -> str:
    """Say for what a secret is sealed: it opens for no other server, URL or command."""
    return "\0".join([name, *target])
