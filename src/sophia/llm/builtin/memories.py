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
RECENT = "__get_conversation_context"
DELETE = "__delete_memory"
UPDATE = "__update_memory"
SERVER = "memory__"
_LIMIT = 5
_MAX_QUERY = 1_000
_MAX_QUOTED = 3
_MAX_PASSAGE = 800
_MAX_SENTENCE = 200
_SURE = 0.6
_POSSIBLE = 0.3
_ALIKE = 0.5
_NO_TOPIC = frozenset(map(words.stem, ("everything", "anything", "memory", "all", "fact", "note")))

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
    when: str
    origin: str
    id: str = ""


def find_tool(tools: Sequence[ToolSpec], ending: str) -> ToolSpec | None:
    """Give the memory server's own tool, or any server's of that name."""
    fitting = [tool for tool in tools if tool.name.endswith(ending)]
    return min(fitting, key=lambda tool: not tool.name.startswith(SERVER), default=None)


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


def names_one(topic: str) -> bool:
    """Say whether a topic tells one memory from the others."""
    return not _NO_TOPIC.issuperset(words.terms(topic))


def say_recalled(question: str, result: ToolResult) -> str:
    """Answer a question from the memories that were found."""
    if result.is_error:
        return f"The memory could not be searched. {shortened(result.text, 1_000)}"
    found = passages(question, result)
    sure = [one for one in found if one.relevance >= _SURE][:_MAX_QUOTED]
    if sure:
        return "\n\n".join((_lead(sure[0]), *_note(sure), *map(_quoted, sure)))
    if found:
        closest = "I found nothing stored that surely answers this. The closest is:"
        return "\n\n".join((closest, *map(_quoted, found[:_MAX_QUOTED])))
    return (
        "Nothing about this was stored, and without a language model I know only what was stored."
        " To tell me, write for example: “Remember that our deploy window is Friday 15:00 UTC”."
    )


def say_recent(result: ToolResult) -> str:
    """Tell what was kept last, the newest first."""
    listed = [_passage(as_object(one), set()) for one in _listed(result)]
    lines = [f"- {one_line(one.content, 200)} ({_source(one)})" for one in reversed(listed)]
    return (
        "\n".join(("This is what was kept last:\n", *lines)) if lines else "Nothing was kept yet."
    )


def find_same(topic: str, result: ToolResult) -> Passage | None:
    """Give the one memory that says what a topic says and nothing else, if there is one."""
    said = words.split(topic)
    same = [one for one in _fitting(topic, result) if words.split(one.content) == said]
    return same[0] if len(same) == 1 else None


def say_changeable(topic: str, result: ToolResult) -> str:
    """Tell which memories may be meant, and how to delete or correct each of them."""
    found = [] if result.is_error else _fitting(topic, result)[:_MAX_QUOTED]
    if not found:
        return f"Nothing was changed. {say_recalled(topic, result)}"
    told = (
        f"{_quoted(one)}\n\nTo delete it: `/memory.delete_memory {one.id}`\n"
        f'To correct it: `/memory.update_memory {one.id} content="…"`'
        for one in found
    )
    return "\n\n".join(("Nothing was changed yet. Is this what you mean?", *told))


def passages(question: str, result: ToolResult) -> list[Passage]:
    """Give what was found that bears on the question and is no question itself."""
    said = words.split(question)
    return [
        one
        for one in _fitting(question, result)
        if not one.content.rstrip().endswith("?") and words.split(one.content) != said
    ]


def _fitting(question: str, result: ToolResult) -> list[Passage]:
    """Give what was found that bears on the question, the best and newest first."""
    asked = set(words.terms(question))
    read = (_passage(as_object(one), asked) for one in _listed(result))
    kept = [one for one in read if one.relevance >= _POSSIBLE]
    newest_first = sorted(kept, key=lambda one: one.when, reverse=True)
    return sorted(newest_first, key=lambda one: -round(one.relevance, 1))


def _listed(result: ToolResult) -> Sequence[Json]:
    return as_list(as_object(result.structured).get("memories"))


def _note(found: Sequence[Passage]) -> list[str]:
    """Say so when what was found on one topic differs."""
    alike = [one for one in found[1:] if _is_alike(found[0], one)]
    is_newest = all(found[0].when >= one.when for one in alike)
    newest = "this is the newest" if is_newest else "a newer memory follows"
    return [f"What was stored about it differs; {newest}."] if alike else []


def _is_alike(one: Passage, other: Passage) -> bool:
    """Say whether two memories share most of their words, yet each has some of its own."""
    here, there = words.terms(one.content), words.terms(other.content)
    shared = len({*here} & {*there})
    most = min(len({*here}), len({*there}))
    has_same_end = here[:1] == there[:1] or here[-1:] == there[-1:]
    return has_same_end and _ALIKE * most <= shared < most


def _passage(memory: JsonObject, asked: set[str]) -> Passage:
    content = str(memory.get("content") or "")
    shared = len(asked & set(words.terms(content))) / len(asked) if asked else 0.0
    score = memory.get("score")
    told = float(score) if isinstance(score, int | float) else 0.0
    relevance = max(shared, told if shared else told / 2)  # no word in common: at best a hint
    when = memory.get("occurred_at") or memory.get("created_at") or ""
    origin, id_ = _origin(memory.get("source")), str(memory.get("memory_id") or "")
    return Passage(content, relevance, str(when), origin, id_)


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
    return f"> {quoted}\n\n— {_source(one)} (memory)"


def _source(one: Passage) -> str:
    return f"{one.origin} on {one.when[:10]}" if one.when else one.origin
