"""An MCP server that wants people to log in, and the login, which remembers and is strict."""

import base64
import hashlib
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sophia.kit.clock import SystemClock
from tests.support.serving import listening_on


@dataclass
class ScriptedLogin:
    """Server and login in one; what it says of itself and what it saw is the test's to change."""

    origin: str = ""
    changes: dict[str, Any] = field(default_factory=dict[str, Any])
    resource: dict[str, Any] = field(default_factory=dict[str, Any])
    expires_in: int | None = 3600
    pause_s: float = 0.0
    status: int = 200
    registered: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    codes: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    access: set[str] = field(default_factory=set[str])
    refresh: set[str] = field(default_factory=set[str])
    used_refresh: set[str] = field(default_factory=set[str])
    clients: set[str] = field(default_factory=set[str])
    has_reuse: bool = False
    lacking: str = ""

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    @property
    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "registration_endpoint": f"{self.origin}/register",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        } | self.changes

    def agree(self, url: str) -> dict[str, str]:
        """Give what the browser comes back with after its person agreed at this URL."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return {"state": query["state"], "code": code, "issuer": self.origin}

    async def mcp(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.access and self.lacking:
            told = f'Bearer error="insufficient_scope", scope="{self.lacking}"'
            return Response(status_code=403, headers={"WWW-Authenticate": told})
        if token in self.access:
            return JSONResponse({"is_in": True})
        where = f"{self.origin}/.well-known/oauth-protected-resource/mcp"
        told = {"WWW-Authenticate": f'Bearer resource_metadata="{where}", scope="read"'}
        return Response(status_code=401, headers=told)

    async def authorize(self, request: Request) -> Response:
        """Agree at once, as the login of whoever is logged in there does."""
        answer = self.agree(str(request.url))
        query = urlencode({"state": answer["state"], "code": answer["code"], "iss": self.origin})
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{query}")

    async def protected(self, _: Request) -> Response:
        said = {"resource": self.url, "authorization_servers": [self.origin]}
        return JSONResponse(said | self.resource)

    async def discovered(self, _: Request) -> Response:
        return JSONResponse(self.metadata)

    async def register(self, request: Request) -> Response:
        said = await request.json()
        self.registered.append(said)
        client_id = f"client-{len(self.registered)}"
        self.clients.add(client_id)
        return JSONResponse(said | {"client_id": client_id}, 201)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.asked.append(form)
        await SystemClock().sleep(self.pause_s)
        if self.status != 200:
            return Response(status_code=self.status)
        if form["client_id"] not in self.clients:
            return JSONResponse({"error": "invalid_client"}, 401)
        if not (self._is_code_good(form) or self._is_refresh_good(form)):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access, refresh = secrets.token_urlsafe(8), secrets.token_urlsafe(8)
        self.access.add(access)
        self.refresh.add(refresh)
        said: dict[str, Any] = {"access_token": access, "token_type": "bearer"}
        said |= {"refresh_token": refresh, "expires_in": self.expires_in}
        return JSONResponse({name: value for name, value in said.items() if value is not None})

    def _is_code_good(self, form: dict[str, str]) -> bool:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            return False
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return challenge == asked["code_challenge"] and all(
            form[name] == asked[name] for name in ("client_id", "redirect_uri", "resource")
        )

    def _is_refresh_good(self, form: dict[str, str]) -> bool:
        token = form.get("refresh_token", "")
        if token in self.used_refresh:
            self.has_reuse = True
            self.access.clear()
            self.refresh.clear()
        if token not in self.refresh:
            return False
        self.refresh.discard(token)
        self.used_refresh.add(token)
        return True


def _before(behind: ASGIApp, login: ScriptedLogin, app: ASGIApp) -> ASGIApp:
    """Let whoever has logged in through to an MCP server, and everybody else to the login."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_let_in = scope["type"] == "lifespan"
        if scope["type"] == "http" and scope["path"] == "/mcp":
            said = dict(scope["headers"]).get(b"authorization", b"").decode()
            is_let_in = said.removeprefix("Bearer ") in login.access
        await (behind if is_let_in else app)(scope, receive, send)

    return answer


@asynccontextmanager
async def scripted_login(behind: ASGIApp | None = None) -> AsyncGenerator[ScriptedLogin]:
    """Serve one on loopback, before an MCP server if there is one."""
    login = ScriptedLogin()
    app = Starlette(
        routes=[
            Route("/mcp", login.mcp, methods=["GET", "POST"]),
            Route("/.well-known/oauth-protected-resource/mcp", login.protected),
            Route("/.well-known/oauth-authorization-server", login.discovered),
            Route("/authorize", login.authorize),
            Route("/register", login.register, methods=["POST"]),
            Route("/token", login.token, methods=["POST"]),
        ]
    )
    bound = socket.create_server(("127.0.0.1", 0))
    login.origin = f"http://127.0.0.1:{bound.getsockname()[1]}"
    async with listening_on(bound, app if behind is None else _before(behind, login, app)):
        yield login
