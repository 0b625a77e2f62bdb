"""One MCP server as its callers reach it: a link, and what keeps its failures to itself."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sophia.core.messages import JsonObject, object_of
from sophia.core.ports import Person
from sophia.core.provenance import UNTRUSTED_KEY
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.toolbox.breaker import Breaker
from sophia.toolbox.errors import (
    AnswerInvalidError,
    ServerBusyError,
    ServerFailedError,
    ServerRefusedError,
    ServerRestingError,
)
from sophia.toolbox.exchange import PROTOCOL_VERSION, Endpoint, Exchange, Notify, Request

_AT_ONCE = 64
_ADMISSION_S = 1.0
_USED_FOR_S = 30.0
_MAX_TOKENS = 1024

type Mint = Callable[[str, Person], str]
"""Makes a short-lived token for a server on behalf of a caller."""


class Link(Protocol):
    """A way to one MCP server, whatever it speaks."""

    async def request(
        self, request: Request, *, caller: Person, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        """Give the result of a request; raises ServerFailedError."""
        ...

    def listen(self, request: Request, *, caller: Person) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what a server tells on a stream without end; raises ServerFailedError."""
        ...


class Tokens:
    """Tokens for one server. Each is used for some seconds: to sign and to check it costs."""

    def __init__(self, server: str, mint: Mint, *, clock: Clock) -> None:
        """Take what signs."""
        self._server = server
        self._mint = mint
        self._clock = clock
        self._made: dict[Person, tuple[float, str]] = {}

    def of(self, caller: Person) -> str:
        """Give a token that speaks for the caller, with most of its life before it."""
        now_s = self._clock.monotonic()
        made_s, token = self._made.get(caller, (float("-inf"), ""))
        if now_s - made_s > _USED_FOR_S:
            token = self._mint(self._server, caller)
            if len(self._made) >= _MAX_TOKENS:
                self._made.clear()
            self._made[caller] = (now_s, token)
        return token


@dataclass(frozen=True, slots=True)
class OwnLink:
    """The way to one of our own servers: the stateless era, by a short-lived token."""

    endpoint: Endpoint
    exchange: Exchange
    tokens: Tokens

    async def request(
        self, request: Request, *, caller: Person, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        """Give the result of a request; raises ServerFailedError."""
        return await self.exchange.request(
            self.endpoint,
            request,
            token=self.tokens.of(caller),
            timeout_s=timeout_s,
            notify=notify,
        )

    def listen(self, request: Request, *, caller: Person) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what a server tells on a stream without end; raises ServerFailedError."""
        token = self.tokens.of(caller)
        return self.exchange.listen(self.endpoint, request, token=token)


class Upstream:
    """A server behind the toolbox and the gateway.

    `is_trusted`: what it gives back is of this Sophia's own people; of all others it may be other
    people's text, and with it instructions to the model. `registered_at`: when an operator
    registered it; the others are Sophia's own.
    """

    def __init__(
        self,
        name: str,
        title: str,
        link: Link,
        *,
        is_trusted: bool,
        clock: Clock,
        registered_at: datetime | None = None,
    ) -> None:
        """Take the way to it."""
        self.name = name
        self.registered_at = registered_at
        self.title = title
        self.is_trusted = is_trusted
        self._link = link
        self._clock = clock
        self._breaker = Breaker(clock)
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def request(
        self,
        request: Request,
        *,
        caller: Person,
        timeout_s: float,
        notify: Notify | None = None,
    ) -> JsonObject:
        """Give the result of a request; raises ServerFailedError."""
        began_s = self._clock.monotonic()
        error_type = ""
        try:
            async with self._place():
                result = await self._sent(
                    request, caller=caller, timeout_s=timeout_s, notify=notify
                )
            error_type = "tool_error" if result.get("isError") is True else ""
        except ServerFailedError as error:
            error_type = error.label
            raise
        finally:
            self._observe(request, self._clock.monotonic() - began_s, error_type)
        return result

    def gives_untrusted(self, result: JsonObject) -> bool:
        """Say whether a result may hold strangers' words. No server vouches for itself."""
        said = object_of(result.get("_meta")).get(UNTRUSTED_KEY)
        return said is True or not self.is_trusted

    def listen(self, request: Request, *, caller: Person) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what it tells on a stream without end; raises ServerFailedError."""
        return self._link.listen(request, caller=caller)

    @asynccontextmanager
    async def _place(self) -> AsyncGenerator[None]:
        """Wait for one of the places; a server that hangs holds no more than these."""
        try:
            async with asyncio.timeout(_ADMISSION_S):
                await self._places.acquire()
        except TimeoutError as error:
            raise ServerBusyError from error
        try:
            yield
        finally:
            self._places.release()

    async def _sent(
        self, request: Request, *, caller: Person, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        if not self._breaker.admits():
            raise ServerRestingError
        is_judged = False
        try:
            result = await self._link.request(
                request, caller=caller, timeout_s=timeout_s, notify=notify
            )
            is_judged = True
            self._breaker.succeed()
        except (ServerRefusedError, AnswerInvalidError):
            # It is there, and heard us.
            is_judged = True
            self._breaker.succeed()
            raise
        except ServerFailedError:
            is_judged = True
            self._breaker.fail()
            raise
        finally:
            if not is_judged:
                self._breaker.abandon()
        return result

    def _observe(self, request: Request, took_s: float, error_type: str) -> None:
        tool = request.params.get("name") if request.method == "tools/call" else ""
        metrics.mcp_client_operation_duration.labels(
            self.name, request.method, tool, error_type, "", "tcp", PROTOCOL_VERSION
        ).observe(took_s)
