"""When no tool may be called: nothing clear was asked, something is missing, it is forbidden."""

import pytest

from tests.support.catalogue import CATALOGUE, MEMORY
from tests.unit.llm.builtin.talk import answer_to, calls_for

INSTANCE = "0920582c7ff041399e34823a0be62549"


@pytest.mark.parametrize(
    "said",
    [
        "Our deploy window is Friday 15:00 UTC",
        "Create world peace",
        "I love creating issues",
        "The issue with GitHub is that it is slow",
        "the weather is nice today",
        "delete everything",
    ],
)
def test_what_is_not_understood_gets_an_honest_answer_with_three_examples(said: str) -> None:
    answer = answer_to(said)
    assert "no language model" in answer
    assert answer.count("\n- ") == 3
    assert "OPENAI_API_KEY or ANTHROPIC_API_KEY, or run Ollama" in answer


@pytest.mark.parametrize(
    "said",
    [
        "Don't create an issue in acme/api titled A with body B",
        f"do not terminate instance {INSTANCE}",
        "never mind",
        "stop",
        "do nothing",
    ],
)
def test_what_is_forbidden_is_not_done(said: str) -> None:
    assert answer_to(said).startswith("Nothing was done.")


@pytest.mark.parametrize(
    "verb", ["stop", "kill", "shut down", "pause", "restart", "delete", "close"]
)
def test_only_terminate_terminates(verb: str) -> None:
    answer = answer_to(f"{verb} instance {INSTANCE}")
    assert "terminate_instance" not in answer


def test_a_destructive_tool_is_not_called_for_a_question() -> None:
    names = [name for name, _ in calls_for(f"is it right to terminate instance {INSTANCE}?")]
    assert names == ["memory__search_memories"]


@pytest.mark.parametrize(
    "said",
    [
        f"Can you terminate instance {INSTANCE}?",
        f"would you terminate instance {INSTANCE}",
        f"can u please terminate instance {INSTANCE}, then list instances?",
        f"terminate instance {INSTANCE}?",
    ],
)
def test_what_a_question_would_destroy_is_shown_as_a_command(said: str) -> None:
    assert answer_to(said) == (
        "A question changes nothing."
        f" To do it: `/lambda-cli.terminate_instance instance_id={INSTANCE}`"
    )


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (
            "create an issue in acme/api: Login is broken",
            (
                "To create an issue I need: body. Say for example"
                ' `/github.create_issue repo=acme/api title="Login is broken" body="…"`'
            ),
        ),
        ("launch an instance", "To launch an instance I need: instance_type."),
        ("terminate all instances", "To terminate an instance I need: instance_id."),
        ("add comment to ENG-5", "To add a comment I need: body."),
        ("search memories", "To search memories I need: query."),
        ("analyze this code: x = 1", "To analyze code I need: language."),
        ("launch 2 gpu_1x_a10", "“2” fits no argument."),
        ("create an issue in ENG: Fix it, priority=soon", "`priority` must be a whole number."),
    ],
)
def test_what_is_missing_or_does_not_fit_is_asked_for(said: str, asked: str) -> None:
    assert answer_to(said).startswith(asked)


def test_an_update_without_a_change_asks_what_shall_change() -> None:
    answer = answer_to("update issue ENG-12")
    assert answer.startswith("What shall change?")
    assert "`assignee`" in answer


def test_between_equally_fitting_tools_it_asks() -> None:
    answer = answer_to("list projects")
    assert answer.startswith("Which of these do you mean?")
    assert "`/asana.list_projects`" in answer
    assert "`/linear.list_projects`" in answer


def test_a_verb_that_no_tool_has_is_answered_with_the_nearest_tools() -> None:
    answer = answer_to("delete the issue ENG-123")
    assert answer.startswith("I have no tool that does just that.")
    assert "/linear.get_issue" in answer


def test_more_than_three_calls_at_once_are_refused() -> None:
    assert "at most 3" in answer_to(
        "/list_instances\n/list_models\n/list_repositories\n/get_memory_stats"
    )
    assert len(calls_for("list instances then list models then list repositories")) == 3


def test_the_same_call_is_made_once() -> None:
    assert len(calls_for("list instances then show instances")) == 1
    assert len(calls_for("/list_models\n/list_models")) == 1


@pytest.mark.parametrize(
    "said", ["hello", "Hi Sophia!", "who are you?", "What can you do?", "help", "?!", "😀"]
)
def test_it_says_what_it_is(said: str) -> None:
    answer = answer_to(said)
    assert "built-in assistant" in answer
    assert "Remember that" in answer


def test_its_examples_come_from_the_tools_on_offer() -> None:
    without_memory = [tool for tool in CATALOGUE if tool not in MEMORY]
    answer = answer_to("hello", without_memory)
    assert "Remember that" not in answer
    assert "/codacy.get_project_metrics" in answer
    assert "No tools are reachable now" in answer_to("hello", ())


def test_without_the_memory_nothing_is_promised() -> None:
    assert "That was not stored" in answer_to("Remember that we deploy on Fridays", ())
    assert "the memory is not reachable" in answer_to("When is our deploy window?", ())


def test_remember_alone_asks_what() -> None:
    assert answer_to("remember that").startswith("What shall I remember?")


def test_thanks_are_answered() -> None:
    assert answer_to("thank you so much!") == "You are welcome."
