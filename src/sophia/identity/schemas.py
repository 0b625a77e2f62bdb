"""Who is asking, what they may do, and the wire shapes of signing in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sophia.kit.ids import ApiKeyId, GrantId, SessionId, UserId


class Scope(StrEnum):
    """What a route or tool may ask for."""

    CHAT_READ = "chat:read"
    CHAT_WRITE = "chat:write"
    TOOLS_READ = "tools:read"
    TOOLS_CALL = "tools:call"
    TOOLS_APPROVE = "tools:approve"
    TOOLS_WRITE = "tools:write"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    SYSTEM_READ = "system:read"
    METRICS_READ = "metrics:read"
    AUDIT_READ = "audit:read"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    MEMORY_READ = "memory:read"
    MEMORY_WRITE = "memory:write"


_VIEWER = frozenset(
    {
        Scope.CHAT_READ,
        Scope.TOOLS_READ,
        Scope.ACCOUNT_READ,
        Scope.ACCOUNT_WRITE,
        Scope.SYSTEM_READ,
        Scope.MEMORY_READ,
    }
)
_MEMBER = _VIEWER | {
    Scope.CHAT_WRITE,
    Scope.TOOLS_CALL,
    Scope.TOOLS_APPROVE,
    Scope.MEMORY_WRITE,
}
# A program does not answer what was meant for a person, unless its key was made for that.
UNASKED_SCOPES = frozenset(Scope) - {Scope.TOOLS_APPROVE}
ROLE_SCOPES: dict[str, frozenset[Scope]] = {
    "viewer": _VIEWER,
    "member": _MEMBER,
    "admin": _MEMBER
    | {
        Scope.METRICS_READ,
        Scope.AUDIT_READ,
        Scope.TOOLS_WRITE,
        Scope.USERS_READ,
        Scope.USERS_WRITE,
    },
    "owner": frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever makes a request, as the credentials prove it."""

    user_id: UserId
    name: str
    role: str
    scopes: frozenset[str]
    session_id: SessionId | None = None
    api_key_id: ApiKeyId | None = None
    grant_id: GrantId | None = None

    @property
    def via(self) -> str:
        """Name the credentials; those that were made at the machine itself have no id."""
        if self.api_key_id is not None:
            return f"key:{self.api_key_id}"
        if self.grant_id is not None:
            return f"grant:{self.grant_id}"
        return "machine" if self.session_id is None else f"session:{self.session_id}"


# No control characters and no line separators, which is all that the patterns are there for.
_PLAIN = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]"
_WORD = r"[^\s\x00-\x1f\x7f-\x9f\u2028\u2029]"
_EMAIL_PART = r"[^@\s\x00-\x1f\x7f-\x9f\u2028\u2029]+"

type Role = Literal["owner", "admin", "member", "viewer"]
type Name = Annotated[
    str,
    Field(min_length=1, max_length=100, pattern=f"^{_PLAIN}*{_WORD}{_PLAIN}*$"),
    AfterValidator(str.strip),
]
type Email = Annotated[
    str,
    Field(max_length=254, pattern=f"^{_EMAIL_PART}@{_EMAIL_PART}$"),
    AfterValidator(str.lower),
]
type Password = Annotated[str, Field(min_length=12, max_length=128, pattern=f"^{_PLAIN}*$")]
type Secret = Annotated[str, Field(min_length=1, max_length=256)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LinkIn(_In):
    """The token of a one-time link."""

    token: Secret


class LoginIn(_In):
    """An e-mail address and a password."""

    email: Annotated[str, Field(min_length=1, max_length=254)]
    password: Secret


class RefreshIn(_In):
    """A refresh token, from clients that keep no cookies."""

    refresh_token: Secret | None = None


class ProfileIn(_In):
    """What to change of one's profile."""

    name: Name | None = None
    email: Email | None = None


class PasswordIn(_In):
    """A new password; the current one too, unless one signed in by link a moment ago."""

    new_password: Password
    current_password: Secret | None = None


class KeyIn(_In):
    """An API key to be made."""

    name: Name
    scopes: list[Scope] | None = Field(
        default=None, max_length=50, description="Yours but for `tools:approve`, unless given."
    )
    expires_in_days: int | None = Field(default=None, ge=1, le=3650)


class RotationIn(_In):
    """How long the old key stays good beside its successor."""

    overlap_hours: int = Field(default=24, ge=0, le=7 * 24)


class UserOut(BaseModel):
    """A person."""

    user_id: UUID
    name: str
    email: str | None
    role: Role
    scopes: list[str]


class SignedInOut(BaseModel):
    """An access token. The refresh token is in a cookie, or here for clients that sent one here."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    refresh_token: str | None = None
    user: UserOut


class SessionOut(BaseModel):
    """A signed-in browser or client."""

    session_id: UUID
    user_agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    is_current: bool


class SessionsOut(BaseModel):
    """One's sessions."""

    items: list[SessionOut]


class KeyOut(BaseModel):
    """An API key, without the key."""

    key_id: UUID
    name: str
    last4: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    rotated_from: UUID | None = Field(description="The key whose place it took.")


class KeysOut(BaseModel):
    """One's API keys."""

    items: list[KeyOut]


class KeyMadeOut(KeyOut):
    """A new API key: the only time that it is shown."""

    key: str
