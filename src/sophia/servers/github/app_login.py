"""Signing in as a GitHub App: a key signs who we are, GitHub answers with a token for an hour."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import Field

from sophia.kit.clock import Clock
from sophia.servers.github.dialect import GITHUB
from sophia.servers.github.errors import AppIncompleteError, AppKeyError
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.client import VendorClient
from sophia.servers.vendor.reading import Raw, read_one
from sophia.settings import Settings

GITHUB_APP = replace(GITHUB, token_name="SOPHIA_GITHUB_APP_ID with its key")  # noqa: S106

_ALGORITHM = "RS256"
_SIGNED_FOR_S = 540  # GitHub takes ten minutes at most
_SKEW_S = 60  # clocks differ
# A token is renewed before it ends, so that none ends under a request.
_RENEWED_BEFORE = timedelta(minutes=5)


class AppKey:
    """The private key of a GitHub App."""

    def __init__(self, app_id: str, pem: str, *, clock: Clock) -> None:
        """Load the key, in PEM; raises AppKeyError."""
        self._app_id = app_id
        self._clock = clock
        try:
            self._key = RSAKey.import_key(pem)
        except (ValueError, TypeError, JoseError) as error:
            raise AppKeyError from error

    async def signed(self) -> str:
        """Say that we are the App."""
        now = int(self._clock.now().timestamp())
        claims = {"iss": self._app_id, "iat": now - _SKEW_S, "exp": now + _SIGNED_FOR_S}
        return jwt.encode({"alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])


class _Granted(Raw):
    token: str
    expires_at: datetime
    permissions: dict[str, str] = Field(default_factory=dict[str, str])


class Installation:
    """A GitHub App where it is installed: its token, and what that may do."""

    def __init__(self, http: VendorClient, installation_id: int, *, clock: Clock) -> None:
        """Take a client that speaks as the App."""
        self._http = http
        self._path = f"/app/installations/{installation_id}/access_tokens"
        self._clock = clock
        self._granted: _Granted | None = None
        self._lock = asyncio.Lock()

    def account(self, base_url: str) -> Account:
        """Say that GitHub is asked with its token."""
        return Account(dialect=GITHUB_APP, base_url=base_url, token=None, renewed=self.token)

    async def token(self) -> str:
        """Give the token, a new one when it ends soon; raises a VendorError."""
        return (await self._current()).token

    async def permissions(self) -> dict[str, str]:
        """Give what the App may read or write there; raises a VendorError."""
        return (await self._current()).permissions

    async def _current(self) -> _Granted:
        async with self._lock:  # many calls at once ask for one token
            granted = self._granted
            if granted is None or granted.expires_at - self._clock.now() < _RENEWED_BEFORE:
                granted = read_one(_Granted, await self._http.send("POST", self._path))
                self._granted = granted
            return granted


@asynccontextmanager
async def open_installation(settings: Settings, clock: Clock) -> AsyncGenerator[Installation]:
    """Open the App of the settings; raises AppKeyError, AppIncompleteError."""
    file, installation_id = settings.github_app_key_file, settings.github_app_installation_id
    try:
        pem = file.read_text() if file else settings.secret_file("github_app_key")
    except (OSError, UnicodeDecodeError) as error:
        raise AppKeyError from error
    if pem is None or installation_id is None:
        raise AppIncompleteError
    key = AppKey(settings.github_app_id, pem, clock=clock)
    account = Account(
        dialect=GITHUB_APP, base_url=settings.github_base_url, token=None, renewed=key.signed
    )
    async with VendorClient.opened(account, clock=clock) as http:
        yield Installation(http, installation_id, clock=clock)
