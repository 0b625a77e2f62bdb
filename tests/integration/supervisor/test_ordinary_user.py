"""An ordinary user gets the whole stack, in a folder of their own and under their own name."""

import os
import pwd
from collections.abc import AsyncGenerator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(150)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(
    worker_number: int, tmp_path_factory: pytest.TempPathFactory, ordinary_user: tuple[str, ...]
) -> AsyncGenerator[Stack]:
    """A stack in a folder that belongs to that user."""
    folder: Path = tmp_path_factory.mktemp("theirs")
    if ordinary_user:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    stack = Stack(folder / "home", number=worker_number + 24, prefix=ordinary_user)
    try:
        await stack.run("up", "--detach")
        yield stack
    finally:
        await stack.remove()


async def test_nothing_runs_as_root(stack: Stack) -> None:
    assert await stack.is_ready()
    users = {psutil.Process(pid).uids().effective for pid in await stack.pids()}
    assert users == {os.geteuid() or pwd.getpwnam("nobody").pw_uid}


async def test_the_database_works_and_lies_in_the_home(stack: Stack) -> None:
    assert "Bearer" not in await stack.run("token")
    told = await stack.run("chat", "Remember that our deploy window is Friday 15:00 UTC")
    assert told
    assert stack.folders() == [stack.home]
    assert (stack.home / "postgres" / "data" / "PG_VERSION").is_file()
    assert {path.stat().st_uid for path in stack.home.rglob("*")} == {stack.home.stat().st_uid}


async def test_down_leaves_no_process(stack: Stack) -> None:
    await stack.run("down")
    assert stack.processes() == []
