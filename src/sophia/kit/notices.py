"""Tokens with which the backend tells an MCP server something, on nobody's behalf."""

from sophia.kit.tokens import Signer, Verifier

_TYPE = "notice+jwt"
_TTL_S = 60


def sign_notice(signer: Signer, *, server: str) -> str:
    """Sign a token for a notice to one server."""
    return signer.sign(
        {"sub": "sophia"}, audience=_audience(server), token_type=_TYPE, ttl_s=_TTL_S
    )


def check_notice(verifier: Verifier, token: str, *, server: str) -> None:
    """Raise TokenInvalidError or TokenExpiredError for what is no such token."""
    verifier.verify(token, audience=_audience(server), token_type=_TYPE)


def _audience(server: str) -> str:
    return f"sophia:notice:{server}"
