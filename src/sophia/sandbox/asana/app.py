"""The stand-in for Asana as an ASGI application."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from sophia.kit.clock import Clock
from sophia.sandbox.asana import places, projects, tasks
from sophia.sandbox.asana.replies import refused
from sophia.sandbox.asana.seed import seeded
from sophia.sandbox.door import Door

_REFUSAL = {"errors": [{"message": "Not Authorized", "help": "Give a valid token."}]}


def asana_app(clock: Clock) -> Starlette:
    """Build a stand-in with a workspace of its own."""
    app = Starlette(
        routes=[*places.ROUTES, *projects.ROUTES, *tasks.ROUTES],
        middleware=[Middleware(Door, refusal=_REFUSAL)],
        exception_handlers={HTTPException: refused},
    )
    app.state.workspace = seeded(clock)
    return app
