"""The wire shapes of registered MCP servers."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

NAME = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        is_fit = parts.scheme in {"http", "https"} and bool(parts.hostname)
        has_credentials = parts.username is not None or parts.password is not None
    except ValueError:
        is_fit = has_credentials = False
    if not is_fit or has_credentials:
        raise ValueError("give an http or https address without a user name")
    return value


type ServerName = Annotated[str, Field(pattern=NAME, max_length=40)]


class ServerIn(BaseModel):
    """A server to register."""

    model_config = ConfigDict(extra="forbid")

    name: ServerName = Field(description="Its tools are shown as NAME__tool.")
    url: Annotated[
        str, Field(max_length=2000, pattern=r"^[\x21-\x7e]+$"), AfterValidator(_web_address)
    ] = Field(description="Where it serves MCP over streamable HTTP.")
    token: Annotated[str, Field(max_length=4096, pattern=r"^[\x21-\x7e]+$")] | None = Field(
        default=None, description="A bearer token; it is sealed and never shown again."
    )


class ServerChange(BaseModel):
    """Whether it is used."""

    model_config = ConfigDict(extra="forbid")

    is_enabled: bool


class ServerOut(BaseModel):
    """A registered server, and how this process finds it now."""

    name: str
    url: str
    has_token: bool
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
    protocol_version: str | None
    tools: list[str]
    latency_ms: float
    error: str | None
