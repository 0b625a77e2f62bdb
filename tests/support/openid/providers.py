"""The two providers, and Sophia over one of them."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import shutil
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from aiohttp import web
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import Key, KeySet, RSAKey

from sophia.federation.provider import OpenIdProvider, open_session
from sophia.federation.schemas import ProviderConfig
from sophia.federation.service import FederationService
from sophia.identity.service import IdentityService
from sophia.kit.clock import Clock
from sophia.store.database import Database
from tests.support.people import OWN_ORIGIN, PEPPER, app_over

CALLBACK = f"{OWN_ORIGIN}/api/v1/auth/oidc/callback"
CLIENT_SECRET = "a client secret: with + and / and %"
_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
_START_S = 60


@asynccontextmanager
async def certified_provider(callback: str = CALLBACK) -> AsyncGenerator[str]:
    """Run npm's oidc-provider; gives its issuer."""
    wheel = _ROOT / ".tools" / "node" / "bin" / "node"
    node = shutil.which("node") or str(wheel)
    process = await asyncio.create_subprocess_exec(
        node,
        "provider.js",
        callback,
        cwd=_HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the provider has no output")
        async with asyncio.timeout(_START_S):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError("the provider does not start: run `scripts/console provider`")
        yield json.loads(line)["issuer"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def app_with(
    database: Database, identity: IdentityService, clock: Clock, issuer: str, **changes: Any
) -> AsyncGenerator[FastAPI]:
    """Build the API over a provider."""
    given: dict[str, Any] = {
        "issuer": issuer,
        "client_id": "sophia",
        "client_secret": CLIENT_SECRET,
        "redirect_uri": CALLBACK,
        "name": "Example",
        "allowed_domains": frozenset({"example.org"}),
    }
    config = ProviderConfig(**(given | changes))
    async with open_session(issuer) as session:
        app = app_over(identity)
        app.state.federation = FederationService(
            database,
            identity=identity,
            provider=OpenIdProvider(config, session=session, clock=clock),
            pepper=PEPPER,
            clock=clock,
        )
        yield app


async def consent(url: str, login: str) -> str:
    """Sign in at the certified provider as a browser does; gives where it sends one back to."""
    async with httpx2.AsyncClient() as browser:
        for _ in range(12):
            answer = await browser.get(url)
            while answer.status_code == 200:
                action = re.search(r'action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                if action is None or prompt is None:
                    raise RuntimeError(f"no form to fill in: {answer.text[:300]}")
                form = {"prompt": prompt[1], "login": login, "password": "any"}
                there = str(answer.url.join(action[1]))
                answer = await browser.post(there, data=form)
            url = str(answer.url.join(answer.headers["location"]))
            if url.startswith(CALLBACK):
                return url
    raise RuntimeError(f"the provider sends one in circles: {url}")


def query_of(url: str) -> dict[str, str]:
    """Give a URL's query."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class LyingProvider:
    """Says what a test tells it to, signed by its key."""

    def __init__(self) -> None:
        self.issuer = ""
        self.keys: Sequence[RSAKey] = [make_key("first")]
        self.discovery: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.token: str | None = None
        self.signer: RSAKey | None = None
        self.keys_asked = 0

    def public_pem(self) -> bytes:
        """Give the public half of the first key, as an attacker has it."""
        return self.keys[0].as_pem(private=False)

    def sign(self, nonce: str) -> str:
        """Give an ID token, with what a test changed in it; None takes a claim away."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "sophia",
            "sub": "eve",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "eve@example.org",
            "email_verified": True,
        }
        told = {name: value for name, value in (claims | self.claims).items() if value is not None}
        key = self.signer or self.keys[0]
        return jwt.encode({"alg": "RS256", "kid": str(key.get("kid"))}, told, key)

    async def discover(self, _request: web.Request) -> web.Response:
        """Serve the discovery document."""
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }
        return web.json_response(said | self.discovery)

    async def give_token(self, _request: web.Request) -> web.Response:
        """Serve the token that a test put there."""
        return web.json_response({"access_token": "access", "id_token": self.token})

    async def give_keys(self, _request: web.Request) -> web.Response:
        """Serve the key set."""
        self.keys_asked += 1
        return web.json_response(KeySet(list[Key](self.keys)).as_dict(private=False))


def make_key(kid: str) -> RSAKey:
    """Make a signing key."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def with_hmac(token: str, secret: bytes) -> str:
    """Sign a token's claims anew, by HS256 under bytes that everybody has."""
    _, body, _ = token.split(".")
    signed = f"{_coded(b'{"alg":"HS256","kid":"first"}')}.{body}"
    return f"{signed}.{_coded(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _coded(given: bytes) -> str:
    return base64.urlsafe_b64encode(given).decode().rstrip("=")


@asynccontextmanager
async def lying_provider() -> AsyncGenerator[LyingProvider]:
    """Run a provider that lies as told."""
    lying = LyingProvider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", lying.discover)
    app.router.add_post("/token", lying.give_token)
    app.router.add_get("/jwks", lying.give_keys)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        lying.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield lying
    finally:
        await runner.cleanup()
