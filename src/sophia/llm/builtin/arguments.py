"""Filling a tool's arguments from what was said."""

import re
from dataclasses import dataclass, field
from datetime import date

from sophia.core.messages import Json, ToolSpec
from sophia.llm.builtin.remainder import Remainder
from sophia.llm.builtin.schema import Misfit, Property, coerce, properties_of
from sophia.llm.builtin.shapes import find_value, is_shaped

_TAG = re.compile(r"<[A-Za-z!]")
_NUMBER = re.compile(r"(?<![\w.-])\d+(?![\w.-])")
_TITLES = ("titled", "named", "called")
_SECOND_TEXTS = ("body", "description", "text", "content")


@dataclass(slots=True)
class Filled:
    """The arguments found, what is still missing and what does not fit."""

    arguments: dict[str, Json] = field(default_factory=dict[str, Json])
    missing: list[str] = field(default_factory=list[str])
    problems: dict[str, str] = field(default_factory=dict[str, str])  # what, and what is wrong
    shaped: int = 0  # arguments recognised by their look
    left: str = ""  # what no argument but a text of any kind could use

    @property
    def is_complete(self) -> bool:
        """Say whether the tool can be called."""
        return not self.missing and not self.problems

    def take(self, wanted: Property, raw: Json, *, today: date) -> None:
        """Take a value in, or note why it does not fit."""
        value = coerce(wanted, raw, today=today)
        if isinstance(value, Misfit):
            self.problems[wanted.name] = value.reason
        else:
            self.arguments[wanted.name] = value

    def close(self, properties: tuple[Property, ...]) -> "Filled":
        """Note what is missing, once all is taken in."""
        required = [one.name for one in properties if one.is_required]
        found = self.arguments.keys() | self.problems.keys()
        self.missing = [name for name in required if name not in found]
        return self


def fill(tool: ToolSpec, text: str, *, today: date) -> Filled:
    """Fill a tool's arguments from a sentence."""
    properties = properties_of(tool)
    filled = Filled()
    rest = Remainder(text)
    given = _html(properties, rest)  # before the quotes, which HTML is full of
    given |= rest.take_keyed([one.name for one in properties if one.name not in given])
    texts = [one for one in properties if _takes_any_text(one) and one.name not in given]
    named, loose = rest.take_quotes(_aliases(texts))
    given |= named
    texts = [one for one in texts if one.name not in given]
    if sum(one.is_required for one in texts) > len(loose):
        rest.cut(tool)
    for one in properties:
        raw: Json = given.get(one.name)
        if raw is None:
            raw = find_value(one, rest, today=today)
            filled.shaped += raw is not None and is_shaped(one)
        if raw is not None:
            filled.take(one, raw, today=today)
    filled.left = " ".join(rest.parts)
    wanting = [
        one for one in properties if one.name not in filled.arguments and _may_be_quoted(one)
    ]
    for one, quoted in zip(wanting, loose, strict=False):
        filled.take(one, quoted, today=today)
    required = (one for one in texts if one.is_required and one.name not in filled.arguments)
    if (first := next(required, None)) and (main := rest.main_text(tool)):
        filled.take(first, main, today=today)
    elif not tool.is_read_only and (stray := _NUMBER.search(rest.parts[0])):
        filled.problems[f"“{stray.group()}”"] = "fits no argument"
    return filled.close(properties)


def _may_be_quoted(wanted: Property) -> bool:
    is_text = wanted.kind in {"string", "any"} and not wanted.choices
    return is_text and (wanted.is_required or wanted.name in _SECOND_TEXTS)


def _html(properties: tuple[Property, ...], rest: Remainder) -> dict[str, str]:
    is_wanted = any(one.name == "html" for one in properties)
    said = rest.take_between(_TAG, ">") if is_wanted else None
    return {"html": said} if said else {}


def _takes_any_text(wanted: Property) -> bool:
    is_text = wanted.kind in {"string", "any"} and not wanted.choices
    return is_text and not wanted.format and not wanted.is_date and not is_shaped(wanted)


def _aliases(texts: list[Property]) -> dict[str, str]:
    """Give the words that may stand before a quoted text to say which argument it is."""
    aliases = {one.name.rpartition("_")[2]: one.name for one in texts}
    title = next((one.name for one in texts if one.name in {"title", "name"}), None)
    return {**(dict.fromkeys(_TITLES, title) if title else {}), **aliases}
