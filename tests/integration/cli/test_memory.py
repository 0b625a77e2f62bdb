"""Memories taken in and out at the command line, beside the running system."""

import json
from pathlib import Path

import psycopg
import pytest

from tests.support.desk import Desk

# Each command is a process of its own, and a busy machine starts them slowly.
pytestmark = pytest.mark.timeout(240)


async def test_a_file_is_imported_in_two_goes_searched_and_exported(
    desk: Desk, tmp_path: Path
) -> None:
    lines = [
        json.dumps({"content": f"The build number {number} took long"}) for number in range(700)
    ]
    lines[3] = json.dumps({"content": "x", "category": "tech"})
    lines.append('{"type": "entity", "name": "CI", "entityType": "service", "observations": []}')
    path = tmp_path / "memories.jsonl"
    whole = "\n".join(lines)
    path.write_text(whole[:20_000])
    half = await desk.command("memory", "import", str(path))
    path.write_text(whole)
    rest = await desk.command("memory", "import", str(path), "--json")
    again = await desk.command("memory", "import", str(path), "--again", "--json")
    found = await desk.command("memory", "search", "build number 650", "--json")
    exported = await desk.command("memory", "export")

    assert half.code == 64
    assert "ends within line" in half.err
    assert "Line 4 is left out: category" in half.err
    assert rest.code == 0, rest.err
    told = json.loads(rest.out)
    assert (told["lines"], told["added"], told["entities"]) == (701, 699, 1)
    assert (told["known"], told["skipped_count"]) == (0, 1)
    assert json.loads(again.out)["known"] == 699
    assert json.loads(found.out)[0]["content"] == "The build number 650 took long"
    contents = [json.loads(line).get("content") for line in exported.out.splitlines()]
    assert sum("took long" in one for one in contents if one) == 699
    assert '"entityType":"service"' in exported.out


async def test_what_was_learned_is_listed_and_undone(desk: Desk, postgres_url: str) -> None:
    owner = await desk.identity.ensure_owner()
    async with desk.client(await desk.identity.mint_access(owner, ttl_s=600)) as client:
        body = {"content": "We never deploy on Fridays"}
        stored = await client.post("/api/v1/memory/memories", json=body)
        memory_id = stored.json()["memory_id"]
    refused = await desk.command("memory", "undo", memory_id)
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE memories SET trust = 'learned', turn_id = 'x'")
    listed = await desk.command("memory", "learned", "--json")
    undone = await desk.command("memory", "undo", memory_id)
    after = await desk.command("memory", "learned")

    assert refused.code != 0
    assert "it was stored" in refused.err
    assert [one["memory_id"] for one in json.loads(listed.out)] == [memory_id]
    assert (undone.code, undone.out) == (0, "Forgotten.\n")
    assert after.out == "Nothing was learned yet.\n"


async def test_a_document_is_added_listed_and_removed(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "handbook.md"
    path.write_text("# Deploying\n\nOur deploy window is Friday.")
    empty = tmp_path / "empty.html"
    empty.write_text("<script>alert(1)</script>")
    added = await desk.command("memory", "documents", "add", str(path), "--json")
    unread = await desk.command("memory", "documents", "add", str(empty))
    listed = await desk.command("memory", "documents", "list", "--json")
    document_id = json.loads(added.out)["document_id"]
    removed = await desk.command("memory", "documents", "remove", document_id)
    again = await desk.command("memory", "documents", "remove", document_id)

    assert json.loads(added.out)["passages"] == 1
    assert unread.code == 64
    assert "There is no text in it" in unread.err
    states = {one["name"]: one["state"] for one in json.loads(listed.out)}
    assert states == {"handbook.md": "ready", "empty.html": "failed"}
    assert "Deleted, with all its passages." in removed.out
    assert "There is no such document" in again.err
