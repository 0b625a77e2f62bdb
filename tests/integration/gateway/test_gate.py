"""Which calls of a client run: the operator's rules, and a person's word through their client."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from mcp_types import ElicitResult

from sophia.core.messages import JsonObject
from sophia.core.permission import Rule, Subject, Verdict
from sophia.identity.schemas import Scope, Viewer
from sophia.kit.ids import UserId, uuid7
from sophia.toolbox.errors import ServerSilentError
from tests.support.gateway import VIEWER, Desk, TwinServer, a_tool, gateway
from tests.support.serving import ERAS

CAN_ASK: JsonObject = {"elicitation": {"form": {}}}
YES: JsonObject = {"sophia.consent": {"action": "accept", "content": {}}}


@pytest.fixture(name="pair")
async def _pair(redis_url: str) -> AsyncGenerator[tuple[Desk, TwinServer]]:
    tools = [a_tool("read"), a_tool("erase", readOnlyHint=False, destructiveHint=True)]
    server = TwinServer("a", tools)
    async with gateway(redis_url, server) as desk:
        yield desk, server


type Pair = tuple[Desk, TwinServer]


def rule(verdict: Verdict, target: str = "a__*", *, user: object = VIEWER.user_id) -> Rule:
    return Rule(Subject.USER, str(user), target, verdict)


async def test_a_denied_tool_is_neither_listed_nor_run(pair: Pair) -> None:
    desk, server = pair
    desk.rules.append(rule(Verdict.DENY, "a__read"))
    listed: Any = await desk.ask("tools/list")
    called: Any = await desk.ask("tools/call", name="a__read", arguments={})

    assert [tool["name"] for tool in listed["result"]["tools"]] == ["a__erase"]
    assert "rules do not allow a__read" in called["error"]["message"]
    assert server.calls == []


async def test_a_rule_for_somebody_else_is_not_one_s_own(pair: Pair) -> None:
    desk, server = pair
    desk.rules.append(rule(Verdict.DENY, user=uuid7()))
    await desk.ask("tools/call", name="a__read", arguments={})

    assert len(server.calls) == 1


@pytest.mark.parametrize("era", ERAS)
async def test_a_destructive_call_runs_once_its_user_has_agreed(pair: Pair, era: str) -> None:
    desk, server = pair
    questions: list[str] = []

    async def agree(_context: Any, params: Any) -> ElicitResult:
        questions.append(params.message)
        return ElicitResult(action="accept", content={})

    async with desk.client(era, elicitation_callback=agree) as client:
        result: Any = await client.call_tool("a__erase", {"what": "all"})

    assert result.content[0].text == "a did it"
    assert len(questions) == len(server.calls) == 1
    assert "a__erase" in questions[0]
    assert '"what": "all"' in questions[0]


@pytest.mark.parametrize("era", ERAS)
async def test_a_destructive_call_does_not_run_when_its_user_declines(pair: Pair, era: str) -> None:
    desk, server = pair

    async def decline(_context: Any, _params: Any) -> ElicitResult:
        return ElicitResult(action="decline")

    async with desk.client(era, elicitation_callback=decline) as client:
        result: Any = await client.call_tool("a__erase", {"what": "all"})

    assert result.is_error
    assert "did not agree" in result.content[0].text
    assert server.calls == []


async def test_a_client_that_cannot_ask_is_told_what_to_do(pair: Pair) -> None:
    desk, server = pair
    answer: Any = await desk.ask("tools/call", name="a__erase", arguments={})

    assert "cannot ask its user" in answer["result"]["content"][0]["text"]
    assert server.calls == []


async def agreed(desk: Desk, **call: Any) -> Any:
    asked: Any = await desk.ask("tools/call", capabilities=CAN_ASK, name="a__erase", **call)
    return asked["result"]["requestState"]


async def test_an_agreement_is_good_once(pair: Pair) -> None:
    desk, server = pair
    state = await agreed(desk, arguments={"what": "all"})
    call: dict[str, Any] = {
        "name": "a__erase",
        "arguments": {"what": "all"},
        "requestState": state,
        "inputResponses": YES,
        "capabilities": CAN_ASK,
    }
    answers: list[Any] = await asyncio.gather(*(desk.ask("tools/call", **call) for _ in range(8)))

    assert len(server.calls) == 1
    refused = [one for one in answers if one["result"].get("isError")]
    assert len(refused) == 7
    assert "was used before" in refused[0]["result"]["content"][0]["text"]


@pytest.mark.parametrize(
    "changed",
    [
        {"arguments": {"what": "more"}},
        {"requestState": "made up"},
        {"inputResponses": {}},
        {"inputResponses": {"sophia.consent": {"action": "decline"}}},
    ],
)
async def test_an_agreement_is_good_for_that_very_call_alone(
    pair: Pair, changed: dict[str, Any]
) -> None:
    desk, server = pair
    call: dict[str, Any] = {
        "arguments": {"what": "all"},
        "requestState": await agreed(desk, arguments={"what": "all"}),
        "inputResponses": YES,
        **changed,
    }
    await desk.ask("tools/call", capabilities=CAN_ASK, name="a__erase", **call)

    assert server.calls == []


async def test_an_agreement_of_one_person_is_none_of_another(pair: Pair) -> None:
    desk, server = pair
    state = await agreed(desk, arguments={})
    desk.enter(Viewer(UserId(uuid7()), "Eve", "member", frozenset(Scope)))
    call: dict[str, Any] = {"arguments": {}, "requestState": state, "inputResponses": YES}
    await desk.ask("tools/call", capabilities=CAN_ASK, name="a__erase", **call)

    assert server.calls == []


async def test_a_server_s_own_question_reaches_the_client_and_the_answer_the_server(
    pair: Pair,
) -> None:
    desk, server = pair

    def answer(request: Any) -> JsonObject:
        if "inputResponses" not in request.params:
            return {
                "resultType": "input_required",
                "inputRequests": {"who": {"method": "elicitation/create", "params": {}}},
                "requestState": "the server's own",
            }
        text = f"{request.params['inputResponses']} {request.params['requestState']}"
        return {"content": [{"type": "text", "text": text}], "resultType": "complete"}

    server.answers["tools/call"] = answer
    call: dict[str, Any] = {"name": "a__erase", "arguments": {}, "capabilities": CAN_ASK}
    state = await agreed(desk, arguments={})
    asked: Any = await desk.ask("tools/call", requestState=state, inputResponses=YES, **call)
    assert asked["result"]["inputRequests"].keys() == {"who"}
    assert asked["result"]["requestState"] != "the server's own"

    told = {"who": {"action": "accept"}}
    state = asked["result"]["requestState"]
    done: Any = await desk.ask("tools/call", requestState=state, inputResponses=told, **call)
    assert done["result"]["content"][0]["text"] == f"{told} the server's own"


async def test_one_tool_may_be_called_so_often_in_a_minute(redis_url: str) -> None:
    server = TwinServer("a", [a_tool("read"), a_tool("look")])
    async with gateway(redis_url, server, tool_quota=2) as desk:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
        for name, expected in (("read", 200), ("read", 200), ("read", 429), ("look", 200)):
            answer = await desk.post({**body, "params": {"name": f"a__{name}", "arguments": {}}})
            assert answer.status_code == expected, name
        alone = await desk.post({**body, "params": {"name": "read"}}, server="a")

    assert alone.status_code == 429
    assert int(alone.headers["retry-after"]) > 0
    assert "2 in a minute are allowed for one tool" in alone.json()["detail"]


async def test_who_may_only_read_is_told_what_to_ask_for(pair: Pair) -> None:
    desk, server = pair
    desk.enter(Viewer(UserId(uuid7()), "Ian", "viewer", frozenset({Scope.TOOLS_READ})))
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    read = await desk.post({**body, "params": {"name": "a__read", "arguments": {}}})
    erase = await desk.post({**body, "params": {"name": "a__erase", "arguments": {}}})

    assert read.json()["result"]["content"][0]["text"] == "a did it"
    assert (erase.status_code, len(server.calls)) == (403, 1)
    assert "tools:call" in erase.json()["error"]["message"]


async def test_calls_stand_in_the_journal_without_what_was_said(pair: Pair) -> None:
    desk, _ = pair
    desk.rules.append(rule(Verdict.ALLOW))
    await desk.ask("tools/call", name="a__erase", arguments={"what": "the secret"})
    told = [(one.target, one.outcome) for one in desk.deeds]
    assert told == [("a__erase", "begun"), ("a__erase", "ok")]

    await desk.ask("tools/call", name="a__read", arguments={})
    await desk.entries.flush()
    assert (desk.deeds[-1].target, desk.deeds[-1].outcome) == ("a__read", "ok")
    assert {one.on_behalf_of for one in desk.deeds} == {VIEWER.user_id}
    assert "the secret" not in repr(desk.deeds)


async def test_what_was_asked_agreed_denied_or_refused_stands_in_the_journal(pair: Pair) -> None:
    desk, _ = pair
    call: dict[str, Any] = {"name": "a__erase", "arguments": {}, "capabilities": CAN_ASK}
    no: JsonObject = {"sophia.consent": {"action": "decline"}}
    for said in (YES, no):
        state = await agreed(desk, arguments={})
        await desk.ask("tools/call", requestState=state, inputResponses=said, **call)
    await desk.ask("tools/call", name="a__erase", arguments={})
    desk.rules.append(rule(Verdict.DENY, "a__read"))
    await desk.ask("tools/call", name="a__read", arguments={})
    await desk.entries.flush()

    told = [(one.target, one.outcome) for one in desk.deeds]
    assert told == [
        *(("a__erase", outcome) for outcome in ("asked", "begun", "ok", "asked", "denied")),
        ("a__erase", "refused"),
        ("a__read", "refused"),
    ]
    approvals = [one.approval_id for one in desk.deeds]
    assert len(set(approvals[:3])) == len(set(approvals[3:5])) == 1
    assert None not in approvals[:5]
    assert approvals[5:] == [None, None]


async def test_a_call_that_is_broken_off_stands_in_the_journal_as_unknown(pair: Pair) -> None:
    desk, server = pair
    server.answers["tools/call"] = ServerSilentError()
    desk.rules.append(rule(Verdict.ALLOW))
    await desk.ask("tools/call", name="a__erase", arguments={})

    assert [one.outcome for one in desk.deeds] == ["begun", "unknown"]


async def test_what_cannot_be_written_down_is_not_done(pair: Pair) -> None:
    desk, server = pair
    desk.rules.append(rule(Verdict.ALLOW))
    desk.is_journal_away = True
    answer: Any = await desk.ask("tools/call", name="a__erase", arguments={})

    assert "database" in answer["error"]["message"]
    assert server.calls == []
