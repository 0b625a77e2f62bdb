"""`sophia conversations`: list, export, import, delete."""

import json

import pytest

from tests.support.desk import Desk

pytestmark = pytest.mark.timeout(90)  # each command is a process of its own


async def test_a_conversation_goes_out_and_comes_in_again(desk: Desk) -> None:
    await desk.command("chat", "Hello there", "--model", "builtin")
    (listed,) = json.loads((await desk.command("conversations", "list", "--json")).out)
    session_id = listed["session_id"]
    exported = await desk.command("conversations", "export", session_id)
    written = await desk.command("conversations", "export", session_id, "--format", "markdown")
    made = await desk.command("conversations", "import", said=exported.out)
    table = await desk.command("conversations", "list")

    assert json.loads(exported.out)["turns"][0]["message"] == "Hello there"
    assert written.out.startswith("# Hello there\n")
    assert made.code == 0, made.err
    assert made.out.strip() in table.out
    assert session_id in table.out


async def test_deletion_asks_first_unless_one_is_sure(desk: Desk) -> None:
    await desk.command("chat", "Hello there", "--model", "builtin")
    (listed,) = json.loads((await desk.command("conversations", "list", "--json")).out)
    delete = ("conversations", "delete", listed["session_id"])

    assert (await desk.command(*delete, said="n\n")).code != 0
    assert (await desk.command(*delete, "--yes")).code == 0
    again = await desk.command(*delete, "--yes")
    assert again.code != 0
    assert "There is no such conversation" in again.err
    assert json.loads((await desk.command("conversations", "list", "--json")).out) == []
