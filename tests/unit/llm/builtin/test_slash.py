"""Slash commands: every tool by its name."""

import pytest

from sophia.core.messages import JsonObject
from tests.support.catalogue import tool
from tests.unit.llm.builtin.talk import answer_to, calls_for

NAMED: tuple[tuple[str, str, JsonObject], ...] = (
    (
        "/memory.search_memories deploy window limit=3",
        "memory__search_memories",
        {"query": "deploy window", "limit": 3},
    ),
    (
        "/memory__search_memories query=deploy threshold=0.5",
        "memory__search_memories",
        {"query": "deploy", "threshold": 0.5},
    ),
    (
        '/search_memories {"query": "deploy", "limit": "3"}',
        "memory__search_memories",
        {"query": "deploy", "limit": 3},
    ),
    ('/SEARCH_MEMORIES "deploy window"', "memory__search_memories", {"query": "deploy window"}),
    ("/lambda-cli.list_instances", "lambda-cli__list_instances", {}),
    ("/lambda_cli.list_instances", "lambda-cli__list_instances", {}),
    (
        '/store_memory our deploy\'s window is "Friday" 15:00',
        "memory__store_memory",
        {"content": 'our deploy\'s window is "Friday" 15:00'},
    ),
    (
        "/store_memory tags=a,b\nline one\nline two",
        "memory__store_memory",
        {"tags": ["a", "b"], "content": "line one\nline two"},
    ),
    (
        '/github.create_issue repo=acme/api title="A b" body=\'it says "no"\'',
        "github__create_issue",
        {"repo": "acme/api", "title": "A b", "body": 'it says "no"'},
    ),
    (
        "/asana.create_task project_id=12 name=x due_date=tomorrow",
        "asana__create_task",
        {"project_id": "12", "name": "x", "due_date": "2026-11-24"},
    ),
    (
        "/get_project_tasks 12 completed=yes",
        "asana__get_project_tasks",
        {"project_id": "12", "completed": True},
    ),
    (
        '/store_memories memories=[{"content": "a b"}]',
        "memory__store_memories",
        {"memories": [{"content": "a b"}]},
    ),
    (
        '/generate_component glassmorphism_card props={"a": 1}',
        "uiux__generate_component",
        {"component_type": "glassmorphism_card", "props": {"a": 1}},
    ),
    (
        "/analyze_code language=Python x",
        "codacy__analyze_code",
        {"language": "python", "code": "x"},
    ),
)


@pytest.mark.parametrize(("command", "tool", "arguments"), NAMED)
def test_a_command_calls_its_tool(command: str, tool: str, arguments: JsonObject) -> None:
    assert calls_for(command) == [(tool, arguments)]


def test_lines_that_are_all_commands_are_all_run() -> None:
    assert [name for name, _ in calls_for("/list_repositories\n\n/list_instances")] == [
        "github__list_repositories",
        "lambda-cli__list_instances",
    ]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            "/serch_memories x",
            "There is no command `/serch_memories`. Did you mean `/memory.search_memories`",
        ),
        ("/nonsense", "There is no command `/nonsense`. `/tools` lists all of them."),
        (
            "/list_issues",
            (
                "`/list_issues` is a tool of several servers. Write one of:"
                " `/linear.list_issues`, `/github.list_issues`"
            ),
        ),
        (
            "/search_memories",
            'To search memories I need: query. Say for example `/memory.search_memories query="…"`',
        ),
        (
            "/github.list_issues repo=a/b foo=1",
            "`foo` is not an argument of it; there are: `repo`, `state`, `limit`.",
        ),
        ("/linear.list_issues limit=abc", "`limit` must be a whole number."),
        ("/linear.list_issues limit=-1", "`limit` must be at least 0."),
        ("/list_pull_requests a/b state=gone", "`state` must be one of open, closed, all."),
        (
            "/create_task project_id=1 name=x due_date=someday",
            "`due_date` must be a date such as 2026-11-30",
        ),
        ('/search_memories {"query": ', "The JSON object cannot be read"),
        ('/search_memories {"query": 5}', "`query` must be a text that is not empty."),
        (
            '/search_memories query="deploy window',
            "`query` has a quotation mark that is not closed.",
        ),
        ("/list_instances now", "“now” belongs to no argument: write name=value."),
        ("/store_memories memories=1", "`memories` must be a list"),
        ("/get_project_tasks 1 completed=perhaps", "`completed` must be true or false."),
        ("/generate_component x props=1", "`props` must be a JSON object."),
        ("/", "A command is a slash and a name."),
        ("/usr/bin/python is broken", "A command is a slash and a name."),
    ],
)
def test_a_command_that_cannot_be_run_says_what_to_write(command: str, told: str) -> None:
    assert answer_to(command).startswith(told)


def test_help_explains_the_commands_and_how_to_add_a_model() -> None:
    answer = answer_to("/help")
    assert "/tools" in answer
    assert "OPENAI_API_KEY" in answer


def test_tools_are_listed_by_server() -> None:
    answer = answer_to("/tools")
    assert answer.startswith("**AI Memory**\n- `/memory.store_memory` Keep one fact, word for word")
    assert "**Lambda Labs CLI**\n- `/lambda-cli.list_instances`" in answer


def test_tools_are_filtered_by_words() -> None:
    answer = answer_to("/tools github issues")
    assert "`/github.create_issue`" in answer
    assert "linear" not in answer
    assert answer_to("/tools zebra").startswith("No tool fits “zebra”.")


def test_one_tool_is_described_with_its_arguments() -> None:
    answer = answer_to("/tools github.list_issues")
    assert "- `repo` (string, required): The repository, as owner/name." in answer
    assert "- `state` (open or closed or all)" in answer


HANDLE: JsonObject = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
ISSUE_TOOL = tool("github__get_issue", "Give an issue.", ("issue", HANDLE), required="issue")


@pytest.mark.parametrize(
    ("text", "issue"),
    [
        ("/github.get_issue issue=acme/api#12", "acme/api#12"),
        ('/github.get_issue {"issue": 12}', 12),
        ("show issue acme/api#12", "acme/api#12"),
        ("show issue 12", "12"),
    ],
)
def test_what_may_be_a_number_or_a_name_is_taken_as_it_is_written(
    text: str, issue: int | str
) -> None:
    assert calls_for(text, [ISSUE_TOOL]) == [("github__get_issue", {"issue": issue})]
