"""Conversations go out as files and come in again."""

import json
from typing import Any

import httpx2
import pytest

from tests.support.desk import Desk, frames
from tests.support.files import pdf, png
from tests.support.providers import ScriptedProvider


async def begun(client: httpx2.AsyncClient, path: str = "/api/v1/chat", **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["metadata"]


async def exported(client: httpx2.AsyncClient, session_id: str) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/conversations/{session_id}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment; ")
    return answer.json()


def content_of(file: dict[str, Any]) -> list[Any]:
    """Give what a file says, with its turns by number instead of by id."""
    numbers = {turn["id"]: number for number, turn in enumerate(file["turns"])}
    return [
        file["title"],
        file["created_at"],
        *(turn | {"id": None, "parent": numbers.get(turn["parent"])} for turn in file["turns"]),
    ]


async def conversation_with_everything(
    client: httpx2.AsyncClient, provider: ScriptedProvider
) -> str:
    """A tool call, a changed message and a failure."""
    provider.call("memory__store_memory", {"content": "the vault is ultramarine"})
    provider.say("Noted: **ultramarine**.")
    first = await begun(client, message="Remember: the vault is ultramarine")
    provider.say("Another answer.")
    await begun(client, f"/api/v1/turns/{first['turn_id']}/again", message="Remember `nothing`")
    provider.refuse(400, "no such thing")
    failed = await client.post(
        "/api/v1/chat",
        json={"message": "And on", "session_id": first["session_id"], "model": "scripted-model"},
    )
    assert failed.status_code == 503
    return first["session_id"]


async def test_an_imported_conversation_says_what_the_exported_one_said(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    _, other = await desk.add_user("Eve")
    async with desk.client(token) as client, desk.client(other) as reader:
        session_id = await conversation_with_everything(client, provider)
        file = await exported(client, session_id)
        requests = len(provider.requests)
        answer = await reader.post("/api/v1/conversations/import", json=file)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        again = await exported(reader, made["session_id"])
        turns = await reader.get(f"/api/v1/conversations/{made['session_id']}/turns")
        shown = turns.json()["items"]
        events = await reader.get(f"/api/v1/turns/{shown[-1]['turn_id']}/events")
        seen = [event async for _, event in frames(events) if event]

    assert [turn["status"] for turn in file["turns"]] == ["done", "done", "failed"]
    assert content_of(again) == content_of(file)
    assert {turn["id"] for turn in again["turns"]}.isdisjoint(turn["id"] for turn in file["turns"])
    assert made["imported_at"] is not None
    # Nothing was run, and the events of an imported turn can be followed.
    assert len(provider.requests) == requests
    assert [event["type"] for event in seen if "tool" in event["type"]] == [
        "tool.started",
        "tool.finished",
    ]
    assert seen[-1]["type"] == "turn.finished"


@pytest.mark.timeout(60)  # the PDF is read in a process of its own
async def test_files_go_out_and_come_in_with_their_conversation(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    _, other = await desk.add_user("Eve")
    sent = {"plan.md": b"# Friday", "red.png": png(), "vault.pdf": pdf("ultramarine")}
    provider.say("Read.")
    provider.say("Read again.")
    async with desk.client(token) as client, desk.client(other) as reader:
        ids = [await uploaded(client, name, content) for name, content in sent.items()]
        first = await begun(client, message="What is this?", attachments=ids)
        file = await exported(client, first["session_id"])
        answer = await reader.post("/api/v1/conversations/import", json=file)
        assert answer.status_code == 201, answer.text
        path = f"/api/v1/conversations/{answer.json()['session_id']}"
        (turn,) = (await reader.get(f"{path}/turns")).json()["items"]
        got = {
            one["name"]: await reader.get(f"/api/v1/attachments/{one['attachment_id']}")
            for one in turn["attachments"]
        }
        again = await exported(reader, answer.json()["session_id"])
        written = (await reader.get(f"{path}/export", params={"format": "markdown"})).text
        await begun(reader, message="And now?", session_id=answer.json()["session_id"])
        told = json.dumps(provider.requests[-1].body["messages"])
        carried = [[one | {"id": None} for one in whole["attachments"]] for whole in (file, again)]
        # What is no such file is refused as an upload is, and leaves nothing.
        file["attachments"][0] |= {"name": "x.bin", "content": "AAECAw=="}
        refused = await reader.post("/api/v1/conversations/import", json=file)

    assert {name: answer.content for name, answer in got.items()} == sent
    assert got["red.png"].headers["content-type"] == "image/png"
    assert carried[0] == carried[1]
    assert "*With `plan.md`, `red.png`, `vault.pdf`.*" in written
    assert "ultramarine" in told
    assert (refused.status_code, refused.json()["code"]) == (422, "attachments.type_unknown")


async def uploaded(client: httpx2.AsyncClient, name: str, content: bytes) -> str:
    answer = await client.post("/api/v1/attachments", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    return answer.json()["attachment_id"]


async def test_a_talk_goes_on_behind_an_imported_one(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        session_id = await conversation_with_everything(client, provider)
        file = await exported(client, session_id)
        made = (await client.post("/api/v1/conversations/import", json=file)).json()
        provider.say("On.")
        on = await begun(client, message="Go on", session_id=made["session_id"])
        found = await client.get("/api/v1/conversations/search", params={"q": "ultramarine"})
    said = [message["content"] for message in provider.requests[-1].body["messages"]]
    assert said[-4:] == ["Remember `nothing`", "Another answer.", "And on", "Go on"]
    assert on["session_id"] == made["session_id"]
    assert {hit["session_id"] for hit in found.json()["items"]} == {session_id, made["session_id"]}


async def test_markdown_is_the_newest_line_for_people(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        session_id = await conversation_with_everything(client, provider)
        answer = await client.get(
            f"/api/v1/conversations/{session_id}/export", params={"format": "markdown"}
        )
    assert answer.headers["content-type"].startswith("text/markdown")
    assert answer.text.startswith("# Remember: the vault is ultramarine\n")
    assert "Another answer." in answer.text
    assert "Noted: **ultramarine**." not in answer.text
    assert "*1 other version is left out: the JSON export has it.*" in answer.text


async def test_what_is_no_export_is_refused_and_leaves_nothing(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    _, viewer = await desk.add_user("Vic", role="viewer")
    async with desk.client(token) as client, desk.client(viewer) as reader:
        session_id = await conversation_with_everything(client, provider)
        file = await exported(client, session_id)
        assert (await reader.get(f"/api/v1/conversations/{session_id}/export")).status_code == 404
        assert (await reader.post("/api/v1/conversations/import", json=file)).status_code == 403

        bad = file | {"turns": file["turns"][::-1]}
        refused = await client.post("/api/v1/conversations/import", json=bad)
        assert (refused.status_code, refused.json()["code"]) == (422, "archive.file_invalid")
        # Larger than other bodies may be, and yet bounded.
        large = file | {"title": "x" * 2_000_000}
        refused = await client.post("/api/v1/conversations/import", json=large)
        assert (refused.status_code, refused.json()["code"]) == (422, "archive.file_invalid")
        refused = await client.post(
            "/api/v1/conversations/import", content=b"x" * (33 * 1024 * 1024)
        )
        assert refused.status_code == 413
        listed = (await client.get("/api/v1/conversations")).json()["items"]
    assert [one["session_id"] for one in listed] == [session_id]


async def test_a_long_conversation_is_imported_whole(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        provider.say("Word. " * 200)
        first = await begun(client, message="Talk")
        file = await exported(client, first["session_id"])
        (turn,) = file["turns"]
        file["turns"] = [
            turn | {"id": str(number), "parent": str(number - 1) if number else None}
            for number in range(2_000)
        ]
        made = await client.post("/api/v1/conversations/import", json=file, timeout=30)
        assert made.status_code == 201, made.text
        again = await exported(client, made.json()["session_id"])
        assert content_of(again) == content_of(file)
        path = f"/api/v1/conversations/{made.json()['session_id']}"
        assert (await client.delete(path)).status_code == 204
