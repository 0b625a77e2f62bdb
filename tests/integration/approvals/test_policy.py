"""The operator's rules: who may change them, and that they hold from the next call on."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text

from sophia.approvals.gate import PostgresGate, store_questions
from sophia.core.events import ApprovalRequested
from sophia.core.messages import ToolCall, ToolSpec
from sophia.core.ports import Run
from sophia.kit.clock import SystemClock
from sophia.kit.ids import uuid7
from sophia.store.database import Database
from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider
from tests.support.turns import running_turn

POLICY = "/api/v1/tools/policy"
DENY_STORING = {"target": "memory__store_memory", "verdict": "deny"}


@pytest_asyncio.fixture(loop_scope="session")
async def ruled(desk: Desk, migrated_url: str) -> AsyncGenerator[Desk]:
    """A desk without rules before and after."""
    url = migrated_url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM tool_rules")
        yield desk
        connection.execute("DELETE FROM tool_rules")


async def call_of_turn(desk: Desk, token: str, provider: ScriptedProvider) -> dict[str, Any]:
    """Have the model store a memory; gives the call as the turn shows it."""
    provider.call("memory__store_memory", {"content": "The key is under the mat."})
    provider.say("Well.")
    async with desk.client(token) as client:
        answer = await client.post("/api/v1/chat", json={"message": "Remember it."})
        turn_id = answer.json()["metadata"]["turn_id"]
        return (await client.get(f"/api/v1/turns/{turn_id}")).json()["tool_calls"][0]


async def test_a_rule_holds_from_the_next_call_on_for_whom_it_is_meant(
    ruled: Desk, provider: ScriptedProvider
) -> None:
    _, admin = await ruled.add_user("Root", role="admin")
    user_id, token = await ruled.add_user("Ada")
    _, others = await ruled.add_user("Eve")
    rule = {"subject": "user", "subject_id": str(user_id), **DENY_STORING}

    async with ruled.client(admin) as client:
        put = await client.put(POLICY, json={"items": [rule]})
        assert put.json() == (await client.get(POLICY)).json() == {"items": [rule]}

    assert "do not allow" in (await call_of_turn(ruled, token, provider))["text"]
    assert not (await call_of_turn(ruled, others, provider))["is_error"]


async def test_a_rule_for_a_role_and_a_narrower_one_for_a_key(
    ruled: Desk, provider: ScriptedProvider
) -> None:
    _, admin = await ruled.add_user("Root", role="admin")
    _, token = await ruled.add_user("Ada")
    async with ruled.client(token) as client:
        key = (await client.post("/api/v1/keys", json={"name": "ci"})).json()
    of_members = {"subject": "role", "subject_id": "member", **DENY_STORING}
    of_key = {"subject": "api_key", "subject_id": key["key_id"], **DENY_STORING}
    of_key["verdict"] = "allow"

    async with ruled.client(admin) as client:
        await client.put(POLICY, json={"items": [of_members, of_key]})

    assert "do not allow" in (await call_of_turn(ruled, token, provider))["text"]
    assert not (await call_of_turn(ruled, admin, provider))["is_error"]
    assert not (await call_of_turn(ruled, key["key"], provider))["is_error"]


@pytest.mark.parametrize("role", ["viewer", "member"])
async def test_only_an_administrator_sees_and_changes_the_rules(ruled: Desk, role: str) -> None:
    _, token = await ruled.add_user("Ada", role=role)
    async with ruled.client(token) as client:
        assert (await client.get(POLICY)).status_code == 403
        assert (await client.put(POLICY, json={"items": []})).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "class:nonsense", "verdict": "deny"},
        {"target": "*", "verdict": "perhaps"},
        {"target": "*", "verdict": "deny", "subject": "role"},
        {"target": "*", "verdict": "deny", "subject_id": "ada"},
        {"target": "a; DROP TABLE users", "verdict": "deny"},
    ],
)
async def test_a_rule_that_means_nothing_is_refused(ruled: Desk, wrong: dict[str, str]) -> None:
    _, admin = await ruled.add_user("Root", role="admin")
    async with ruled.client(admin) as client:
        assert (await client.put(POLICY, json={"items": [wrong]})).status_code == 422


async def test_the_command_line_sets_shows_and_takes_away_a_rule(ruled: Desk) -> None:
    set_ = await ruled.command("tools", "policy", "class:write", "ask", "--json")
    assert json.loads(set_.out) == [
        {"subject": "everybody", "subject_id": "", "target": "class:write", "verdict": "ask"}
    ]
    assert (await ruled.command("tools", "policy")).out.count("class:write") == 2
    taken = await ruled.command("tools", "policy", "class:write", "--json")
    assert json.loads(taken.out) == []


async def test_only_tools_that_the_operator_named_follow_untrusted_text_unasked(
    database: Database,
) -> None:
    caller = await running_turn(database)
    named, other = (ToolSpec(f"github__{verb}_issue", "", {}) for verb in ("create", "update"))
    gate = PostgresGate(
        database, timeout_s=1, taint_exempt=frozenset({named.name}), clock=SystemClock()
    )
    calls = [(ToolCall("c", spec.name, {}), spec) for spec in (named, other)]

    unasked, asked = await gate.decide(calls, caller=caller, is_tainted=True)

    assert unasked == Run()
    assert isinstance(asked, ApprovalRequested)
    assert asked.reason == "taint"


async def test_of_many_who_redeem_an_approval_at_once_one_may_run(database: Database) -> None:
    caller = await running_turn(database)
    call = ToolCall("c1", "memory__delete_memory", {"memory_id": "7"})
    asked = ApprovalRequested(
        approval_id=str(uuid7()),
        call_id=call.id,
        tool=call.name,
        arguments=call.arguments,
        tool_class="destructive",
        reason="policy",
        expires_at=(SystemClock().now() + timedelta(minutes=5)).isoformat(),
    )
    async with database.transaction() as writer:
        await store_questions(writer, [asked], turn_id=caller.turn_id, user_id=caller.user_id)
        await writer.execute(text("UPDATE approvals SET status = 'approved'"))
    gate = PostgresGate(database, timeout_s=1, taint_exempt=frozenset(), clock=SystemClock())

    async def redeem(arguments: dict[str, str]) -> str:
        other = ToolCall(call.id, call.name, arguments)
        return await gate.redeem(asked.approval_id, other, caller=caller)

    assert await redeem({"memory_id": "8"}) == "missing"
    statuses = await asyncio.gather(*(redeem({"memory_id": "7"}) for _ in range(20)))
    assert sorted(statuses) == ["approved", *["used"] * 19]
