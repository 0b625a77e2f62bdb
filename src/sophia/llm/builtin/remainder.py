"""A sentence from which one argument after the other is taken until only its text is left."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sophia.core.messages import ToolSpec
from sophia.llm.builtin import words

_GONE = "\x00"  # stands where something was taken out
_EDGE = " \t\r\n,;:\u2013\u2014-"
_QUOTED = re.compile(r'"[^"]+"|“[^“”]+”|```[\s\S]+?```|`[^`\n]+`' r"|(?<!\w)'[^'\n]{2,500}'(?!\w)")
_FENCE = re.compile(r"```(?:(?P<language>\w*)[ \t]*\n)?(?P<inside>[\s\S]*?)\n?```")
_NAMED_BEFORE = re.compile(r"(?:^|\s)([a-z]+)\s*(?:is|of|:)?\s*$", re.IGNORECASE)
_TOKEN = re.compile(r"\S+")
_WORD_OR_COLON = re.compile(r"[^\W_]+|:(?=\s)")
_LEADS = {
    "mention",
    "mentioning",
    "matching",
    "containing",
    ":",
    "for",
    "about",
    "to",
    "with",
    "that",
    "saying",
    "titled",
    "named",
    "called",
    "like",
}
_OPENING = re.compile(r"(?:(?:that|saying|titled|named|called|for|about|an?)\s+)+", re.IGNORECASE)
_WITHOUT_OBJECT = re.compile(
    rf"(?:\b(?:in|on|of|from|for|to|at|with|by|as|and|the|repo|repository|project|team)\s+){{0,4}}{_GONE}",
    re.IGNORECASE,
)


def unquoted(text: str) -> str:
    """Take the quotation marks or the fence off a text, if it has them."""
    if fence := _FENCE.fullmatch(text):
        return fence["inside"]
    return text[1:-1] if _QUOTED.fullmatch(text) else text


def without_quotes(text: str) -> str:
    """Leave out what is quoted."""
    return _QUOTED.sub(" ", text)


class Remainder:
    """What is left of a sentence: its command, and the text that the command is about."""

    def __init__(self, text: str) -> None:
        """Begin with all of it as the command."""
        self.parts = [text.replace(_GONE, ""), ""]

    def find(self, pattern: re.Pattern[str], *, is_weak: bool = False) -> str | None:
        """Take the first match out and give it; a weak one counts only within the command."""
        for index, part in enumerate(self.parts[: 1 if is_weak else 2]):
            if found := pattern.search(part):
                self.take(index, found.span())
                return next((group for group in found.groups() if group), found.group())
        return None

    def take(self, index: int, span: tuple[int, int]) -> None:
        """Take a span of one part out; of a fenced one its language stays."""
        part = self.parts[index]
        fence = _FENCE.search(part, *span)
        language = (fence["language"] or "") if fence else ""
        self.parts[index] = f"{part[: span[0]]} {_GONE} {language} {part[span[1] :]}"

    def take_between(self, opening: re.Pattern[str], closing: str) -> str | None:
        """Take everything from an opening to the last closing."""
        text = self.parts[0]
        start, end = opening.search(text), text.rfind(closing) + 1
        if start is None or end <= start.start():
            return None
        self.take(0, (start.start(), end))
        return text[start.start() : end]

    def take_keyed(self, names: Sequence[str]) -> dict[str, str]:
        """Take every `name=value`, and every `name: value` up to the next name."""
        text = self.parts[0]
        quoted = [found.span() for found in _QUOTED.finditer(text)]
        keys = [
            key
            for key in _keys(tuple(names)).finditer(text)
            if not any(start < key.start() < end for start, end in quoted)
        ]
        by_words = {_spoken(name): name for name in names}
        taken: dict[str, str] = {}
        until = len(text)
        for key in reversed(keys):
            value = _QUOTED.match(text, key.end())
            if value is None and key["sign"] == "=":
                value = _TOKEN.match(text, key.end(), until)
            end = value.end() if value else until
            taken[by_words[_spoken(key["key"])]] = unquoted(text[key.end() : end].strip(_EDGE))
            self.take(0, (key.start(), end))
            until = key.start()
        return {name: said for name, said in taken.items() if said}

    def take_quotes(self, aliases: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """Take what is quoted: after a word that names an argument, or by itself."""
        text = self.parts[0]
        named: dict[str, str] = {}
        loose: list[str] = []
        for found in reversed(list(_QUOTED.finditer(text))):
            before = _NAMED_BEFORE.search(text[max(0, found.start() - 40) : found.start()])
            name = aliases.get(before[1].lower()) if before else None
            if before and name:
                named[name] = unquoted(found.group())
                self.take(0, (found.start() - len(before.group()), found.end()))
            else:
                loose.insert(0, unquoted(found.group()))
                self.take(0, found.span())
        return named, loose

    def cut(self, tool: ToolSpec) -> None:
        """Part the command from the text that it is about: at a colon, a "for", after the noun."""
        text = self.parts[0]
        named = words.name_terms(tool)
        has_named = False
        at = len(text)
        for found in _WORD_OR_COLON.finditer(text):
            word = found.group().lower()
            if has_named and word in _LEADS and not _begins_with(text[found.end() :], named):
                at = found.end()
                break
            if _is_named(word, named):
                has_named, at = True, found.end()
        self.parts = [text[:at], text[at:]]

    def main_text(self, tool: ToolSpec) -> str:
        """Give what the command is about, else what it says beside naming the tool."""
        about = _tidy(self.parts[1])
        return about if re.search(r"\w", about) else _tidy(_beside_name(self.parts[0], tool))


def _is_named(word: str, named: set[str]) -> bool:
    return not named.isdisjoint(words.widened([words.stem(word)]))


def _begins_with(text: str, named: set[str]) -> bool:
    """Say whether the next word that means something only names the tool again."""
    following = (word for word in words.split(text[:80]) if not words.is_stop(word))
    return _is_named(next(following, ""), named)


def _beside_name(text: str, tool: ToolSpec) -> str:
    named = words.name_terms(tool)
    groups = {words.verb_group(one) for one in words.split(tool.name)} - {None}
    kept = [
        found
        for found in _WORD_OR_COLON.finditer(text)
        if not (
            words.is_stop(found.group().lower())
            or words.verb_group(found.group()) in groups
            or (words.verb_group(found.group()) and not text[: found.start()].strip())
            or _is_named(found.group().lower(), named)
        )
    ]
    return text[kept[0].start() : kept[-1].end()] if kept else ""


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t]{2,}", " ", _WITHOUT_OBJECT.sub(" ", text)).strip(_EDGE)
    return _OPENING.sub("", text, count=1) if _OPENING.match(text) else text


def _spoken(name: str) -> tuple[str, ...]:
    return tuple(words.split(name))


@lru_cache(maxsize=512)
def _keys(names: tuple[str, ...]) -> re.Pattern[str]:
    ordered = sorted(names, key=len, reverse=True)
    spoken = "|".join(r"[ _-]".join(map(re.escape, name.split("_"))) for name in ordered)
    return re.compile(
        rf"(?<![\w/.-])(?P<key>{spoken or '(?!)'})\s*(?P<sign>=|:(?!//))\s*",
        re.IGNORECASE | re.ASCII,
    )
