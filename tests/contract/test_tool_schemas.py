"""Every tool is as it was last written down, so that whoever changes one sees what callers see."""

import pytest

from sophia.core import registry
from sophia.servers.arguments import schema_of
from tests.support.tools import FOLDER, TOOLS, written


@pytest.mark.parametrize("server", TOOLS)
def test_every_tool_is_as_it_was_reviewed(server: str) -> None:
    assert written(server) == (FOLDER / f"{server}.txt").read_text(), (
        "A tool changed. If that is meant: make tool-schemas"
    )


def test_every_served_server_s_tools_are_written_down() -> None:
    served = {server.name for server in registry.MCP_SERVERS.values() if server.is_served}
    assert served == set(TOOLS) == {path.stem for path in FOLDER.iterdir()}


@pytest.mark.parametrize("server", TOOLS)
def test_no_tool_takes_what_it_does_not_know(server: str) -> None:
    """An argument that a model invents is an error: a vendor's own server may pass over it."""
    forgiving = [
        tool.name
        for tool in TOOLS[server]
        if schema_of(tool.arguments).get("additionalProperties") is not False
    ]
    assert forgiving == []
