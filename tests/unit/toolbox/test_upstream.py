import asyncio
from collections.abc import Callable

import pytest

from sophia.core.messages import JsonObject
from sophia.toolbox.breaker import FAILURES
from sophia.toolbox.errors import (
    RpcAnswerError,
    ServerAwayError,
    ServerBusyError,
    ServerFailedError,
    ServerRestingError,
)
from sophia.toolbox.exchange import Request
from sophia.toolbox.upstream import Upstream
from tests.support.clock import FixedClock
from tests.support.links import FakeLink
from tests.support.serving import a_caller

PING = Request("ping", {})


class Server:
    """Fails as the test says."""

    def __init__(self) -> None:
        self.failure: Callable[[], ServerFailedError] | None = None
        self.clock = FixedClock()
        self.link = FakeLink(self._answer)
        self.upstream = Upstream("a", "A", self.link, is_trusted=False, clock=self.clock)

    async def _answer(self, _request: Request) -> JsonObject:
        if self.failure is not None:
            raise self.failure()
        return {}

    async def outcome(self) -> str:
        try:
            await self.upstream.request(PING, caller=a_caller(), timeout_s=1)
        except ServerFailedError as error:
            return error.label
        return "answered"


async def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    server = Server()
    server.failure = ServerAwayError
    assert [await server.outcome() for _ in range(FAILURES + 2)] == [
        *["away"] * FAILURES,
        "resting",
        "resting",
    ]
    assert len(server.link.asked) == FAILURES

    server.failure = None
    server.clock.advance(2)
    assert [await server.outcome() for _ in range(2)] == ["answered", "answered"]


async def test_a_try_that_fails_makes_the_rest_longer() -> None:
    server = Server()
    server.failure = ServerAwayError
    for _ in range(FAILURES):
        await server.outcome()
    server.clock.advance(2)
    assert await server.outcome() == "away"
    server.clock.advance(2)
    assert await server.outcome() == "resting"
    server.clock.advance(2)
    assert await server.outcome() == "away"


async def test_an_error_that_a_server_answers_with_is_no_failure_of_the_server() -> None:
    server = Server()
    server.failure = RpcAnswerError

    assert [await server.outcome() for _ in range(2 * FAILURES)] == ["refused"] * 2 * FAILURES


async def test_a_request_that_nobody_waits_for_any_more_leaves_the_next_one_a_try() -> None:
    server = Server()
    server.failure = ServerAwayError
    for _ in range(FAILURES):
        await server.outcome()
    server.clock.advance(2)
    gate = asyncio.Event()

    async def wait(_request: Request) -> JsonObject:
        await gate.wait()
        return {}

    server.link.answer = wait
    trying = asyncio.create_task(server.outcome())
    while len(server.link.asked) == FAILURES:
        await asyncio.get_running_loop().run_in_executor(None, int)
    with pytest.raises(ServerRestingError):
        await server.upstream.request(PING, caller=a_caller(), timeout_s=1)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    gate.set()

    assert await server.outcome() == "answered"


async def test_a_server_that_hangs_holds_a_bounded_number_of_requests() -> None:
    gate = asyncio.Event()

    async def wait(_request: Request) -> JsonObject:
        await gate.wait()
        return {}

    link = FakeLink(wait)
    upstream = Upstream("a", "A", link, is_trusted=False, clock=FixedClock())
    waiting = [
        asyncio.create_task(upstream.request(PING, caller=a_caller(), timeout_s=9))
        for _ in range(64)
    ]
    while len(link.asked) < len(waiting):
        await asyncio.get_running_loop().run_in_executor(None, int)
    with pytest.raises(ServerBusyError):
        await upstream.request(PING, caller=a_caller(), timeout_s=9)
    gate.set()

    assert await asyncio.gather(*waiting) == [{}] * len(waiting)


@pytest.mark.parametrize(
    ("is_trusted", "meta", "expected"),
    [
        (True, None, False),
        (True, {"sophia/untrusted": True}, True),
        (False, None, True),
        (False, {"sophia/untrusted": False}, True),
    ],
)
def test_no_server_vouches_for_itself(
    *, is_trusted: bool, meta: dict[str, bool] | None, expected: bool
) -> None:
    upstream = Upstream("a", "A", FakeLink(), is_trusted=is_trusted, clock=FixedClock())

    assert upstream.gives_untrusted({} if meta is None else {"_meta": meta}) is expected
