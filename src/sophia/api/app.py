"""The ASGI app: routers, error table, surroundings. What it serves with is put into its state."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import fields
from typing import Any

from fastapi import Depends, FastAPI
from starlette.middleware import Middleware

from sophia import __version__
from sophia.api import audit, docs_page, health, problems, system
from sophia.api.console_files import ConsoleMount
from sophia.api.idempotency import Idempotency, on_repeated
from sophia.api.limits import Limits, count_strangers
from sophia.api.middleware import BodyLimit, Surroundings
from sophia.api.problems import ProblemOut
from sophia.approvals import routes as approval_routes
from sophia.archive import routes as archive_routes
from sophia.archive import schemas as archive_schemas
from sophia.attachments import routes as attachment_routes
from sophia.chat import event_schemas
from sophia.chat import routes as chat_routes
from sophia.chat import sockets as chat_sockets
from sophia.documents import routes as document_routes
from sophia.federation import routes as federation_routes
from sophia.gateway import routes as gateway_routes
from sophia.hooks import routes as hook_routes
from sophia.idempotency.requests import HEADER, KEY_PATTERN, MAX_KEY_CHARS, WRITES, Repeated
from sophia.identity import routes as identity_routes
from sophia.infrastructure import routes as infrastructure_routes
from sophia.mcp_servers import routes as mcp_server_routes
from sophia.memory import graph_routes
from sophia.memory import routes as memory_routes
from sophia.oauth import routes as oauth_routes
from sophia.oauth import schemas as oauth_schemas
from sophia.people import routes as people_routes
from sophia.pins import routes as pin_routes
from sophia.schedules import routes as schedule_routes
from sophia.search import routes as search_routes
from sophia.wiring.api import ApiParts

_PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457).",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
}
_LARGER_BODIES = {
    archive_routes.IMPORT_PATH: 32 * 1024 * 1024,
    memory_routes.IMPORT_PATH: 32 * 1024 * 1024,
    document_routes.UPLOAD_PATH: document_routes.MAX_UPLOAD_BYTES,
    attachment_routes.UPLOAD_PATH: attachment_routes.MAX_UPLOAD_BYTES,
}
_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_KEY_CHARS,
        "pattern": KEY_PATTERN,
        "title": "Idempotency-Key",
    },
    "description": "The same request with the same key is answered as before, for a day.",
}
_ERRORS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503, 504)


class _Api(FastAPI):
    """Describes what FastAPI knows nothing of: problems, and the events of streams."""

    def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI description."""
        is_cached = self.openapi_schema is not None
        described = super().openapi()
        if not is_cached:
            described["components"]["schemas"] |= {
                "ProblemOut": ProblemOut.model_json_schema(),
                **event_schemas.components(),
                **archive_schemas.components(),
                "RefusalOut": oauth_schemas.RefusalOut.model_json_schema(),
            }
            for operation in _guarded_writes(described):
                parameters: list[dict[str, Any]] = operation.setdefault("parameters", [])
                if all(one["name"] != HEADER for one in parameters):
                    parameters.append(_IDEMPOTENCY_KEY)
        return described


def _guarded_writes(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in described["paths"].values():
        for method, operation in operations.items():
            if method.upper() in WRITES and "security" in operation:
                yield operation


def build(open_parts: Callable[[], AbstractAsyncContextManager[ApiParts]]) -> FastAPI:
    """Build the app; its parts are opened when it starts and closed when it ends."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_parts() as parts:
            put_parts(app, parts)
            yield

    app = _Api(
        title="Sophia",
        version=__version__,
        summary="A self-hosted AI operations desk.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(Surroundings),
            Middleware(BodyLimit, larger=_LARGER_BODIES),
            Middleware(Limits),
            Middleware(Idempotency),
        ],
        dependencies=[Depends(count_strangers)],
        responses=dict.fromkeys(_ERRORS, _PROBLEM),
    )
    problems.install(app)
    app.add_exception_handler(Repeated, on_repeated)
    for router in (
        gateway_routes.router,  # the first to be looked for: machines call it most
        health.router,
        identity_routes.router,
        federation_routes.router,
        oauth_routes.router,
        archive_routes.router,
        attachment_routes.router,
        search_routes.router,  # its path would be a conversation's
        chat_routes.router,
        chat_sockets.router,
        approval_routes.router,
        gateway_routes.api,
        mcp_server_routes.router,
        mcp_server_routes.api,
        pin_routes.router,
        people_routes.router,
        schedule_routes.router,
        hook_routes.router,
        document_routes.router,
        infrastructure_routes.router,
        memory_routes.router,
        graph_routes.router,
        system.router,
        audit.router,
        docs_page.router,
    ):
        app.include_router(router)
    app.router.routes.append(docs_page.assets)
    app.router.routes.append(ConsoleMount())
    return app


def put_parts(app: FastAPI, parts: ApiParts) -> None:
    """Hand the parts to the dependencies that look for them, each under its name."""
    for part in fields(parts):
        setattr(app.state, part.name, getattr(parts, part.name))
    app.state.health = health.Health(parts.database, parts.redis, parts.servers, clock=parts.clock)
