"""Applications that a person connects: what they send, and a gateway that takes their tokens."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from sophia.identity.errors import ScopeMissingError
from sophia.identity.schemas import Scope
from sophia.identity.service import IdentityService
from sophia.kit.clock import Clock
from sophia.kit.errors import Kind, SophiaError
from sophia.limits.attempts import LocalAttempts
from sophia.oauth.clients import Clients
from sophia.oauth.documents import Documents
from sophia.oauth.errors import ClientAwayError
from sophia.oauth.resources import Resources, challenge
from sophia.oauth.service import OAuthService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support.people import OWN_ORIGIN, PEPPER, app_over

GATEWAY_ORIGIN = "http://127.0.0.1:8000"
GATEWAY = f"{GATEWAY_ORIGIN}/mcp"
CALLBACK = "http://127.0.0.1:4711/callback"
CONSENT = "/api/v1/auth/consent"
STEP_UP = "x-needs"


class MemoryDocuments(Documents):
    """Descriptions of applications, at the addresses where they would be."""

    def __init__(self) -> None:
        self.at: dict[str, bytes] = {}
        self.asked: list[str] = []

    def put(self, url: str, **said: Any) -> None:
        """Describe an application; what is said overrides what is usual."""
        usual = {"client_id": url, "client_name": "Remote", "redirect_uris": [CALLBACK]}
        self.at[url] = json.dumps(usual | said).encode()

    async def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """Give a document; raises ClientAwayError."""
        self.asked.append(url)
        if len(self.at.get(url, b"")) not in range(1, max_bytes + 1):
            raise ClientAwayError
        return self.at[url]


def oauth_over(  # noqa: PLR0913 - the parts of a process, by keyword
    database: Database,
    owned: UserDatabase,
    identity: IdentityService,
    clock: Clock,
    *,
    documents: Documents | None = None,
    registrations: int = 1000,
    issuer: str = OWN_ORIGIN,
) -> OAuthService:
    """Give the authorization server of one process."""
    attempts = LocalAttempts(clock, limit=registrations)
    clients = Clients(database, documents=documents, attempts=attempts, clock=clock)
    return OAuthService(
        database,
        owned,
        identity=identity,
        clients=clients,
        resources=Resources(
            issuer=issuer,
            origins=frozenset({issuer, GATEWAY_ORIGIN}),
            takes_documents=clients.takes_documents,
        ),
        pepper=PEPPER,
        clock=clock,
    )


def app_with_gateway(identity: IdentityService, oauth: OAuthService) -> FastAPI:
    """Build the API, and a route that lets in as the gateway does and says who was let in."""

    async def guarded(request: Request) -> Response:
        resource = oauth.resources.at(request, request.path_params.get("server"))
        needed = request.headers.get(STEP_UP, Scope.TOOLS_READ)
        scopes: set[str] = {needed}
        try:
            _, _, bearer = request.headers.get("authorization", "").partition(" ")
            if not bearer:
                told = challenge(resource, scopes=[needed])
                return Response(status_code=401, headers={"WWW-Authenticate": told})
            viewer = await oauth.authenticate(bearer, resource=resource)
            scopes |= viewer.scopes
            if needed not in viewer.scopes:
                raise ScopeMissingError(scope=needed)
        except SophiaError as error:
            told = challenge(resource, scopes=sorted(scopes), error=error)
            status = 403 if error.kind is Kind.FORBIDDEN else 401
            return Response(status_code=status, headers={"WWW-Authenticate": told})
        return JSONResponse(
            {"user_id": str(viewer.user_id), "scopes": sorted(viewer.scopes), "via": viewer.via}
        )

    app = app_over(identity)
    app.state.oauth = oauth
    methods = ["GET", "POST"]
    app.router.routes.insert(0, Route("/mcp/{server}", guarded, methods=methods))
    app.router.routes.insert(0, Route("/mcp", guarded, methods=methods))
    return app


def parts_are_there(app: FastAPI) -> ASGIApp:
    """Give the app as a server takes it: what it serves with needs not be opened."""

    async def serve(scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})

    return serve


@dataclass(frozen=True, slots=True)
class Pkce:
    """A verifier and its challenge."""

    verifier: str
    challenge: str


def pkce() -> Pkce:
    """Make a pair."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Pkce(verifier, base64.urlsafe_b64encode(digest).decode().rstrip("="))


