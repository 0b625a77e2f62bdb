"""Which vendor a server asks, and as whom."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from sophia.servers.parts import Condition
from sophia.servers.vendor.dialect import Dialect
from sophia.settings import Settings


async def at_once(_path: str) -> None:
    """Wait for nothing: most vendors count requests only over longer times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A vendor's address and our token there; without a token the server is not configured."""

    dialect: Dialect
    base_url: str
    token: str | None
    authorize: Callable[[str], str] = "Bearer {}".format
    header: str = "Authorization"
    # Gives a token that ends by itself and is renewed; instead of `token`.
    renewed: Callable[[], Awaitable[str]] | None = None
    # Waits until a path may be asked, where the vendor wants its requests apart.
    turn: Callable[[str], Awaitable[None]] = at_once

    async def headers(self) -> Mapping[str, str]:
        """Give the header that carries the token; raises a VendorError."""
        token = await self.renewed() if self.renewed is not None else self.token
        return {self.header: self.authorize(token)} if token else {}

    @property
    def missing(self) -> str | None:
        """Say what to do so that the server is configured; None: it is."""
        if self.token or self.renewed is not None:
            return None
        name = self.dialect.token_name
        return (
            f"Set {name}, or put the token into the secret file {name.lower()}, and restart;"
            " or try it without an account by SOPHIA_SANDBOX=1."
        )

    async def told(self) -> Condition:
        """Answer the probe of a server without a token."""
        return Condition(is_configured=False)


def token_of(settings: Settings, name: str, variable: SecretStr | None) -> str | None:
    """Give a token from its mounted file, such as `github_token`, or from the environment."""
    written = settings.secret_file(name) or (variable.get_secret_value() if variable else "")
    return written.strip() or None
