"""Choosing the tool that a sentence asks for, by the words that both use."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sophia.core.messages import ToolSpec
from sophia.llm.builtin import words
from sophia.llm.builtin.arguments import Filled, fill
from sophia.llm.builtin.remainder import without_quotes
from sophia.llm.builtin.shapes import IMPLIED

_MIN_NAMED = 0.55
_MIN_MARGIN = 0.08
MOSTLY = 0.6
_MAX_FILLED = 8
_VAGUE = frozenset(map(words.stem, ("detail", "info", "information", "content", "data", "report")))
_FITTING = {
    ("search", "get"): 0.7,
    ("get", "search"): 0.7,
    ("get", "estimate"): 0.9,
    ("get", "check"): 0.8,
    ("create", "generate"): 0.9,
    ("generate", "create"): 0.7,
    ("create", "store"): 0.9,
    ("create", "launch"): 0.9,
    ("create", "comment"): 1,
    ("finish", "update"): 0.95,
    ("check", "analyze"): 0.9,
    ("analyze", "check"): 0.9,
    ("check", "get"): 0.7,
    ("invoke", "generate"): 0.7,
}
_VAGUENESS = 0.1
_NO_VERB = 0.9
_NAMELESS = 0.8  # a verb meets a tool whose name has none


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tool that may be meant, with the arguments found for it."""

    tool: ToolSpec
    score: float
    filled: Filled
    explained: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The tools that fit, the best first."""

    fitting: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate | None:
        """Give the tool that is clearly meant, if one is."""
        first, second = (*self.fitting, None, None)[:2]
        is_clear = first and (second is None or first.score - second.score >= _MIN_MARGIN)
        return first if is_clear else None


class Catalogue:
    """The tools on offer and how much each of their words tells."""

    def __init__(self, tools: Sequence[ToolSpec]) -> None:
        """Count in how many tools each word occurs."""
        self._tools = tools
        self._words = {tool.name: set(words.terms(_described(tool))) for tool in tools}
        self._counts = Counter(term for terms in self._words.values() for term in terms)

    def choose(
        self, text: str, *, verb: str | None, today: date, explained: float = MOSTLY
    ) -> Choice:
        """Choose by the words of a sentence and by what its arguments fit.

        Without a verb only tools that read are chosen, and only when their own words explain that
        share of the sentence.
        """
        head = without_quotes(text)
        implied = " ".join(word for shape, word in IMPLIED if re.search(shape, head))
        said = words.widened(map(words.stem, words.split(f"{head} {implied}")))
        named = ((tool, self._named(tool, said, verb)) for tool in self._tools)
        likely = sorted(
            (one for one in named if one[1] >= _MIN_NAMED), key=lambda one: (-one[1], one[0].name)
        )
        weighed = (
            self._weighed(tool, share, head, fill(tool, text, today=today))
            for tool, share in likely[:_MAX_FILLED]
        )
        fitting = (
            one for one in weighed if verb or (one.tool.is_read_only and one.explained >= explained)
        )
        return Choice(tuple(sorted(fitting, key=lambda one: (-one.score, one.tool.name))))

    def near(self, text: str) -> tuple[Candidate, ...]:
        """Give the harmless tools whose nouns were said, whatever is to be done to them."""
        said = words.widened(words.terms(text))
        scored = [
            Candidate(tool, named, Filled(), 0.0)
            for tool in self._tools
            if not tool.is_destructive and (named := self._share(_nouns(tool), said)) >= _MIN_NAMED
        ]
        return tuple(sorted(scored, key=lambda one: (not one.tool.is_read_only, -one.score)))

    def _named(self, tool: ToolSpec, said: set[str], verb: str | None) -> float:
        """Say how much of a tool's name was said."""
        return self._share(_nouns(tool), said) * _fit(verb, tool)

    def _weighed(self, tool: ToolSpec, named: float, head: str, filled: Filled) -> Candidate:
        """Prefer the tool that explains what was said and has a use for it, lacking nothing."""
        said = words.widened(words.terms(head))
        left = words.widened(words.terms(without_quotes(filled.left))) - self._words[tool.name]
        explained = 1 - min(1.0, self._sum(left) / self._sum(said)) if said else 1.0
        server = words.terms(tool.name.rpartition("__")[0])
        score = named + 0.25 * explained + 0.15 * (not said.isdisjoint(server))
        score += 0.12 * filled.shaped + 0.03 * len(filled.arguments) - 0.12 * len(filled.missing)
        return Candidate(tool, score, filled, explained)

    def _share(self, wanted: set[str], there: set[str]) -> float:
        """Give the share of the weight of the wanted words that is there."""
        return self._sum(wanted & there) / self._sum(wanted) if wanted else 1.0

    def _sum(self, terms: Iterable[str]) -> float:
        return sum(
            math.log(1 + (len(self._tools) + 1) / (self._counts[term] + 0.5))
            * (_VAGUENESS if term in _VAGUE else 1)
            for term in terms
        )


def verb_of(tool: ToolSpec) -> str | None:
    """Give the kind of action that a tool's name begins with."""
    named = words.split(tool.name.rpartition("__")[2])
    return "comment" if "comment" in named else words.verb_group(named[0]) if named else None


def _nouns(tool: ToolSpec) -> set[str]:
    named = words.split(tool.name.rpartition("__")[2])
    return {words.stem(one) for one in named[1 if verb_of(tool) else 0 :]}


def _fit(verb: str | None, tool: ToolSpec) -> float:
    own = verb_of(tool)
    if verb == own:
        return 1
    if tool.is_destructive:
        return 0
    if verb is None:
        return _NO_VERB
    return _NAMELESS if own is None else _FITTING.get((verb, own), 0)


def _described(tool: ToolSpec) -> str:
    return f"{tool.name} {tool.title or ''} {tool.description}"
