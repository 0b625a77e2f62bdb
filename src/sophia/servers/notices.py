"""What the backend tells a server: that its vendor has news, so that what is kept is old."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from sophia.kit.errors import SophiaError
from sophia.servers.access import Gate
from sophia.servers.entrance import unauthorised


class Notices:
    """Takes notices from the backend alone."""

    def __init__(self, gate: Gate, forget: Callable[[], None] | None) -> None:
        """Take who is let in, and what forgets; a server that keeps nothing has nothing."""
        self._gate = gate
        self._forget = forget

    async def answer(self, request: Request) -> Response:
        """Answer POST /forget."""
        try:
            self._gate.admit_notice(request.headers.get("authorization"))
        except SophiaError as error:
            return unauthorised(error)
        if self._forget is not None:
            self._forget()
        return Response(status_code=204)
