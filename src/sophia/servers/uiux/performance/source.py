"""The code of a page as a text that can be changed in places: its tags, and its rules of CSS."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import accumulate
from typing import override

_MODULE = re.compile(r"^\s*(import|export)\s", re.MULTILINE)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style", re.DOTALL | re.IGNORECASE)
_SKIPPED = re.compile(r"/\*.*?(\*/|$)|\"(\\.|[^\"\\])*(\"|$)|'(\\.|[^'\\])*('|$)", re.DOTALL)
_PSEUDO = re.compile(r"::?[a-zA-Z-]+(\((?:[^()]|\([^()]*\))*\))?")
_HOLDING = re.compile(r"@(media|supports|container|layer)\b", re.IGNORECASE)
_MAX_DEPTH = 20
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, and where it stands."""

    name: str
    attributes: dict[str, str]
    at: int
    is_in_head: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """Another text for a place."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A style rule, and where it stands."""

    selectors: str
    start: int
    end: int

    @property
    def probe(self) -> str | None:
        """Give a selector that matches at least what the rule may match in any state.

        None where that is not sure, so that the rule has to stay.
        """
        if "\\" in self.selectors or ("[" in self.selectors and ":" in self.selectors):
            return None
        return _PSEUDO.sub("", self.selectors).strip() or "*"


def is_module(code: str) -> bool:
    """Say whether it is a module of JavaScript or TypeScript, not a page."""
    return not code.lstrip().startswith("<") and _MODULE.search(code) is not None


def tags_of(code: str) -> list[Tag]:
    """Give the start tags in their order."""
    reader = _Tags(code)
    reader.feed(code)
    reader.close()
    return reader.found


def rules_of(code: str) -> list[Rule]:
    """Give the style rules that stand in a page itself."""
    return [rule for style in _STYLE.finditer(code) for rule in _rules(code, *style.span(1))]


def changed(code: str, edits: Sequence[Edit]) -> str:
    """Make changes, none of which touch another."""
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        code = code[: edit.start] + edit.text + code[edit.end :]
    return code


def _rules(code: str, start: int, end: int, depth: int = 0) -> Iterator[Rule]:
    at = start
    while at < end:
        opening = _next(code, at, end, "{;}")
        if opening >= end:
            return
        if code[opening] != "{":  # a statement such as @import
            at = opening + 1
            continue
        closing = _closing(code, opening, end)
        prelude = _COMMENT.sub("", code[at:opening]).strip()
        if _HOLDING.match(prelude):
            if depth < _MAX_DEPTH:
                yield from _rules(code, opening + 1, closing, depth + 1)
        elif not prelude.startswith("@"):
            yield Rule(prelude, at, min(closing + 1, end))
        at = closing + 1


def _next(code: str, at: int, end: int, wanted: str) -> int:
    """Give the next of some characters that stands in neither comment nor string."""
    while at < end:
        skipped = _SKIPPED.match(code, at, end)
        if skipped and skipped.end() > at:
            at = skipped.end()
        elif code[at] in wanted:
            return at
        else:
            at += 1
    return end


def _closing(code: str, opening: int, end: int) -> int:
    depth, at = 1, opening
    while depth and at < end:
        at = _next(code, at + 1, end, "{}")
        if at < end:
            depth += 1 if code[at] == "{" else -1
    return at


class _Tags(HTMLParser):
    def __init__(self, code: str) -> None:
        super().__init__()
        self.found: list[Tag] = []
        self._lines = [0, *accumulate(len(line) + 1 for line in code.split("\n"))]
        self._is_in_head = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_in_head = tag == "head" or (self._is_in_head and tag != "body")
        line, column = self.getpos()
        attributes = {name: value or "" for name, value in attrs}
        self.found.append(Tag(tag, attributes, self._lines[line - 1] + column, self._is_in_head))

    @override
    def handle_endtag(self, tag: str) -> None:
        self._is_in_head = self._is_in_head and tag != "head"
