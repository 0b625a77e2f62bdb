"""What is asked for while the server that would do it is not configured."""

from dataclasses import replace

import pytest

from sophia.core.messages import UserMessage
from tests.support.catalogue import CATALOGUE, MEMORY
from tests.unit.llm.builtin.talk import after, gave, reply_to

TOKENS = {"github": "Set GITHUB_TOKEN.", "linear": "Set LINEAR_API_KEY."}
UNREADY = tuple(
    replace(tool, missing=TOKENS[server])
    for tool in CATALOGUE
    if (server := tool.name.partition("__")[0]) in TOKENS
)
GITHUB = "GitHub is not configured. Set GITHUB_TOKEN."
LINEAR = "Linear is not configured. Set LINEAR_API_KEY."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("list the open pull requests of acme/api", GITHUB),
        ("which pull requests are open in acme/api?", GITHUB),
        ("/github.list_pull_requests repo=acme/api", GITHUB),
        ("/tools github", GITHUB),
        ("show ENG-12", LINEAR),
        ("search the code of acme/api for retry", GITHUB),
    ],
)
def test_a_request_is_answered_with_what_to_set(text: str, said: str) -> None:
    assert reply_to([UserMessage(text)], MEMORY, UNREADY).message.text == said


def test_what_several_servers_would_do_names_all_of_them() -> None:
    told = reply_to([UserMessage("/list_issues")], MEMORY, UNREADY)

    assert set(told.message.text.split("\n\n")) == {GITHUB, LINEAR}


def test_a_server_that_is_configured_does_it_alone() -> None:
    linear = [replace(tool, missing=None) for tool in UNREADY if tool.name.startswith("linear")]
    github = [tool for tool in UNREADY if tool.name.startswith("github")]
    asked = [UserMessage('create an issue titled "Login fails" in team ENG')]

    (call,) = reply_to(asked, [*MEMORY, *linear], github).message.calls
    assert call.name == "linear__create_issue"


def test_a_question_of_the_team_s_own_is_still_looked_up() -> None:
    (call,) = reply_to([UserMessage("When is our deploy window?")], MEMORY, UNREADY).message.calls
    assert call.name == "memory__search_memories"

    told = after("When is our deploy window?", gave({"memories": []}), tools=MEMORY)
    assert "not configured" not in told.message.text
