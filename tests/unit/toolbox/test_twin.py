"""The in-memory twin fails as the toolbox does."""

import asyncio

import pytest

from sophia.core.messages import JsonObject, ToolCall, ToolResult
from sophia.core.ports import Caller, Toolbox
from tests.support.serving import a_caller
from tests.support.toolbox import InMemoryToolbox, ToolError

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"word": {"type": "string"}},
    "additionalProperties": False,
}


async def echo(arguments: JsonObject, _caller: Caller) -> JsonObject:
    return arguments


async def fail(_arguments: JsonObject, _caller: Caller) -> str:
    raise ToolError("not today")


async def hang(_arguments: JsonObject, _caller: Caller) -> str:
    await asyncio.Event().wait()
    return "never"


@pytest.fixture(name="toolbox")
def _toolbox() -> InMemoryToolbox:
    toolbox = InMemoryToolbox()
    toolbox.add("test__echo", echo, schema=SCHEMA, is_read_only=True)
    toolbox.add("test__fail", fail)
    toolbox.add("test__hang", hang)
    return toolbox


async def call(toolbox: Toolbox, name: str, **arguments: str) -> ToolResult:
    timeout_s = 0.05 if name == "test__hang" else 5
    return await toolbox.call(
        ToolCall("1", name, arguments), caller=a_caller(), timeout_s=timeout_s
    )


async def test_a_function_answers(toolbox: InMemoryToolbox) -> None:
    assert (await call(toolbox, "test__echo", word="hi")).structured == {"word": "hi"}
    assert "test__echo" in {spec.name for spec in await toolbox.list_tools()}


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("test__ecko", {}, "Did you mean test__echo"),
        ("test__echo", {"wrod": "hi"}, "did you mean word?"),
        ("test__fail", {}, "not today"),
        ("test__hang", {}, "did not answer within 0.05 s"),
    ],
)
async def test_a_failure_is_an_answer(
    toolbox: InMemoryToolbox, name: str, arguments: dict[str, str], told: str
) -> None:
    done = await call(toolbox, name, **arguments)

    assert done.is_error
    assert told in done.text
