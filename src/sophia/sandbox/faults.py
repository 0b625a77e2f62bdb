"""What a stand-in does wrong on request, for as many requests as wanted."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sophia.kit.clock import Clock

PATH = "/sandbox/faults"


class Fault(BaseModel):
    """One kind of trouble: `limit` is 429, `error` a 5xx, `strange` an answer of a wrong schema.

    `lost` does what was asked and answers as `error` does.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["limit", "error", "slow", "strange", "lost"]
    times: int = Field(default=1, ge=1, le=1000)
    # Only requests whose path has this in it.
    path: str = ""
    retry_after_s: int = Field(default=1, ge=0, le=3600)
    delay_s: float = Field(default=30, ge=0, le=600)
    status: int = Field(default=503, ge=500, le=599)


@dataclass(slots=True)
class Faults:
    """The faults to come; POST one to /sandbox/faults of a stand-in, DELETE forgets all."""

    clock: Clock
    waiting: list[Fault] = field(default_factory=list[Fault])

    def expect(self, fault: Fault) -> None:
        """Do this wrong from now on, as often as it says."""
        self.waiting.append(fault)

    def take(self, path: str) -> Fault | None:
        """Give what is to go wrong with a request, and count it."""
        found = next((fault for fault in self.waiting if fault.path in path), None)
        if found is None:
            return None
        at = self.waiting.index(found)
        if found.times == 1:
            del self.waiting[at]
        else:
            self.waiting[at] = found.model_copy(update={"times": found.times - 1})
        return found

    def around(self, app: ASGIApp) -> ASGIApp:
        """Put the faults before a stand-in."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            if scope["path"] == PATH:
                await (await self._switch(Request(scope, receive)))(scope, receive, send)
                return
            fault = self.take(scope["path"])
            if fault is not None and fault.kind == "slow":
                await self.clock.sleep(fault.delay_s)
            if fault is not None and fault.kind == "lost":
                await app(scope, receive, _unheard)
            wrong = _answer(fault) if fault is not None else None
            await (wrong or app)(scope, receive, send)

        return answer

    async def _switch(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.waiting.clear()
        elif request.method == "POST":
            try:
                self.expect(Fault.model_validate_json(await request.body()))
            except ValidationError as error:
                return JSONResponse({"message": str(error)}, status_code=422)
        return JSONResponse([fault.model_dump() for fault in self.waiting])


async def _unheard(_message: Message) -> None:
    """Take an answer that nobody gets."""


def _answer(fault: Fault) -> Response | None:
    if fault.kind == "limit":
        return JSONResponse(
            {"message": "Too many requests"},
            status_code=429,
            headers={"Retry-After": str(fault.retry_after_s)},
        )
    if fault.kind in {"error", "lost"}:
        return JSONResponse({"message": "Something went wrong"}, status_code=fault.status)
    if fault.kind == "strange":
        return JSONResponse({"surprise": [1, 2, 3]})
    return None
