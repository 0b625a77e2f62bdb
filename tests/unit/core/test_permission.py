import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.core.messages import ToolSpec
from sophia.core.permission import (
    Rule,
    Subject,
    ToolClass,
    Verdict,
    arguments_hash,
    class_of,
    verdict_on,
)

READ = ToolSpec("github__list_issues", "", {}, is_read_only=True)
WRITE = ToolSpec("github__create_issue", "", {})
DESTRUCTIVE = ToolSpec("github__delete_issue", "", {}, is_destructive=True, is_open_world=True)
EGRESS = ToolSpec("github__post_comment", "", {}, is_open_world=True)


def rule(
    target: str, verdict: Verdict, subject: Subject = Subject.EVERYBODY, subject_id: str = ""
) -> Rule:
    return Rule(subject, subject_id, target, verdict)


@pytest.mark.parametrize(
    ("spec", "tool_class", "verdict"),
    [
        (READ, ToolClass.READ, Verdict.ALLOW),
        (WRITE, ToolClass.WRITE, Verdict.ALLOW),
        (DESTRUCTIVE, ToolClass.DESTRUCTIVE, Verdict.ASK),
        (EGRESS, ToolClass.EGRESS, Verdict.ASK),
    ],
    ids=lambda value: value.name if isinstance(value, ToolSpec) else None,
)
def test_without_rules_a_tools_class_decides(
    spec: ToolSpec, tool_class: ToolClass, verdict: Verdict
) -> None:
    assert class_of(spec) is tool_class
    assert verdict_on(spec, ()) is verdict


def test_a_rule_overrides_the_default_of_its_class_alone() -> None:
    rules = [rule("class:write", Verdict.DENY)]
    assert verdict_on(WRITE, rules) is Verdict.DENY
    assert verdict_on(READ, rules) is Verdict.ALLOW


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_name_beats_a_pattern_and_a_pattern_beats_a_class(*, is_reversed: bool) -> None:
    rules = [
        rule("class:write", Verdict.DENY),
        rule("github__*", Verdict.ASK),
        rule("github__create_issue", Verdict.ALLOW),
    ]
    if is_reversed:
        rules.reverse()
    assert verdict_on(WRITE, rules) is Verdict.ALLOW
    assert verdict_on(READ, rules) is Verdict.ASK


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_narrower_subject_wins_over_the_wider_one(*, is_reversed: bool) -> None:
    rules = [
        rule("github__create_issue", Verdict.DENY),
        rule("class:write", Verdict.ASK, Subject.ROLE, "member"),
        rule("class:write", Verdict.ALLOW, Subject.USER, "ada"),
        rule("*", Verdict.DENY, Subject.API_KEY, "key"),
    ]
    ordered = list(reversed(rules)) if is_reversed else rules
    assert verdict_on(WRITE, ordered) is Verdict.DENY
    for count, verdict in ((3, Verdict.ALLOW), (2, Verdict.ASK), (1, Verdict.DENY)):
        fewer = [found for found in ordered if found in rules[:count]]
        assert verdict_on(WRITE, fewer) is verdict


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.booleans())))
def test_the_hash_does_not_know_the_order_of_arguments(arguments: dict[str, object]) -> None:
    turned = dict(reversed(arguments.items()))
    assert arguments_hash(turned) == arguments_hash(arguments)  # pyright: ignore[reportArgumentType]  # JSON by construction


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": 1, "b": None}),
        ({"a": ["b", "c"]}, {"a": ["c", "b"]}),
    ],
)
def test_other_arguments_have_another_hash(
    one: dict[str, int | str], other: dict[str, int | str]
) -> None:
    assert arguments_hash(one) != arguments_hash(other)
