"""Keeping what was said, and answering from what was kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sophia.core.messages import Json, JsonObject, ToolResult, ToolSpec
from sophia.llm.builtin import words
from sophia.llm.builtin.rendering import one_line, shortened
from sophia.llm.builtin.schema import Misfit, as_list, as_object, coerce, properties_of

STORE = "__store_memory"
SEARCH = "__search_memories"
_LIMIT = 5
_MAX_QUERY = 1_000
_MAX_QUOTED = 3
_MAX_PASSAGE = 800
_MAX_SENTENCE = 200
_SURE = 0.6
_POSSIBLE = 0.3

_CATEGORIES = {
    "technical": "deploy server database api bug code python docker kubernetes gpu cluster port"
    " cache branch release version backup endpoint staging production test build pipeline library",
    "project": "project milestone sprint roadmap deadline backlog launch deliverable task ticket",
    "business": "customer client invoice price revenue contract budget sales market investor",
    "personal": "birthday wife husband family favourite favorite hobby holiday vacation allergic"
    " prefer like hate",
    "learning": "learned lesson course tutorial",
}
_CATEGORY_OF = {
    words.stem(word): name for name, listed in _CATEGORIES.items() for word in listed.split()
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A memory that was found and how much of the question it carries."""

    content: str
    relevance: float
    day: str
    origin: str


def find_tool(tools: Sequence[ToolSpec], ending: str) -> ToolSpec | None:
    """Give the memory server's own tool, or any server's of that name."""
    fitting = [tool for tool in tools if tool.name.endswith(ending)]
    return min(fitting, key=lambda tool: not tool.name.startswith("memory__"), default=None)


def store_arguments(tool: ToolSpec, fact: str, *, today: date) -> JsonObject:
    """Give the arguments that keep a statement, word for word."""
    category = guess_category(fact)
    wanted = next((one for one in properties_of(tool) if one.name == "category"), None)
    fits = wanted and not isinstance(coerce(wanted, category, today=today), Misfit)
    return {"content": fact, "category": category} if fits else {"content": fact}


def search_arguments(tool: ToolSpec, question: str) -> JsonObject:
    """Give the arguments that look a question up."""
    has_limit = "limit" in as_object(tool.input_schema.get("properties"))
    query = question.strip()[:_MAX_QUERY]
    return {"query": query, "limit": _LIMIT} if has_limit else {"query": query}


def guess_category(fact: str) -> str:
    """Give the category that most of a statement's words speak for."""
    votes = [_CATEGORY_OF[term] for term in words.terms(fact) if term in _CATEGORY_OF]
    is_personal = re.match(r"(?:my|i)\b", fact, re.IGNORECASE)
    return max(votes, key=votes.count, default="personal" if is_personal else "general")


def say_stored(arguments: JsonObject, result: ToolResult) -> str:
    """Tell what became of a statement that was to be kept."""
    fact = one_line(arguments.get("content"), 1_000).rstrip(".")
    if result.is_error:
        return f"That was not stored. {shortened(result.text, 1_000)}"
    answer = as_object(result.structured)
    if answer.get("is_new") is False or answer.get("is_duplicate") is True:
        return f"That was stored already: “{fact}”."
    category = arguments.get("category")
    return f"Stored: “{fact}”." + (f" Category: {category}." if category else "")


def say_recalled(question: str, result: ToolResult) -> str:
    """Answer a question from the memories that were found."""
    if result.is_error:
        return f"The memory could not be searched. {shortened(result.text, 1_000)}"
    found = passages(question, result)
    sure = [one for one in found if one.relevance >= _SURE][:_MAX_QUOTED]
    if sure:
        return f"{_lead(sure[0])}\n\n" + "\n\n".join(map(_quoted, sure))
    if found:
        return "I found nothing stored that surely answers this. The closest is:\n\n" + "\n\n".join(
            map(_quoted, found[:_MAX_QUOTED])
        )
    return (
        "Nothing about this was stored. To tell me, write for example:"
        " “Remember that our deploy window is Friday 15:00 UTC”."
    )


def passages(question: str, result: ToolResult) -> list[Passage]:
    """Give what was found that bears on the question, the best and newest first."""
    asked = set(words.terms(question))
    listed = as_list(as_object(result.structured).get("memories"))
    read = [_passage(as_object(one), asked) for one in listed]
    own = {words.stem(word) for word in words.split(question)}
    kept = [
        one
        for one in read
        if one.relevance >= _POSSIBLE
        and not one.content.rstrip().endswith("?")
        and {words.stem(word) for word in words.split(one.content)} != own
    ]
    return sorted(
        sorted(kept, key=lambda one: one.day, reverse=True),
        key=lambda one: -round(one.relevance, 1),
    )


def _passage(memory: JsonObject, asked: set[str]) -> Passage:
    content = str(memory.get("content") or "")
    shared = len(asked & set(words.terms(content))) / len(asked) if asked else 0.0
    score = memory.get("score")
    told = float(score) if isinstance(score, int | float) else 0.0
    relevance = max(shared, told if shared else told / 2)  # no word in common: at best a hint
    when = memory.get("occurred_at") or memory.get("created_at") or ""
    return Passage(content, relevance, str(when)[:10], _origin(memory.get("source")))


def _origin(source: Json) -> str:
    if isinstance(source, str) and source:
        return f"from {source}"
    listed = as_object(source)
    said_by = listed.get("said_by") or listed.get("speaker") or listed.get("name")
    return f"said by {said_by}" if isinstance(said_by, str) else "stored"


def _lead(best: Passage) -> str:
    sentence = best.content.strip()
    if len(sentence) > _MAX_SENTENCE or "\n" in sentence:
        return "This is what was stored about it:"
    ending = "" if sentence.endswith((".", "!", "…")) else "."
    return f"{sentence[:1].upper()}{sentence[1:]}{ending}"


def _quoted(one: Passage) -> str:
    quoted = shortened(one.content.strip(), _MAX_PASSAGE).replace("\n", "\n> ")
    when = f" on {one.day}" if one.day else ""
    return f"> {quoted}\n\n— {one.origin}{when} (memory)"
