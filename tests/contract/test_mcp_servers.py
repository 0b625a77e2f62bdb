"""What every server of ours keeps to, whatever it is for."""

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from sophia.kit.clock import SystemClock
from sophia.servers.arguments import schema_of
from sophia.servers.main import OPENERS
from sophia.servers.output import Page
from sophia.servers.parts import ServerParts
from sophia.settings import Settings

NAME = re.compile(r"[a-z][a-z0-9_]{1,63}")


@pytest.fixture(scope="module", name="opened")
async def _opened(
    migrated_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[dict[str, ServerParts]]:
    home: Path = tmp_path_factory.mktemp("home")
    given: dict[str, Any] = {"home": home, "DATABASE_URL": migrated_url}
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(opener(Settings(**given), SystemClock()))
            for name, opener in OPENERS.items()
        }


def takers(parts: ServerParts) -> Iterator[tuple[str, type[BaseModel]]]:
    """Give everything that takes arguments."""
    for one in (*parts.tools, *parts.prompts):
        yield one.name, one.arguments
    for template in parts.templates:
        yield template.uri, template.arguments


@pytest.mark.parametrize("server", OPENERS)
async def test_unknown_arguments_are_refused_everywhere(
    opened: dict[str, ServerParts], server: str
) -> None:
    for name, arguments in takers(opened[server]):
        assert arguments.model_config.get("extra") == "forbid", name


@pytest.mark.parametrize("server", OPENERS)
async def test_every_part_is_named_once_and_described(
    opened: dict[str, ServerParts], server: str
) -> None:
    parts = opened[server]
    for listed in (parts.tools, parts.prompts, parts.resources, parts.templates):
        names = [one.name for one in listed]
        assert len(names) == len(set(names))
        for one in listed:
            assert NAME.fullmatch(one.name), one.name
            assert one.title, one.name
            assert one.description.endswith((".", "?")), one.name


@pytest.mark.parametrize("server", OPENERS)
async def test_no_tool_both_only_reads_and_destroys(
    opened: dict[str, ServerParts], server: str
) -> None:
    for tool in opened[server].tools:
        assert not (tool.is_read_only and tool.is_destructive), tool.name


@pytest.mark.parametrize("server", OPENERS)
async def test_a_tool_with_pages_takes_the_cursor_that_it_gives(
    opened: dict[str, ServerParts], server: str
) -> None:
    for tool in opened[server].tools:
        if tool.result is not None and issubclass(tool.result, Page):
            assert "cursor" in schema_of(tool.arguments)["properties"], tool.name
