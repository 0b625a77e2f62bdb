"""HTML: what a reader would see; neither scripts nor styles, nor what is hidden in comments."""

import re
from html.parser import HTMLParser
from typing import override

from sophia.extraction.blocks import Block, Found

_SPACE = re.compile(r"\s+")
_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "head", "iframe", "object"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font"),
        *("i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong"),
        *("sub", "sup", "time", "tt", "u", "var", "wbr", "img"),
    }
)
_CELLS = frozenset({"td", "th"})
_NO_BLOCKS = frozenset({"li", "tr", "dt", "dd", "br"})  # a line of their own, and no more


class _Reader(HTMLParser):
    """Gathers blocks; what is never closed ends with the file."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._unseen: list[str] = []
        self._is_verbatim = False
        self._level = 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen.append(tag)
        if tag in _NO_BLOCKS:
            self._parts.append("\n")
        elif tag in _CELLS:
            self._parts.append(" | ")
        elif tag not in _INLINE:
            self.end()
            self._level = _HEADINGS.get(tag, 0)
            self._is_verbatim = tag == "pre"
        # Nothing says where the body begins if nobody closed the head.
        if tag == "body":
            self._unseen.clear()

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        elif tag not in _INLINE | _CELLS | _NO_BLOCKS:
            self.end()
            self._level, self._is_verbatim = 0, False

    @override
    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(data if self._is_verbatim else _SPACE.sub(" ", data))

    def end(self) -> None:
        """End a block."""
        lines = "".join(self._parts).splitlines()
        if not self._is_verbatim:
            lines = [line.strip().removeprefix("| ") for line in lines if line.strip()]
        self._parts.clear()
        if text := "\n".join(lines):
            self.blocks.append(Block(text, self._level))


def read(content: bytes) -> Found:
    """Read a page in UTF-8."""
    reader = _Reader()
    reader.feed(content.decode("utf-8-sig"))
    reader.close()
    reader.end()
    return Found(reader.blocks)
