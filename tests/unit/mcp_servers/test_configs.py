"""What other clients' files say of their MCP servers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.mcp_servers import configs
from sophia.mcp_servers.errors import ConfigUnreadableError
from sophia.mcp_servers.schemas import CommandIn, ServerIn

CLAUDE = """
{"mcpServers": {
    "File System": {"command": "npx", "args": ["-y", "pkg", "${DOCS:-/srv}"], "env": {"A": "b"}},
    "docs": {
        "type": "http",
        "url": "https://x.example/mcp",
        "headers": {"Authorization": "Bearer ${T}"}
    }
}}
"""
VSCODE = """
{
    // the team's
    "servers": {
        "web": {"url": "https://x.example/mcp", "headers": {"X-Key": "${input:key}"}},
        "run": {"command": "uvx", "args": ["it"],},
    },
    "inputs": [{"id": "key"}],
}
"""


def test_claude_s_file_is_read_with_its_variables() -> None:
    files, docs = configs.read(CLAUDE, {"T": "secret"})

    assert files.wanted == CommandIn(
        name="file-system", command=["npx", "-y", "pkg", "/srv"], environment={"A": "b"}
    )
    assert docs.wanted == ServerIn(
        name="docs", url="https://x.example/mcp", headers={"Authorization": "Bearer secret"}
    )


def test_vs_code_s_file_is_read_with_its_comments_and_what_it_asks_for_is_named() -> None:
    web, run = configs.read(VSCODE, {})

    assert web.wanted is None
    assert "${input:key}" in web.problem
    assert run.wanted == CommandIn(name="run", command=["uvx", "it"])


def test_settings_of_vs_code_are_read() -> None:
    (found,) = configs.read('{"mcp": {"servers": {"a": {"command": "x"}}}}', {})
    assert found.wanted == CommandIn(name="a", command=["x"])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('{"disabled": true, "command": "x"}', "switched off"),
        ('{"type": "sse", "url": "https://x.example"}', "SSE"),
        ('{"command": "${env:NOT_SET}"}', "${env:NOT_SET}"),
        ('{"url": "ftp://x"}', "url"),
        ('{"url": "https://x.example", "headers": {"Host": "y"}}', "headers"),
        ("{}", "command"),
        ('{"command": "x", "args": "one"}', ""),
        ("7", "command"),
    ],
)
def test_what_cannot_be_taken_over_says_why(entry: str, said: str) -> None:
    (found,) = configs.read(f'{{"mcpServers": {{"one": {entry}}}}}', {})
    assert (found.wanted is None) == bool(said)
    assert said in found.problem


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mcpServers": 7}', "{}", "[" * 100_000])
def test_a_file_without_servers_is_refused(text: str) -> None:
    with pytest.raises(ConfigUnreadableError):
        configs.read(text, {})


@given(st.dictionaries(st.text(), st.recursive(st.text() | st.none(), st.lists), max_size=3))
def test_no_file_does_anything_but_be_read_or_refused(entry: dict[str, object]) -> None:
    for found in configs.read(json.dumps({"servers": {"x": entry}}), {}):
        assert (found.wanted is None) == bool(found.problem)
