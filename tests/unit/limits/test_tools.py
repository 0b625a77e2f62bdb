from sophia.core.messages import JsonObject, ToolCall
from sophia.core.ports import Caller
from sophia.limits.limiter import Limiter
from sophia.limits.tools import LimitedToolbox
from sophia.limits.way import Way
from tests.support.clock import FixedClock
from tests.support.serving import a_caller
from tests.support.toolbox import InMemoryToolbox


async def look(_arguments: JsonObject, _caller: Caller) -> str:
    return "seen"


async def test_a_tool_called_too_often_says_when_to_try_again() -> None:
    clock, tools, anna = FixedClock(), InMemoryToolbox(), a_caller()
    tools.add("memory__look", look)
    tools.add("memory__list", look)
    limiter = Limiter(Way(None, None), replicas=1, clock=clock)
    limited = LimitedToolbox(tools, limiter, quota=3)

    async def call(name: str, caller: Caller) -> str:
        asked = ToolCall(id="1", name=name, arguments={})
        return (await limited.call(asked, caller=caller, timeout_s=1)).text

    for _ in range(3):
        assert await call("memory__look", anna) == "seen"
    assert await call("memory__look", anna) == (
        "memory__look was not run: 3 calls of it in a minute are allowed."
        " Try again in 20 s, or ask for more in one call."
    )
    assert len(tools.calls) == 3
    assert await call("memory__list", anna) == "seen"
    assert await call("memory__look", a_caller("Grace")) == "seen"
    clock.advance(20)
    assert await call("memory__look", anna) == "seen"
