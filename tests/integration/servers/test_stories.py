"""A day's work on the stand-ins of all vendors, through the running desk."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from sophia.sandbox.github.state import FIRST_PULL
from tests.support import servers
from tests.support.desk import Desk
from tests.support.github import REPO
from tests.support.providers import Call, Reply, ScriptedProvider, scripted_openai
from tests.support.talk import Talker
from tests.support.waiting import eventually

PULL = f"{REPO}#{FIRST_PULL}"
# The first test waits for a desk of its own, too.
pytestmark = pytest.mark.timeout(180)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tried(
    worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Talker, ScriptedProvider]]:
    """Somebody who tries the sandbox, on a desk and a database of its own."""
    async with scripted_openai() as provider:
        desk = Desk(
            tmp_path_factory.mktemp("sandbox"),
            number=worker_number + 48,
            database_url=servers.migrated_database(f"sophia_sandbox_{worker_number}"),
            redis_url=servers.servers().redis_url(worker_number + 48),
            provider_url=provider.url,
            variables={"SOPHIA_SANDBOX": "1"},
        )
        try:
            await desk.start("api", "worker", "mcp")
            _, token = await desk.add_user()
            async with desk.client(token) as client:
                talker = Talker(client)
                # A worker that has just begun waits two seconds at most for what servers offer.
                await eventually(lambda: all_are_offered(talker), timeout_s=60)
                yield talker, provider
        finally:
            await desk.close()


type Tried = tuple[Talker, ScriptedProvider]


async def all_are_offered(talker: Talker) -> bool:
    """Say whether a turn finds the tools of all four."""
    asked = "/github.get_me\n/linear.get_me\n/asana.get_me"
    turn = await talker.ask(asked, until={"done"}, model="builtin")
    more = await talker.ask("/codacy.list_organizations", until={"done"}, model="builtin")
    return len(turn["tool_calls"]) + len(more["tool_calls"]) == 4


async def structured(talker: Talker, command: str) -> list[dict[str, Any]]:
    """Have the built-in assistant run commands, and give what they gave."""
    turn = await talker.ask(command, until={"done"}, model="builtin")
    assert not [call for call in turn["tool_calls"] if call["is_error"]], turn
    return [call["structured"] for call in turn["tool_calls"]]


async def test_the_built_in_assistant_tells_what_waits_for_one_s_review(tried: Tried) -> None:
    talker, _ = tried
    turn = await talker.ask(
        "which pull requests wait for my review?", until={"done"}, model="builtin"
    )

    assert [call["tool"] for call in turn["tool_calls"]] == ["github__list_review_requests"]
    assert "Read the summer timetable" in turn["response"]
    assert "Name stops without a name" not in turn["response"]


async def test_a_model_tells_what_waits_for_one_s_review(tried: Tried) -> None:
    talker, provider = tried
    provider.call("github__search_issues", {"query": "is:pr is:open review-requested:@me"})
    provider.say("One: Read the summer timetable.")
    turn = await talker.ask("which pull requests wait for my review?", until={"done"})

    [found] = turn["tool_calls"][0]["structured"]["issues"]
    assert (found["repo"], found["number"]) == (REPO, FIRST_PULL)
    assert turn["response"] == "One: Read the summer timetable."


def filing(body: Mapping[str, Any]) -> Reply:
    """Do as a model would: look at the checks, file what failed, say where."""
    told = [json.loads(one["content"]) for one in body["messages"] if one["role"] == "tool"]
    if not told:
        return asking("github__list_pull_request_checks", pull_request=PULL)
    failed = next(check for check in told[0]["checks"] if check["conclusion"] == "failure")
    if len(told) == 1:
        title = f"The check {failed['name']} fails on #{FIRST_PULL}"
        return asking("linear__create_issue", title=title, team_key="FER")
    issue = told[1]
    if len(told) == 2:
        link = f"Filed as {issue['url']}"
        return asking("github__add_issue_comment", issue=PULL, body=link)
    return Reply(pieces=(f"It is {issue['issue_id']}.",))


def asking(tool: str, **arguments: Any) -> Reply:
    return Reply(calls=(Call(tool, arguments),))


async def test_a_failing_check_is_filed_and_linked_once_each_write_is_approved(
    tried: Tried,
) -> None:
    talker, provider = tried
    provider.choose = filing
    turn_id = await talker.begin(
        "open a Linear issue for the failing check on PR 12 and comment the link"
    )
    for count, tool in enumerate(("linear__create_issue", "github__add_issue_comment")):
        [approval] = await eventually(lambda tool=tool: talker.pending(tool), timeout_s=30)
        assert sum(map(len, await written(talker))) == count
        answers = [await talker.answer(approval["approval_id"], "approve") for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 409]
    turn = await talker.when(turn_id, {"done"})
    provider.choose = None
    [issue], [comment] = await written(talker)

    assert comment["text"] == f"Filed as {issue['url']}"
    assert turn["response"] == f"It is {issue['issue_id']}."


async def written(talker: Talker) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give what was filed about failing checks, and what was said to the pull request."""
    found, said = await structured(
        talker, f"/linear.search_issues query=fails\n/github.list_issue_comments issue={PULL}"
    )
    return found["issues"], said["comments"]


async def test_all_four_are_at_work_without_an_account(tried: Tried) -> None:
    talker, _ = tried
    tools = (await talker.client.get("/api/v1/tools")).json()["items"]
    tasks, repositories = await structured(talker, "/asana.get_my_tasks\n/codacy.list_repositories")

    assert [tool["name"] for tool in tools if tool["missing"]] == []
    assert tasks["tasks"]
    assert repositories["repositories"]