def query_of(url: str) -> dict[str, str]:
    """Give a URL's query."""
    found = parse_qs(urlsplit(url).query, keep_blank_values=True)
    return {name: values[0] for name, values in found.items()}


def assert_refused(answer: httpx2.Response, error: str) -> None:
    """Hold a refusal to RFC 6749."""
    body = answer.json()
    assert (answer.status_code, body["error"]) == (400, error), body
    assert body["error_description"]


class Application:
    """An application without secrets, and the person whose browser it opens."""

    def __init__(self, client: httpx2.AsyncClient, person: httpx2.AsyncClient) -> None:
        """Take the application's own way to Sophia, and the signed-in browser's."""
        self.client = client
        self.person = person
        self.client_id = ""
        self.pair = pkce()

    async def register(self, *redirect_uris: str, **said: Any) -> httpx2.Response:
        """Register; remembers the client id."""
        wanted = {"client_name": "Notes", "redirect_uris": redirect_uris or [CALLBACK], **said}
        answer = await self.client.post("/oauth/register", json=wanted)
        self.client_id = answer.json().get("client_id", "")
        return answer

    def query(self, **changes: str | None) -> str:
        """Give the query that the browser is sent with; what is None is left out."""
        usual = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "code_challenge": self.pair.challenge,
            "code_challenge_method": "S256",
            "scope": "tools:read",
            "state": "a state & more",
            "resource": GATEWAY,
        }
        told = {name: value for name, value in (usual | changes).items() if value is not None}
        return urlencode(told)

    async def ask(self, **changes: str | None) -> httpx2.Response:
        """Have the request looked at."""
        wish = {"query": self.query(**changes)}
        return await self.person.post(f"{CONSENT}/review", json=wish)

    async def agree(
        self, *scopes: str, is_allowed: bool = True, **changes: str | None
    ) -> httpx2.Response:
        """Have the person answer."""
        given = list(scopes) or ["tools:read"]
        wish = {"query": self.query(**changes), "is_allowed": is_allowed, "scopes": given}
        return await self.person.post(CONSENT, json=wish)

    async def code(self, *scopes: str, **changes: str | None) -> str:
        """Have the person agree, and give the code."""
        answer = await self.agree(*scopes, is_allowed=True, **changes)
        return query_of(answer.json()["redirect_to"])["code"]

    async def redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        """Exchange a code for tokens."""
        return await self.post(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": self.pair.verifier,
                "resource": GATEWAY,
                **changes,
            }
        )

    async def refresh(self, token: str, **changes: str | None) -> httpx2.Response:
        """Exchange a refresh token for its successor."""
        return await self.post({"grant_type": "refresh_token", "refresh_token": token, **changes})

    async def post(
        self, form: Mapping[str, str | None], path: str = "/oauth/token"
    ) -> httpx2.Response:
        """Send a form, with the client id unless it says another."""
        whole = {"client_id": self.client_id, **form}
        told = {name: value for name, value in whole.items() if value is not None}
        return await self.client.post(path, data=told)

    async def connect(self, *scopes: str) -> dict[str, Any]:
        """Go the whole way, and give the tokens."""
        if not self.client_id:
            await self.register()
        code = await self.code(*scopes, scope=" ".join(scopes) or "tools:read")
        answer = await self.redeem(code)
        answer.raise_for_status()
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def call(self, token: str, path: str = "/mcp", **headers: str) -> httpx2.Response:
        """Call the gateway."""
        told = {"Authorization": f"Bearer {token}", **headers}
        return await self.client.get(GATEWAY_ORIGIN + path, headers=told)
