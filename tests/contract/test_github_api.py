"""Every tool of the GitHub server, and its stand-in, keep to GitHub's own OpenAPI document."""

from dataclasses import dataclass

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult

from tests.support.github import github_desk
from tests.support.github_calls import CALLS, DEFAULT, PULL, Ask
from tests.support.vendor_desk import is_brief, words_of
from tests.support.vendor_graphql import GraphQLJudge
from tests.support.vendor_specs import Exchange, OpenApi, vendor_file, vendor_spec


@dataclass(frozen=True)
class Talk:
    """All calls, once: what came of each, and what passed between us and GitHub."""

    offered: set[str]
    results: list[tuple[Ask, CallToolResult]]
    seen: list[Exchange]


@pytest.fixture(scope="module")
async def talk() -> Talk:
    async with github_desk() as desk:
        offered = {tool.name for tool in (await desk.client.list_tools()).tools}
        results = [(ask, await desk.client.call_tool(ask.tool, ask.given)) for ask in CALLS]
        for tool in ("update_pull_request_branch", "merge_pull_request"):
            read = await desk.ask("get_pull_request", pull_request=PULL)
            await desk.ask(tool, pull_request=PULL, head_sha=read["head_sha"])
        seen = [one for one in desk.recorder.seen if not one.path.startswith("/sandbox/")]
    return Talk(offered, results, seen)


@pytest.mark.timeout(120)
def test_every_tool_keeps_to_the_vendor_s_document(talk: Talk) -> None:
    graph = [one for one in talk.seen if one.path == "/graphql"]
    rest = [one for one in talk.seen if one.path != "/graphql"]
    judge = OpenApi(vendor_spec("github/github_rest_slim.json"))
    assert len(talk.seen) > len(CALLS)
    assert "\n".join(wrong for one in rest for wrong in judge.violations(one)) == ""
    schema = GraphQLJudge(vendor_file("github/github_graphql_schema.graphql"))
    assert len(graph) > 8
    assert "\n".join(wrong for one in graph for wrong in schema.violations(one)) == ""


@pytest.mark.timeout(120)
def test_every_tool_answers_briefly_and_marks_what_strangers_wrote(talk: Talk) -> None:
    assert talk.offered == {ask.tool for ask in CALLS}
    for ask, result in talk.results:
        assert bool(result.is_error) == ask.is_refused, f"{ask}: {words_of(result)}"
        assert is_brief(result)
        if not result.is_error and ask.tool != "get_me":
            assert (result.meta or {}).get("sophia/untrusted") is True, ask.tool


@pytest.mark.parametrize("toolsets", ["", "github:default"])
async def test_without_a_choice_few_tools_are_offered(toolsets: str) -> None:
    async with github_desk(toolsets=toolsets) as desk:
        offered = (await desk.client.list_tools()).tools
        assert {tool.name for tool in offered} == {ask.tool for ask in DEFAULT}
        with pytest.raises(MCPError, match="SOPHIA_MCP_TOOLSETS"):
            await desk.client.call_tool("actions_list", {})
