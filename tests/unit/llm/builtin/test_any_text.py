"""Whatever is written: an answer, or a call that its tool takes, in time that stays bounded."""

import json
import re
import signal
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sophia.core.messages import AssistantMessage, ToolMessage, ToolResult, UserMessage
from sophia.llm.builtin.intent import MAX_CHARS
from tests.support.catalogue import CATALOGUE
from tests.unit.llm.builtin.talk import reply_to

SCHEMAS = {tool.name: Draft202012Validator(tool.input_schema) for tool in CATALOGUE}
DESTRUCTIVE = {tool.name for tool in CATALOGUE if tool.is_destructive}
PIECES = re.findall(
    r"[^ ]+",
    "remember that forget delete update create list search show terminate launch complete assign"
    " issue issues instance memory memories task project pull request code the and then what when"
    " who can you please do not 12 #3 ENG-4 acme/api src/a.py 0920582c7ff041399e34823a0be62549"
    " 1200012345678 ada@acme.io tomorrow 31.2. due labels titled body priority urgent in 3 days"
    ' : , . ? ! = { } [ ] " \' ` ``` “ ” < > / \\ \x00 \n title= limit=-1 query= {"a": [1]}'
    " /memory.store_memory /create_task /tools /help limit=1e9 state=open completed=maybe İ 😀",
)
MESSAGES = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=25).map("".join),
    st.builds(
        "/{} {}".format,
        st.sampled_from([name.replace("__", ".") for name in SCHEMAS]),
        st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    ),
)
NAMES = st.sampled_from(("memories", "content", "source", "score", "occurred_at", "name"))
RESULTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner)),
    max_leaves=12,
).map(json.dumps)


@given(text=MESSAGES)
def test_any_text_gives_an_answer_or_calls_that_fit_their_tools(text: str) -> None:
    for call in reply_to([UserMessage(text)]).message.calls:
        SCHEMAS[call.name].validate(call.arguments)


@given(text=MESSAGES)
def test_no_question_destroys(text: str) -> None:
    question = f"{text.strip().lstrip('/')}?"
    calls = reply_to([UserMessage(question)]).message.calls
    is_statement = any(call.name.endswith("__store_memory") for call in calls)
    assert is_statement or DESTRUCTIVE.isdisjoint(call.name for call in calls)


@given(text=MESSAGES, told=st.text(max_size=50), inner=RESULTS, is_error=st.booleans())
def test_any_result_gives_an_answer(text: str, told: str, inner: str, *, is_error: bool) -> None:
    said = UserMessage(text)
    made = reply_to([said]).message
    results = (
        ToolResult(call.id, told or inner, {"memories": json.loads(inner)}, is_error=is_error)
        for call in made.calls
    )
    talk = [said, AssistantMessage("", made.calls), *map(ToolMessage, results)]
    last = reply_to(talk).message
    assert last.text or DESTRUCTIVE.issuperset(call.name for call in last.calls)


@contextmanager
def bounded_to(cpu_s: float) -> Generator[None]:
    """Interrupt what takes more processor time; a regular expression can be interrupted, too."""

    def interrupt(*_: object) -> None:
        raise TimeoutError(f"took more than {cpu_s} s of processor time")

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize(
    ("opening", "size"),
    [
        ("create an issue ", MAX_CHARS - 100),
        ("When is ", MAX_CHARS - 100),
        ("", 200_000),
        ("remember ", 200_000),
        ("/github.create_issue ", 200_000),
    ],
)
@pytest.mark.parametrize(
    "unit",
    [" ", "\n", "a", '"', "'", "`", "“", "```", "?", "; ", ". a? ", "/tools\n", "a=", "=[", '{"a":',
     "<a", "a/", "a@b.", "1-", "ENG-1 ", "title= ", "create issue titled ", "labels a, ", "due on ",
     "and then list ", "and list issues ", "remember that ", "and who is it ", "is "],
)  # fmt: skip
def test_no_text_takes_long(unit: str, opening: str, size: int) -> None:
    with bounded_to(cpu_s=5):
        assert reply_to([UserMessage((opening + unit * size)[:size])]).message
