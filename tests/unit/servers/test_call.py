"""What a tool may do in the middle of a call: tell how far it is, ask the client, be cancelled."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CreateMessageResult,
    ElicitRequest,
    ElicitResult,
    InputRequiredResult,
    ListRootsResult,
    Root,
    TextContent,
)
from pydantic import BaseModel

from sophia.servers.call import Call
from sophia.servers.parts import NoArguments, ServerParts, Tool
from tests.support.serving import ERAS, Served, a_caller, connected, mint, serving


class Confirm(BaseModel):
    is_sure: bool


class Launch:
    """A tool with an effect that a person must allow, at a price that changes."""

    def __init__(self) -> None:
        self.price = 1
        self.launched = 0
        self.is_waiting = asyncio.Event()
        self.is_cancelled = asyncio.Event()

    async def launch(self, _given: NoArguments, call: Call) -> str:
        told = await call.ask_person("sure", f"Launch for ${self.price} an hour?", Confirm)
        if told.is_sure:
            self.launched += 1
        return f"Launched: {told.is_sure}"

    async def survey(self, _given: NoArguments, call: Call) -> str:
        said = await call.ask_model("capital", "The capital of France?", max_tokens=9)
        roots = await call.ask_roots("roots")
        return f"{said} {[str(root.uri) for root in roots]}"

    async def count(self, _given: NoArguments, call: Call) -> str:
        for done in range(1, 4):
            await call.progress(done, 3, f"{done} of 3")
        return "counted"

    async def wait(self, _given: NoArguments, _call: Call) -> str:
        self.is_waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.is_cancelled.set()
            raise
        return "never"

    def parts(self) -> ServerParts:
        runs = (self.launch, self.survey, self.count, self.wait)
        tools: list[Tool[Any, Any]] = [
            Tool(
                name=run.__name__,
                title=run.__name__,
                description="A tool of the test.",
                arguments=NoArguments,
                run=run,
                timeout_s=60,
            )
            for run in runs
        ]
        return ServerParts(name="memory", instructions="", tools=tools, is_asking=True)


@pytest.fixture(name="launch")
def _launch() -> Launch:
    return Launch()


@pytest.fixture(name="served")
async def _served(launch: Launch) -> AsyncGenerator[Served]:
    async with serving(launch.parts()) as served:
        yield served


def answering(action: str, **content: Any) -> Any:
    async def answer(_context: Any, _params: Any) -> ElicitResult:
        return ElicitResult.model_validate({"action": action, "content": content or None})

    return answer


async def sample(_context: Any, _params: Any) -> CreateMessageResult:
    content = TextContent(type="text", text="Paris")
    return CreateMessageResult(role="assistant", content=content, model="m")


async def list_roots(_context: Any) -> ListRootsResult:
    return ListRootsResult(roots=[Root.model_validate({"uri": "file:///work"})])


def text_of(result: Any) -> str:
    block = result.content[0]
    assert isinstance(block, TextContent)
    return block.text


@pytest.mark.parametrize("era", ERAS)
async def test_a_person_is_asked_and_the_effect_comes_once(
    served: Served, launch: Launch, era: str
) -> None:
    answer = answering("accept", is_sure=True)
    async with connected(served, era=era, elicitation_callback=answer) as client:
        result = await client.call_tool("launch", {})

    assert text_of(result) == "Launched: True"
    assert launch.launched == 1


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_whoever_declines_stops_the_tool(
    served: Served, launch: Launch, era: str, action: str
) -> None:
    async with connected(served, era=era, elicitation_callback=answering(action)) as client:
        result = await client.call_tool("launch", {})

    assert result.is_error
    assert "declined" in text_of(result)
    assert launch.launched == 0


@pytest.mark.parametrize("era", ERAS)
async def test_an_answer_that_does_not_fit_the_form_stops_the_tool(
    served: Served, launch: Launch, era: str
) -> None:
    answer = answering("accept", is_sure="perhaps")
    async with connected(served, era=era, elicitation_callback=answer) as client:
        result = await client.call_tool("launch", {})

    assert result.is_error
    assert "is_sure" in text_of(result)
    assert launch.launched == 0


@pytest.mark.parametrize("era", ERAS)
async def test_model_and_roots_are_asked_one_after_the_other(served: Served, era: str) -> None:
    async with connected(
        served, era=era, sampling_callback=sample, list_roots_callback=list_roots
    ) as client:
        result = await client.call_tool("survey", {})

    assert text_of(result) == "Paris ['file:///work']"


async def test_a_client_that_cannot_be_asked_is_told_what_is_needed(served: Served) -> None:
    async with connected(served) as client:
        with pytest.raises(MCPError, match="elicitation/create") as caught:
            await client.call_tool("launch", {})
    async with connected(served, era="legacy") as client:
        result = await client.call_tool("launch", {})

    assert caught.value.error.data == {"requiredCapabilities": {"elicitation": {}}}
    assert "cannot be asked" in text_of(result)


async def by_hand(served: Served, token: str, **more: Any) -> Any:
    """Call as a client that does the rounds itself."""
    async with connected(
        served, token=token, elicitation_callback=answering("accept", is_sure=True)
    ) as client:
        try:
            return await client.session.call_tool("launch", {}, allow_input_required=True, **more)
        except MCPError as error:
            return error.error.message


SURE = {"sure": ElicitResult(action="accept", content={"is_sure": True})}


async def test_the_state_of_a_question_is_of_no_use_to_anybody_else(
    served: Served, launch: Launch
) -> None:
    anna, ben = mint("memory", a_caller("Anna")), mint("memory", a_caller("Ben"))
    asked = await by_hand(served, anna)
    assert isinstance(asked, InputRequiredResult)
    state = asked.request_state
    for token, given in ((ben, state), (anna, f"{state}x")):
        told = await by_hand(served, token, input_responses=SURE, request_state=given)
        assert told == "Invalid or expired requestState"
    assert launch.launched == 0

    result = await by_hand(served, anna, input_responses=SURE, request_state=state)
    assert text_of(result) == "Launched: True"


async def test_an_answer_counts_for_the_question_that_was_put_and_no_other(
    served: Served, launch: Launch
) -> None:
    token = mint("memory", a_caller())
    asked = await by_hand(served, token)
    launch.price = 9
    again = await by_hand(served, token, input_responses=SURE, request_state=asked.request_state)

    assert isinstance(again, InputRequiredResult)
    assert again.input_requests is not None
    question = again.input_requests["sure"]
    assert isinstance(question, ElicitRequest)
    assert "$9" in question.params.message
    assert launch.launched == 0


async def test_a_session_is_of_no_use_to_anybody_else(served: Served) -> None:
    anna, ben = mint("memory", a_caller("Anna")), mint("memory", a_caller("Ben"))
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    sent = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {anna}"}
    async with aiohttp.ClientSession() as http:
        async with http.post(served.url, json=hello, headers=sent) as response:
            session = response.headers["Mcp-Session-Id"]
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        sent["Mcp-Session-Id"] = session
        async with http.post(served.url, json=ping, headers=sent) as response:
            assert response.status == 200
        sent["Authorization"] = f"Bearer {ben}"
        async with http.post(served.url, json=ping, headers=sent) as response:
            assert response.status == 404


@pytest.mark.parametrize("era", ERAS)
async def test_progress_is_told_to_whoever_asked_for_it(served: Served, era: str) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    async with connected(served, era=era) as client:
        result = await client.call_tool("count", {}, progress_callback=hear)
        quiet = await client.call_tool("count", {})

    assert text_of(result) == text_of(quiet) == "counted"
    assert told == [(done, 3, f"{done} of 3") for done in (1, 2, 3)]


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_goes_away_cancels_the_call(
    served: Served, launch: Launch, era: str
) -> None:
    async with connected(served, era=era) as client:
        calling = asyncio.ensure_future(client.call_tool("wait", {}))
        async with asyncio.timeout(10):
            await launch.is_waiting.wait()
            calling.cancel()
            await launch.is_cancelled.wait()
    assert calling.cancelled() or calling.done()
