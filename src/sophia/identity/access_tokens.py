"""What the tokens say that we sign.

Access tokens are for our own API, tool tokens for one MCP server, grant tokens for one address of
the gateway. Type and audience keep each from where another is due.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sophia.core.ports import Caller, Person
from sophia.identity.schemas import ROLE_SCOPES, Viewer
from sophia.kit.ids import GrantId, SessionId, UserId
from sophia.kit.tokens import Signer, TokenInvalidError, Verifier

ACCESS_TTL_S = 15 * 60
_ACCESS_TYPE = "at+jwt"
_ACCESS_AUDIENCE = "sophia:api"
_TOOL_TYPE = "tool+jwt"
_TOOL_TTL_S = 120
GRANT_TTL_S = 10 * 60
_GRANT_TYPE = "grant+jwt"


def sign_access(
    signer: Signer,
    user: Mapping[Any, Any],
    *,
    session_id: SessionId | None,
    ttl_s: int = ACCESS_TTL_S,
) -> str:
    """Sign what a user may do for the next minutes."""
    claims = {
        "sub": str(user["id"]),
        "name": user["name"],
        "role": user["role"],
        "scope": " ".join(sorted(ROLE_SCOPES[user["role"]])),
    }
    if session_id is not None:
        claims["sid"] = str(session_id)
    return signer.sign(claims, audience=_ACCESS_AUDIENCE, token_type=_ACCESS_TYPE, ttl_s=ttl_s)


def read_access(verifier: Verifier, token: str) -> Viewer:
    """Say whom an access token speaks for; raises TokenInvalidError, TokenExpiredError."""
    claims = verifier.verify(token, audience=_ACCESS_AUDIENCE, token_type=_ACCESS_TYPE)
    try:
        session = claims.get("sid")
        return Viewer(
            user_id=UserId(UUID(str(claims["sub"]))),
            name=str(claims["name"]),
            role=str(claims["role"]),
            scopes=frozenset(str(claims["scope"]).split()),
            session_id=None if session is None else SessionId(UUID(str(session))),
        )
    except (KeyError, ValueError) as error:
        raise TokenInvalidError from error


def sign_tool(signer: Signer, *, server: str, caller: Person) -> str:
    """Sign a call of one MCP server, and of no other, on a person's behalf."""
    claims = {"sub": str(caller.user_id), "name": caller.user_name, "act": "sophia"}
    if isinstance(caller, Caller):
        claims |= {"conv": str(caller.conversation_id), "turn": str(caller.turn_id)}
    return signer.sign(
        claims,
        audience=f"sophia:mcp:{server}",
        token_type=_TOOL_TYPE,
        ttl_s=_TOOL_TTL_S,
    )


def read_tool(verifier: Verifier, token: str, *, server: str) -> Person:
    """Say on whose behalf one of our servers is called; raises TokenInvalidError."""
    claims = verifier.verify(token, audience=f"sophia:mcp:{server}", token_type=_TOOL_TYPE)
    try:
        return Person(UserId(UUID(str(claims["sub"]))), str(claims["name"]))
    except (KeyError, ValueError) as error:
        raise TokenInvalidError from error


def sign_grant(
    signer: Signer,
    *,
    user_id: UserId,
    grant_id: GrantId,
    client_id: str,
    scopes: Iterable[str],
    resource: str,
) -> str:
    """Sign what an application may do at one resource, on a person's behalf."""
    return signer.sign(
        {
            "sub": str(user_id),
            "grant": str(grant_id),
            "client_id": client_id,
            "scope": " ".join(sorted(scopes)),
        },
        audience=resource,
        token_type=_GRANT_TYPE,
        ttl_s=GRANT_TTL_S,
    )


def read_grant(verifier: Verifier, token: str, *, resource: str) -> tuple[GrantId, frozenset[str]]:
    """Say which grant a token for a resource is of, and what it may at most.

    Raises TokenInvalidError, TokenExpiredError.
    """
    claims = verifier.verify(token, audience=resource, token_type=_GRANT_TYPE)
    try:
        return GrantId(UUID(str(claims["grant"]))), frozenset(str(claims["scope"]).split())
    except (KeyError, ValueError) as error:
        raise TokenInvalidError from error
