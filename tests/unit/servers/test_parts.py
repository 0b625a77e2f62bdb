"""What a server can consist of, as its clients see it."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import (
    BlobResourceContents,
    PromptReference,
    ResourceTemplateReference,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, ConfigDict

from sophia.core.provenance import UNTRUSTED_KEY
from sophia.kit.errors import Kind, SophiaError
from sophia.servers.call import Call
from sophia.servers.parts import NoArguments, Prompt, Resource, ServerParts, Template, Tool
from tests.support.serving import ERAS, Served, connected, serving

SETUP = "Put a token into the secret github_token."


class FileGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    path: str


class FileMissingError(SophiaError):
    """There is no such file: list them first."""

    kind = Kind.MISSING


async def read_file(given: FileGiven, _call: Call) -> str | bytes:
    if given.path == "none":
        raise FileMissingError
    if given.path == "broken":
        raise RuntimeError("the password is hunter2")
    return given.path.encode() if given.path.endswith(".bin") else f"content of {given.path}"


async def summarise(given: FileGiven, _call: Call) -> str:
    return f"Summarise {given.path}."


async def paths(prefix: str, _call: Call) -> list[str]:
    return [f"{prefix}{number}" for number in range(150)]


async def fetch(_given: NoArguments, _call: Call) -> str:
    return "what a stranger wrote"


def tool(name: str, **more: Any) -> Tool[Any, Any]:
    given: dict[str, Any] = {"arguments": NoArguments, "run": fetch, **more}
    return Tool(name=name, title=name, description=name, **given)


async def read_all(_call: Call) -> str:
    return "all"


PARTS = ServerParts(
    name="github",
    instructions="",
    tools=[tool("fetch", is_untrusted=True), tool("count", is_offline=True)],
    resources=[
        Resource(uri="file://all", name="all", title="All", description="All.", read=read_all)
    ],
    templates=[
        Template(
            uri="file://{+path}",
            name="file",
            title="File",
            description="A file.",
            arguments=FileGiven,
            read=read_file,
            mime_type="text/plain",
            is_untrusted=True,
            completions={"path": paths},
        )
    ],
    prompts=[
        Prompt(
            name="summarise",
            title="Summarise",
            description="Summarise a file.",
            arguments=FileGiven,
            render=summarise,
            completions={"path": paths},
        )
    ],
    withheld={"push": "it is read-only."},
)


@pytest.fixture(scope="module", name="served")
async def _served() -> AsyncGenerator[Served]:
    async with serving(PARTS) as served:
        yield served


async def refusal(served: Served, uri: str) -> MCPError:
    async with connected(served) as client:
        with pytest.raises(MCPError) as caught:
            await client.read_resource(uri)
    return caught.value


@pytest.mark.parametrize("era", ERAS)
async def test_a_template_reads_what_its_address_names(served: Served, era: str) -> None:
    async with connected(served, era=era) as client:
        (listed,) = (await client.list_resource_templates()).resource_templates
        text = (await client.read_resource("file://docs/a.txt")).contents[0]
        data = (await client.read_resource("file://a.bin")).contents[0]

    assert listed.uri_template == "file://{+path}"
    assert isinstance(text, TextResourceContents)
    assert (text.text, text.mime_type) == ("content of docs/a.txt", "text/plain")
    assert isinstance(data, BlobResourceContents)
    assert data.blob == "YS5iaW4="


@pytest.mark.parametrize("uri", ["file://../secret", "file://a/../../b", "file://a%00b"])
async def test_no_address_climbs_out_of_its_place(served: Served, uri: str) -> None:
    assert "climb out" in (await refusal(served, uri)).error.message


async def test_a_resource_that_is_not_there_is_the_client_s_mistake(served: Served) -> None:
    error = (await refusal(served, "file://none")).error

    assert (error.code, error.message) == (-32602, "There is no such file: list them first.")
    assert error.data == {"uri": "file://none"}


async def test_a_resource_that_breaks_tells_nothing_of_its_inside(served: Served) -> None:
    error = (await refusal(served, "file://broken")).error

    assert error.code == -32603
    assert "hunter2" not in error.message
    assert "log of the github server" in error.message


@pytest.mark.parametrize("era", ERAS)
async def test_a_prompt_is_listed_completed_and_written(served: Served, era: str) -> None:
    async with connected(served, era=era) as client:
        (listed,) = (await client.list_prompts()).prompts
        ref = PromptReference(type="ref/prompt", name="summarise")
        completion = (await client.complete(ref, {"name": "path", "value": "a"})).completion
        (message,) = (await client.get_prompt("summarise", {"path": "a.txt"})).messages
        with pytest.raises(MCPError, match="did you mean path"):
            await client.get_prompt("summarise", {"pth": "a.txt"})
        with pytest.raises(MCPError, match="did you mean summarise"):
            await client.get_prompt("summarize", {})

    assert listed.arguments is not None
    assert [(one.name, one.required) for one in listed.arguments] == [("path", True)]
    assert completion.values[:2] == ["a0", "a1"]
    assert (len(completion.values), completion.total, completion.has_more) == (100, 150, True)
    assert isinstance(message.content, TextContent)
    assert message.content.text == "Summarise a.txt."


async def test_a_template_s_argument_is_completed(served: Served) -> None:
    ref = ResourceTemplateReference(type="ref/resource", uri="file://{+path}")
    async with connected(served) as client:
        found = await client.complete(ref, {"name": "path", "value": "b"})
        none = await client.complete(ref, {"name": "other", "value": "b"})

    assert found.completion.values[0] == "b0"
    assert none.completion.values == []


@pytest.mark.parametrize("era", ERAS)
async def test_what_strangers_wrote_is_marked(served: Served, era: str) -> None:
    async with connected(served, era=era) as client:
        listed = {tool.name: tool.meta for tool in (await client.list_tools()).tools}
        result = await client.call_tool("fetch", {})
        file = await client.read_resource("file://a.txt")
        own = await client.read_resource("file://all")

    assert listed["fetch"] == {UNTRUSTED_KEY: True}
    assert listed["count"] is None
    assert [UNTRUSTED_KEY in (one.meta or {}) for one in (result, file, own)] == [
        True,
        True,
        False,
    ]


async def test_a_tool_that_is_not_offered_says_why(served: Served) -> None:
    async with connected(served) as client:
        with pytest.raises(MCPError, match="not offered here: it is read-only"):
            await client.call_tool("push", {})


async def test_without_configuration_tools_say_how_to_configure() -> None:
    async with (
        serving(replace(PARTS, missing=SETUP)) as served,
        connected(served) as client,
        aiohttp.ClientSession() as http,
    ):
        listed = (await client.list_tools()).tools
        refused = await client.call_tool("fetch", {})
        offline = await client.call_tool("count", {})
        async with http.get(f"{served.origin}/health") as response:
            health = await response.json()

    told = {tool.name: (tool.meta or {}).get("sophia/missing") for tool in listed}
    assert (told["fetch"], told["count"]) == (SETUP, None)
    assert refused.is_error
    assert isinstance(refused.content[0], TextContent)
    assert SETUP in refused.content[0].text
    assert not offline.is_error
    assert (response.status, health["status"], health["configured"]) == (200, "degraded", False)
    assert health["configure"] == SETUP
