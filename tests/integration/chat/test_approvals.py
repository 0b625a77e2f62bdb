"""Approvals over real processes: asked, answered, used once, and nothing runs without one."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import psycopg
import pytest
import pytest_asyncio

from tests.support.desk import Desk, received
from tests.support.providers import ScriptedProvider
from tests.support.talk import Talker


class Person(Talker):
    """Somebody signed in, with one memory that can be deleted."""

    def __init__(self, client: httpx2.AsyncClient, token: str) -> None:
        super().__init__(client)
        self.token = token

    async def remember(self, provider: ScriptedProvider, content: str) -> str:
        """Store a memory through a turn, and give its id."""
        provider.call("memory__store_memory", {"content": content})
        provider.say("Kept.")
        turn = await self.ask("Remember it.", until={"done"})
        return str(turn["tool_calls"][0]["structured"]["memory_id"])

    async def has(self, provider: ScriptedProvider, memory_id: str) -> bool:
        """Say whether a memory is still there."""
        provider.call("memory__get_memory", {"memory_id": memory_id})
        provider.say("Looked.")
        turn = await self.ask("Look it up.", until={"done"})
        return not turn["tool_calls"][0]["is_error"]


@pytest_asyncio.fixture(loop_scope="session")
async def person(desk: Desk) -> AsyncGenerator[Person]:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        yield Person(client, token)


async def asked_to_delete(
    person: Person, provider: ScriptedProvider, content: str = "The key is under the mat."
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Have the model delete a memory; gives the memory's id, the waiting turn, the approval."""
    memory_id = await person.remember(provider, content)
    provider.call("memory__delete_memory", {"memory_id": memory_id})
    provider.say("So be it.")
    turn = await person.ask("Forget it.", until={"awaiting_approval"})
    (approval,) = await person.pending()
    return memory_id, turn, approval


async def test_an_approved_call_runs_once_and_the_turn_goes_on(
    person: Person, provider: ScriptedProvider
) -> None:
    memory_id, turn, approval = await asked_to_delete(person, provider)
    assert approval["tool"] == "memory__delete_memory"
    assert approval["arguments"] == {"memory_id": memory_id}
    assert (approval["tool_class"], approval["reason"]) == ("destructive", "policy")
    assert turn["tool_calls"][0]["approval"]["approval_id"] == approval["approval_id"]

    answered = await person.answer(approval["approval_id"], "approve")
    done = await person.when(turn["turn_id"], {"done"})

    assert answered.json()["status"] == "approved"
    assert done["response"] == "So be it."
    assert done["tool_calls"][0]["approval"]["decision"] == "approved"
    assert not done["tool_calls"][0]["is_error"]
    assert not await person.has(provider, memory_id)
    assert await person.pending() == []


async def test_a_denied_call_does_not_run_and_the_model_is_told(
    person: Person, provider: ScriptedProvider
) -> None:
    memory_id, turn, approval = await asked_to_delete(person, provider)

    await person.answer(approval["approval_id"], "deny")
    done = await person.when(turn["turn_id"], {"done"})

    assert "denied" in done["tool_calls"][0]["text"]
    assert "denied" in provider.requests[-1].body["messages"][-1]["content"]
    assert await person.has(provider, memory_id)


async def test_an_approval_is_answered_once(person: Person, provider: ScriptedProvider) -> None:
    _, turn, approval = await asked_to_delete(person, provider)

    answers = await asyncio.gather(
        *(person.answer(approval["approval_id"], "deny") for _ in range(5))
    )
    await person.when(turn["turn_id"], {"done"})
    late = await person.answer(approval["approval_id"], "approve")

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert late.json()["code"] == "approvals.answered"


async def test_another_persons_approval_is_not_there(
    desk: Desk, person: Person, provider: ScriptedProvider
) -> None:
    _, turn, approval = await asked_to_delete(person, provider)
    _, others_token = await desk.add_user("Eve", role="owner")
    async with desk.client(others_token) as client:
        other = Person(client, others_token)
        assert await other.pending() == []
        refused = await other.answer(approval["approval_id"], "approve")

    assert refused.status_code == 404
    assert (await person.when(turn["turn_id"], {"awaiting_approval"}))["status"]


