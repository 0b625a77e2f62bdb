"""What is worth keeping of what a person says, by plain rules: where no model can be asked.

A sentence is kept if it is asked to be, or tells something that will still hold: a decision, a
habit, a preference, who looks after what, where something is, when something happens. Questions,
requests, guesses, what is pasted, and what is true just now are not kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from sophia.llm.builtin import words
from sophia.llm.builtin.memories import guess_category
from sophia.memory import phrases
from sophia.memory.fields import Category, Kind

_MAX_CHARS = 20_000
_MAX_SENTENCE = 400
_MAX_FACTS = 8
_LEAST_WORDS = 3
_LEAST_TERMS = 2
_PROSE = 0.6

_PASTED = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|^[ \t]*>.*$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"[\"“”][^\"“”]{25,}[\"“”]")
_PROGRAM = re.compile(
    r"\w+ ?[=({]|at \w+[.(]|File \"|\[?(?:\d{4}-\d\d-\d\d|\d\d:\d\d)|[A-Z]\w*(?:Error|Exception):"
    r"|\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\b"
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
# An end of a sentence is no dot within a name, a number or an abbreviation.
_END = re.compile(r"(?<=[.!?…])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)\s+(?=[\"“A-Z0-9(/`])")
_POLITE = re.compile(r"(?:please|pls|kindly)\s+", re.IGNORECASE)
_STRAIGHT = str.maketrans("’‘–—", "''--")  # noqa: RUF001 - as people type them


@dataclass(frozen=True, slots=True)
class Fact:
    """Something worth keeping, in words that make sense on their own."""

    content: str
    kind: Kind
    category: Category


def may_hold_facts(message: str) -> bool:
    """Say whether it is worth the trouble to look at a message: most that only ask are not."""
    return not message.startswith("/") and any(
        not said.endswith("?") and len(words.split(said)) >= _LEAST_WORDS
        for said in sentences(message)
    )


def asks_to_keep(message: str) -> bool:
    """Say whether somebody asks that what was just said be remembered, by pointing at it."""
    return any(phrases.POINTING.fullmatch(_bare(one)) for one in sentences(message))


def names_change(said: str) -> bool:
    """Say whether a statement says that something is other than it was."""
    plain = said.translate(_STRAIGHT)
    return bool(phrases.CHANGED.search(plain) or phrases.DECIDED.search(plain))


def facts_in(message: str) -> list[Fact]:
    """Give what is worth keeping of a message, in its order."""
    if message.startswith("/"):
        return []
    found = (_told(_bare(said)) for said in sentences(message))
    facts = [_fact(told) for told in found if told is not None]
    return list({fact.content.lower(): fact for fact in facts}.values())[:_MAX_FACTS]


def states_nothing(sentence: str) -> bool:
    """Say whether a sentence only asks or supposes."""
    return sentence.endswith("?") or phrases.SUPPOSING.match(_bare(sentence)) is not None


def sentences(message: str) -> Iterator[str]:
    """Give the sentences of a message that are its writer's own, their quotes made straight."""
    own = _PASTED.sub("\n", message[:_MAX_CHARS].translate(_STRAIGHT))
    for line in own.splitlines():
        plain = _BULLET.sub("", line).strip()
        if _is_prose(plain):
            yield from (said.strip() for said in _END.split(plain))


def _is_prose(line: str) -> bool:
    """Say whether a line is somebody's own words, not a log's, a program's or a table's."""
    letters = sum(one.isalpha() or one.isspace() for one in line)
    return bool(line) and letters >= _PROSE * len(line) and not _PROGRAM.match(line)


def _bare(said: str) -> str:
    leading = phrases.LEADING.match(said)
    return said[leading.end() :] if leading else said


def _told(said: str) -> str | None:
    """Give what a sentence tells that is worth keeping."""
    if asked := phrases.ASKED.match(said):
        told: str = asked["fact"].strip()
        is_vague = phrases.POINTS_BACK.match(told) or told.endswith("?")
        return told if not is_vague and len(words.split(told)) >= _LEAST_TERMS else None
    if not _is_statement(said):
        return None
    if len(set(words.terms(said))) < _LEAST_TERMS:
        return None
    if phrases.PREFERRED.search(said) or phrases.ROLE.search(said):
        return said
    is_telling = names_change(said) or (phrases.TOPIC.match(said) and _is_standing(said))
    return said if is_telling and not phrases.POINTS_AT.search(said) else None


def _is_statement(said: str) -> bool:
    if said.endswith(("?", ":", "…")) or len(said) > _MAX_SENTENCE or _QUOTED.search(said):
        return False
    if len(words.split(said)) < _LEAST_WORDS:
        return False
    if phrases.VAGUE.match(said) or phrases.QUESTION.match(said):
        return False
    is_rule = phrases.PREFERRED.match(_POLITE.sub("", said, count=1))
    if phrases.REQUEST.match(said) and not is_rule:
        return False
    return not (phrases.UNSURE.search(said) or phrases.PASSING.search(said))


def _is_standing(said: str) -> bool:
    if phrases.HABIT.match(said):
        return True
    first = words.split(said)[0]
    if phrases.OWNED.search(said) and said[0].isupper() and not words.is_stop(first):
        return True  # somebody by name
    is_told = any(one.search(said) for one in (phrases.STANDING, phrases.OWNED))
    return bool((is_told or phrases.PROCEDURE.match(said)) and phrases.SPECIFIC.search(said[1:]))


def _fact(told: str) -> Fact:
    content = told.rstrip(" ,;")
    content = content[:1].upper() + content[1:]
    return Fact(content, _kind(content), cast("Category", guess_category(content)))


def _kind(content: str) -> Kind:
    if phrases.PREFERRED.search(content):
        return "preference"
    if phrases.DECIDED.search(content):
        return "decision"
    if phrases.PROCEDURE.match(content):
        return "procedure"
    return "event" if phrases.EVENT.search(content) and phrases.DAY.search(content) else "fact"
