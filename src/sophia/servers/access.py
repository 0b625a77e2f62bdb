"""Who may call an MCP server: the bearer of its own token, or a user by a token of the backend."""

import hmac
from uuid import UUID

from sophia.kit import metrics
from sophia.kit.notices import check_notice
from sophia.kit.tokens import TokenExpiredError, TokenInvalidError, Verifier
from sophia.servers.errors import TokenMissingError, TokenRefusedError
from sophia.servers.principal import Principal

TOKEN_TYPE = "tool+jwt"  # noqa: S105 - a kind of token, not a token


def audience_of(server: str) -> str:
    """Give the audience of the tokens that are meant for a server."""
    return f"sophia:mcp:{server}"


class Gate:
    """Lets in who may call one server."""

    def __init__(self, server: str, *, static_token: str, verifier: Verifier) -> None:
        """Take the server's own token and what checks the backend's."""
        self._server = server
        self._static_token = static_token.encode()
        self._audience = audience_of(server)
        self._verifier = verifier

    def admit(self, authorization: str | None) -> Principal:
        """Say who is calling; raises TokenMissingError, TokenRefusedError."""
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            metrics.auth_failures.labels("mcp_token", "missing").inc()
            raise TokenMissingError(self._told("A bearer token is needed"))
        if hmac.compare_digest(token.encode(), self._static_token):
            return Principal()
        try:
            claims = self._verifier.verify(token, audience=self._audience, token_type=TOKEN_TYPE)
            return Principal(
                user_id=str(UUID(claims["sub"])),
                user_name=_text(claims.get("name")),
                conversation_id=_text(claims.get("conv")),
                turn_id=_text(claims.get("turn")),
            )
        except TokenExpiredError as error:
            metrics.auth_failures.labels("mcp_token", "expired").inc()
            raise TokenRefusedError(self._told("The token has expired")) from error
        except (TokenInvalidError, ValueError, TypeError, AttributeError) as error:
            metrics.auth_failures.labels("mcp_token", "invalid").inc()
            raise TokenRefusedError(self._told("The token is not valid here")) from error

    def admit_notice(self, authorization: str | None) -> None:
        """Let the backend itself tell something; raises TokenMissingError, TokenRefusedError."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenMissingError(self._told("A bearer token is needed"))
        try:
            check_notice(self._verifier, token.strip(), server=self._server)
        except TokenInvalidError as error:
            metrics.auth_failures.labels("mcp_notice", "invalid").inc()
            raise TokenRefusedError(self._told("The token is not valid here")) from error

    def _told(self, what: str) -> str:
        return f"{what}: `sophia token --server {self._server}` prints one."


def _text(claim: object) -> str | None:
    return claim[:200] if isinstance(claim, str) and claim else None