async def test_a_key_answers_only_if_it_was_made_for_that(
    desk: Desk, person: Person, provider: ScriptedProvider
) -> None:
    _, turn, approval = await asked_to_delete(person, provider)
    made = (await person.client.post("/api/v1/keys", json={"name": "ci"})).json()
    assert "tools:approve" not in made["scopes"]
    async with desk.client(made["key"]) as client:
        refused = await Person(client, made["key"]).answer(approval["approval_id"], "approve")
    async with desk.socket(made["key"]) as socket:
        answer = {"type": "approve", "approval_id": approval["approval_id"]}
        await socket.send(json.dumps(answer))
        frame = (await received(socket, "error"))[-1]

    assert (refused.status_code, frame["code"]) == (403, refused.json()["code"])
    assert "tools:approve" in refused.json()["detail"]
    assert (await person.when(turn["turn_id"], {"awaiting_approval"}))["status"]


async def test_a_stop_ends_the_wait(person: Person, provider: ScriptedProvider) -> None:
    memory_id, turn, approval = await asked_to_delete(person, provider)

    await person.client.post(f"/api/v1/turns/{turn['turn_id']}/stop")
    await person.when(turn["turn_id"], {"stopped"})

    assert await person.pending() == []
    assert (await person.answer(approval["approval_id"], "approve")).status_code == 409
    provider.clear()
    assert await person.has(provider, memory_id)


async def test_a_wait_outlives_the_worker(
    desk: Desk, person: Person, provider: ScriptedProvider
) -> None:
    memory_id, turn, approval = await asked_to_delete(person, provider)

    desk.kill("worker")
    await person.answer(approval["approval_id"], "approve")
    await desk.start("worker")
    done = await person.when(turn["turn_id"], {"done"})

    assert not done["tool_calls"][0]["is_error"]
    assert not await person.has(provider, memory_id)


async def test_a_question_that_nobody_answers_expires(
    person: Person, provider: ScriptedProvider, migrated_url: str
) -> None:
    memory_id, turn, approval = await asked_to_delete(person, provider)

    with psycopg.connect(migrated_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE approvals SET expires_at = now()")
    late = await person.answer(approval["approval_id"], "approve")
    done = await person.when(turn["turn_id"], {"done"})

    assert late.status_code == 409
    assert "nobody answered" in done["tool_calls"][0]["text"]
    assert done["tool_calls"][0]["approval"]["decision"] == "expired"
    assert await person.has(provider, memory_id)


@pytest.mark.parametrize(
    "change", ["tool = 'memory__forget_all'", "arguments_hash = 'of other arguments'"]
)
async def test_an_approval_of_another_call_runs_nothing(
    person: Person, provider: ScriptedProvider, migrated_url: str, change: str
) -> None:
    memory_id, turn, approval = await asked_to_delete(person, provider)

    with psycopg.connect(migrated_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"UPDATE approvals SET {change}".encode())
    await person.answer(approval["approval_id"], "approve")
    done = await person.when(turn["turn_id"], {"done"})

    assert "no approval of this call" in done["tool_calls"][0]["text"]
    assert await person.has(provider, memory_id)


@pytest.mark.parametrize(("frame", "is_run"), [("approve", True), ("deny", False)])
async def test_a_socket_asks_and_takes_the_answer(
    desk: Desk, person: Person, provider: ScriptedProvider, frame: str, *, is_run: bool
) -> None:
    memory_id = await person.remember(provider, "The cellar door sticks.")
    provider.call("memory__delete_memory", {"memory_id": memory_id})
    provider.say("So be it.")
    async with desk.socket(person.token) as socket:
        await socket.send(json.dumps({"type": "message", "message": "Forget it."}))
        asked = (await received(socket, "approval.requested"))[-1]
        answer = {"type": frame, "approval_id": asked["approval_id"]}
        await socket.send(json.dumps(answer))
        seen = await received(socket, "turn.finished")
        await socket.send(json.dumps(answer))
        again = await received(socket, "error")

    finished = next(event for event in seen if event["type"] == "tool.finished")
    assert finished["is_error"] is not is_run
    assert again[-1]["code"] == "approvals.answered"
    assert await person.has(provider, memory_id) is not is_run


@pytest.mark.parametrize(("said", "is_run"), [("y\n", True), ("\n", False)])
async def test_the_terminal_asks_and_takes_the_answer(
    desk: Desk, provider: ScriptedProvider, said: str, *, is_run: bool
) -> None:
    provider.call("memory__delete_memory", {"memory_id": "01a207da-3747-7d67-b232-b41df19a8f0f"})
    provider.say("So be it.")

    done = await desk.command("chat", "Forget it.", said=said)

    assert done.code == 0, done.err
    assert done.out == "So be it.\n"
    assert "May memory__delete_memory" in done.err
    assert ("denied this call" in done.err) is not is_run
