"""Splitting the text of a document into passages, by its structure.

A passage lies under one heading and on one page, so that it can be cited by them. Paragraphs are
joined while they are short, and divided where lines, sentences, words end while they are long.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sophia.extraction.blocks import Block

_WANTED_CHARS = 1_000
_MAX_CHARS = 1_600
_MAX_HEADING_CHARS = 300
_BETWEEN = " > "
# Where a text may end, the best first.
_ENDS = (re.compile(r"\n"), re.compile(r"(?<=[.!?…。])\s"), re.compile(r"\s"))


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document, and where in it that is."""

    text: str
    heading: str | None
    page: int | None


def split(blocks: Iterable[Block]) -> Iterator[Passage]:
    """Give the passages, in the document's order."""
    titles: list[tuple[int, str]] = []
    paragraphs: list[str] = []
    page: int | None = None
    for block in blocks:
        is_full = sum(map(len, paragraphs)) + len(block.text) > _WANTED_CHARS
        if block.level or block.page != page or is_full:
            yield from _passages(paragraphs, titles, page)
            paragraphs = []
        page = block.page
        if block.level:
            titles = [title for title in titles if title[0] < block.level]
            titles.append((block.level, " ".join(block.text.split())))
        else:
            paragraphs.append(block.text)
    yield from _passages(paragraphs, titles, page)


def _passages(
    paragraphs: list[str], titles: list[tuple[int, str]], page: int | None
) -> Iterator[Passage]:
    heading = _BETWEEN.join(title for _, title in titles)[:_MAX_HEADING_CHARS] or None
    for text in _divided("\n\n".join(paragraphs)):
        yield Passage(text, heading, page)


def _divided(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > _MAX_CHARS:
        end = _end(text, start)
        yield from _worth(text[start:end])
        start = end
    yield from _worth(text[start:])


def _end(text: str, start: int) -> int:
    """Give where to divide: at the last good place, if the part does not get too short by it."""
    for ends in _ENDS:
        places = [
            found.end()
            for found in ends.finditer(text, start + _WANTED_CHARS // 2, start + _MAX_CHARS)
        ]
        if places:
            return places[-1]
    return start + _MAX_CHARS


def _worth(text: str) -> Iterator[str]:
    if stripped := text.strip():
        yield stripped
