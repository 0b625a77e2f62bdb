"""What people and the assistant do stands in the journal, for those who may read it."""

import json
from typing import Any

from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider
from tests.support.waiting import eventually


async def deeds(desk: Desk, *, of: object, role: str = "admin") -> list[dict[str, Any]]:
    """Give what the journal tells of one person, the oldest first."""
    _, reader = await desk.add_user("Root", role=role)
    async with desk.client(reader) as client:
        answer = await client.get("/api/v1/audit", params={"limit": 200})
    return [one for one in reversed(answer.json()["items"]) if one["on_behalf_of"] == str(of)]


async def test_a_key_s_life_stands_in_the_journal(desk: Desk) -> None:
    user_id, token = await desk.add_user()
    async with desk.client(token) as client:
        made = (await client.post("/api/v1/keys", json={"name": "ci"})).json()
        await client.delete(f"/api/v1/keys/{made['key_id']}")

    told = await deeds(desk, of=user_id)
    assert [one["action"] for one in told] == ["key.create", "key.revoke"]
    assert {one["target"] for one in told} == {made["key_id"]}
    assert len({one["trace_id"] for one in told if len(one["trace_id"]) == 32}) == 2
    assert made["key"] not in json.dumps(told)


async def test_what_leaves_enters_or_is_deleted_stands_in_the_journal(desk: Desk) -> None:
    user_id, token = await desk.add_user()
    path = "/api/v1/conversations"
    async with desk.client(token) as client:
        own = (await client.post(path, json={"title": "Secret plans"})).json()["session_id"]
        file = (await client.get(f"{path}/{own}/export")).json()
        made = (await client.post(f"{path}/import", json=file)).json()["session_id"]
        await client.delete(f"{path}/{own}")
        await client.delete(f"{path}/{own}")
        await client.get(f"{path}/{own}/export")

    told = await deeds(desk, of=user_id)
    assert [(one["action"], one["target"]) for one in told] == [
        ("conversation.export", own),
        ("conversation.import", made),
        ("conversation.delete", own),
    ]
    assert "Secret" not in json.dumps(told)


async def test_a_tool_call_stands_in_the_journal_without_its_arguments(
    desk: Desk, provider: ScriptedProvider
) -> None:
    user_id, token = await desk.add_user()
    provider.call("memory__store_memory", {"content": "The key is under the mat."})
    provider.call("memory__get_memory", {"memory_id": "nonsense"})
    provider.say("Well.")
    async with desk.client(token) as client:
        traced = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
        answer = await client.post("/api/v1/chat", json={"message": "Remember it."}, headers=traced)

    told = await deeds(desk, of=user_id)
    assert [(one["actor"], one["target"], one["outcome"]) for one in told] == [
        ("assistant", "memory__store_memory", "ok"),
        ("assistant", "memory__get_memory", "error"),
    ]
    assert {one["turn_id"] for one in told} == {answer.json()["metadata"]["turn_id"]}
    assert {one["trace_id"] for one in told} == {"ab" * 16}
    assert len({one["arguments_hash"] for one in told}) == 2
    assert "under the mat" not in json.dumps(told)


async def test_a_denied_call_and_its_answer_stand_in_the_journal(
    desk: Desk, provider: ScriptedProvider
) -> None:
    user_id, token = await desk.add_user()
    provider.call("memory__delete_memory", {"memory_id": "01a207da-3747-7d67-b232-b41df19a8f0f"})
    provider.say("So be it.")
    async with desk.client(token) as client, desk.socket(token) as socket:
        await socket.send(json.dumps({"type": "message", "message": "Forget it."}))

        async def is_answered() -> bool:
            asked = (await client.get("/api/v1/approvals")).json()["items"]
            for one in asked:
                url = f"/api/v1/approvals/{one['approval_id']}"
                await client.post(url, json={"decision": "deny"})
            return bool(asked)

        await eventually(is_answered, timeout_s=10)

        async def is_told() -> bool:
            return len(await deeds(desk, of=user_id)) == 2

        await eventually(is_told, timeout_s=10)

    answered, denied = await deeds(desk, of=user_id)
    assert (answered["action"], answered["outcome"]) == ("approval.answer", "denied")
    assert (denied["action"], denied["outcome"]) == ("tool.call", "denied")
    assert answered["approval_id"] == denied["approval_id"]
    assert answered["arguments_hash"] == denied["arguments_hash"]


async def test_only_administrators_read_the_journal(desk: Desk) -> None:
    _, token = await desk.add_user(role="member")
    async with desk.client(token) as client:
        assert (await client.get("/api/v1/audit")).status_code == 403


async def test_the_command_line_verifies_and_exports_the_journal(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        await client.post("/api/v1/keys", json={"name": "ci"})

    verified = await desk.command("audit", "verify", "--json")
    found = json.loads(verified.out)
    exported = await desk.command("audit", "export", "--after", str(found["entries"] - 1))
    last = json.loads(exported.out.splitlines()[0])  # others may have done something since
    again = await desk.command("audit", "verify", "--expect", found["head"])
    other = await desk.command("audit", "verify", "--expect", f"{found['entries']}:00")
    nonsense = await desk.command("audit", "verify", "--expect", "nonsense")

    assert found["broken"] is None
    assert (last["action"], f"{last['number']}:{last['seal']}") == ("key.create", found["head"])
    assert (verified.code, again.code, other.code, nonsense.code) == (0, 0, 73, 64)
    assert "another seal" in other.err
