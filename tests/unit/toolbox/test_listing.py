from typing import Any

import pytest
from mcp_types import METHOD_NOT_FOUND

from sophia.core.messages import JsonObject
from sophia.kit.clock import SystemClock
from sophia.toolbox.errors import AnswerInvalidError, RpcAnswerError
from sophia.toolbox.exchange import Request
from sophia.toolbox.listing import Listing, fetch
from sophia.toolbox.upstream import Upstream
from tests.support.links import FakeLink
from tests.support.serving import a_caller

TOOL = {"name": "t", "inputSchema": {"type": "object"}}


async def listing_of(answers: dict[str, Any]) -> tuple[Listing, list[str]]:
    async def answer(request: Request) -> JsonObject:
        found = answers.get(request.method)
        if found is None:
            raise RpcAnswerError.of(METHOD_NOT_FOUND, "Method not found", None)
        return found[str(request.params.get("cursor"))] if "None" in found else found

    link = FakeLink(answer)
    upstream = Upstream("memory", "AI Memory", link, is_trusted=True, clock=SystemClock())
    listing = await fetch(upstream, caller=a_caller())
    return listing, [request.method for request in link.asked]


async def test_only_what_a_server_says_it_can_is_asked_for() -> None:
    listing, asked = await listing_of(
        {"server/discover": {"capabilities": {"tools": {}}}, "tools/list": {"tools": [TOOL]}}
    )

    assert [spec.name for spec in listing.specs] == ["memory__t"]
    assert listing.items == {"tools": (TOOL,)}
    assert asked == ["server/discover", "tools/list"]


async def test_a_list_in_pages_is_read_to_its_end() -> None:
    pages = {
        "None": {"tools": [{**TOOL, "name": "a"}], "nextCursor": "2"},
        "2": {"tools": [{**TOOL, "name": "b"}]},
    }
    listing, _ = await listing_of(
        {"server/discover": {"capabilities": {"tools": {}}}, "tools/list": pages}
    )

    assert [spec.name for spec in listing.specs] == ["memory__a", "memory__b"]


async def test_a_server_with_resources_need_not_have_templates() -> None:
    listing, _ = await listing_of(
        {
            "server/discover": {"capabilities": {"resources": {}}},
            "resources/list": {"resources": [{"uri": "a://b", "name": "b"}]},
        }
    )

    assert listing.items["resourceTemplates"] == ()
    assert listing.capabilities == {"resources": {}}


@pytest.mark.parametrize(
    "answers",
    [
        {"server/discover": {}},
        {"server/discover": {"capabilities": {"tools": {}}}, "tools/list": {}},
        {"server/discover": {"capabilities": {"tools": {}}}, "tools/list": {"tools": {}}},
        {"server/discover": {"capabilities": {"tools": {}}}, "tools/list": {"tools": [7]}},
        {
            "server/discover": {"capabilities": {"tools": {}}},
            "tools/list": {"tools": [], "nextCursor": "again"},
        },
    ],
)
async def test_an_answer_of_another_shape_is_refused(answers: dict[str, Any]) -> None:
    with pytest.raises(AnswerInvalidError):
        await listing_of(answers)
