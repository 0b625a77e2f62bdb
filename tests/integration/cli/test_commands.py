"""The command line, run as a person would run it, beside the running system."""

import json

import pytest

from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider

# Each command is a process of its own, and a busy machine starts them slowly.
pytestmark = pytest.mark.timeout(90)

REMEMBER = "Remember that our deploy window is Friday 15:00 UTC"


async def test_chat_remembers_and_answers_in_one_shot(desk: Desk) -> None:
    stored = await desk.command("chat", REMEMBER, "--model", "builtin")
    answered = await desk.command("chat", "When is our deploy window?", "--model", "builtin")

    assert (stored.code, answered.code) == (0, 0)
    assert "→ memory__store_memory" in stored.err
    assert "→ memory__search_memories" in answered.err
    assert "Friday 15:00 UTC" in answered.out
    assert "said by Owner on 20" in answered.out
    assert "source: our deploy window is Friday 15:00 UTC (memory)" in answered.err


async def test_chat_prints_every_event_as_json_when_asked(
    desk: Desk, provider: ScriptedProvider
) -> None:
    provider.say("Hel", "lo")
    done = await desk.command("chat", "Hi", "--json")

    seen = [json.loads(line) for line in done.out.splitlines()]
    assert [event["type"] for event in seen][:3] == [
        "turn.accepted",
        "turn.started",
        "step.started",
    ]
    assert "".join(e["text"] for e in seen if e["type"] == "text.delta") == "Hello"
    assert seen[-1]["type"] == "turn.finished"
    assert len({event["turn_id"] for event in seen}) == 1


async def test_chat_reads_a_message_from_standard_input(
    desk: Desk, provider: ScriptedProvider
) -> None:
    provider.say("Read.")
    done = await desk.command("chat", "-", said="several\nlines")
    assert done.out == "Read.\n"
    assert provider.requests[-1].body["messages"][-1]["content"] == "several\nlines"


async def test_chat_goes_on_with_a_conversation(desk: Desk, provider: ScriptedProvider) -> None:
    provider.say("One.")
    provider.say("Two.")
    first = await desk.command("chat", "First", "--json")
    session = json.loads(first.out.splitlines()[0])["session_id"]
    await desk.command("chat", "Second", "--session", session)

    said = [message["content"] for message in provider.requests[-1].body["messages"]]
    assert said[-3:] == ["First", "One.", "Second"]


async def test_chat_that_is_refused_says_why_and_ends_with_an_error(desk: Desk) -> None:
    done = await desk.command("chat", "Hi", "--model", "no-such-model")
    assert done.code != 0
    assert "There is no model 'no-such-model'" in done.err
    assert done.out == ""


async def test_a_turn_that_fails_ends_with_an_error(desk: Desk, provider: ScriptedProvider) -> None:
    provider.refuse(401, "the key is wrong")
    done = await desk.command("chat", "Hi")
    assert done.code != 0
    assert "key" in done.err


async def test_a_token_opens_the_api_until_it_expires(desk: Desk) -> None:
    done = await desk.command("token", "--ttl-s", "60")
    async with desk.client(done.out.strip()) as client:
        assert (await client.get("/api/v1/me")).json()["role"] == "owner"


async def test_a_servers_token_is_printed_and_an_unknown_server_is_named(desk: Desk) -> None:
    memory = await desk.command("token", "--server", "memory")
    assert memory.out.strip() == desk.settings.secret("mcp_token_memory")
    unknown = await desk.command("token", "--server", "memroy")
    assert unknown.code == 64
    assert "There is no MCP server 'memroy': use one of memory," in unknown.err


async def test_a_link_signs_in_once_and_is_not_printed_again_for_who_has_signed_in(
    desk: Desk,
) -> None:
    first = await desk.command("link", "--if-unclaimed")
    address, _, token = first.out.strip().partition("#")
    assert address == f"{desk.settings.console_url}/sign-in"
    async with desk.client(None) as client:
        signed_in = await client.post("/api/v1/auth/link", json={"token": token})
        assert signed_in.status_code == 200
        assert (await client.post("/api/v1/auth/link", json={"token": token})).status_code == 401
    again = await desk.command("link", "--if-unclaimed")
    assert (again.code, again.out) == (0, "")


async def test_keys_are_made_listed_and_revoked(desk: Desk) -> None:
    made = await desk.command("keys", "create", "ci", "--scope", "chat:read", "--days", "30")
    key = made.out.strip()
    async with desk.client(key) as client:
        assert (await client.get("/api/v1/conversations")).status_code == 200
        assert (await client.post("/api/v1/conversations", json={})).status_code == 403

    (listed,) = json.loads((await desk.command("keys", "list", "--json")).out)
    assert (listed["name"], listed["last4"], listed["scopes"]) == ("ci", key[-4:], "chat:read")
    assert key not in json.dumps(listed)

    assert (await desk.command("keys", "revoke", listed["key_id"])).code == 0
    assert json.loads((await desk.command("keys", "list", "--json")).out) == []
    assert (await desk.command("keys", "revoke", listed["key_id"])).code == 66


async def test_users_are_listed(desk: Desk) -> None:
    await desk.command("token")
    (owner,) = json.loads((await desk.command("users", "list", "--json")).out)
    assert (owner["name"], owner["role"]) == ("Owner", "owner")


async def test_a_fresh_installation_has_no_default_password(desk: Desk) -> None:
    await desk.command("token")
    users = json.loads((await desk.command("users", "list", "--json")).out)
    assert [user["has_password"] for user in users] == [False]
    async with desk.client(None) as client:
        for email in ("owner", "admin", "owner@localhost", ""):
            guess = {"email": email, "password": "sophia_admin"}
            answer = await client.post("/api/v1/auth/login", json=guess)
            assert answer.status_code in {401, 422}


async def test_a_schema_that_is_there_is_left_alone(desk: Desk) -> None:
    done = await desk.command("db", "upgrade")
    assert (done.code, done.out) == (0, "The schema is up to date.\n")


async def test_status_of_a_home_that_runs_nothing_says_how_to_start(desk: Desk) -> None:
    shown = await desk.command("status")
    assert shown.code == 1
    assert shown.out == "Sophia is not running: start it with `sophia up`.\n"
    told = json.loads((await desk.command("status", "--json")).out)
    assert (told["is_running"], told["is_ready"], told["pid"]) == (False, False, None)
    assert told["parts"] == []


async def test_the_description_of_the_api_is_printed_without_starting_anything(desk: Desk) -> None:
    described = json.loads((await desk.command("openapi")).out)
    assert "/api/v1/chat" in described["paths"]


async def test_a_setting_that_is_wrong_is_named_in_one_line(desk: Desk) -> None:
    done = await desk.command("status", SOPHIA_PORT_BASE="here")
    assert done.code == 64
    assert done.err.startswith("SOPHIA_PORT_BASE is wrong: Input should be a valid integer")
    assert done.err.count("\n") == 1
    assert "here" not in done.err


async def test_an_unknown_command_is_refused(desk: Desk) -> None:
    done = await desk.command("nonsense")
    assert done.code == 2
    assert "No such command 'nonsense'" in done.err
