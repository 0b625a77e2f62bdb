"""A way to an MCP server that answers as a test says: the in-memory twin of a Link."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from sophia.core.messages import JsonObject
from sophia.core.ports import Person
from sophia.toolbox.exchange import Notify, Request

type Answer = Callable[[Request], Awaitable[JsonObject]]


class FakeLink:
    """Keeps what was asked of it."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.asked: list[Request] = []
        self.told: Callable[[Request], Sequence[tuple[str, JsonObject]]] = lambda _: ()
        self.tells: Sequence[tuple[str, JsonObject]] = ()
        self.answer = answer

    async def request(
        self, request: Request, *, caller: Person, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        del caller, timeout_s
        self.asked.append(request)
        if notify is not None:
            for method, params in self.told(request):
                await notify(method, params)
        return {} if self.answer is None else await self.answer(request)

    async def listen(
        self, request: Request, *, caller: Person
    ) -> AsyncGenerator[tuple[str, JsonObject]]:
        del caller
        self.asked.append(request)
        for method, params in self.tells:
            yield method, params
        await asyncio.Event().wait()
