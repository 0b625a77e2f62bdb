"""The client as mcp's own transport takes it."""

import socket

import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer

from sophia.outgoing.client import open_client
from sophia.outgoing.errors import AddressRefusedError
from tests.support.outgoing import Peer, client_to
from tests.support.serving import ERAS, listening_on


@pytest.mark.parametrize("era", ERAS)
async def test_mcps_own_client_speaks_through_it(era: str) -> None:
    server = MCPServer("twin")

    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    bound = socket.create_server(("127.0.0.1", 0))
    one = Peer(port=bound.getsockname()[1])
    async with (
        listening_on(bound, server.streamable_http_app()),
        client_to(one) as http,
        Client(streamable_http_client(f"{one.url}mcp", http_client=http), mode=era) as client,
    ):
        answer = await client.call_tool("add", {"a": 2, "b": 3})
    assert answer.structured_content == {"result": 5}


@pytest.mark.parametrize("era", ERAS)
async def test_a_server_inside_is_refused_to_mcps_own_client(era: str) -> None:
    refused = pytest.RaisesGroup(AddressRefusedError, flatten_subgroups=True)
    async with open_client() as http:
        with refused:
            async with Client(
                streamable_http_client("http://127.0.0.1:9/mcp", http_client=http), mode=era
            ) as client:
                await client.list_tools()
