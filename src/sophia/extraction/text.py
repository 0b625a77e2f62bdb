"""Plain text and Markdown."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from sophia.extraction.blocks import Block, Found

_BLANK = re.compile(r"\n[ \t]*\n")
_FRONT = re.compile(r"---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAGE_END = "\f"


def read(content: bytes) -> Found:
    """Read plain text: paragraphs between blank lines, pages between form feeds."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    pages = text.split(_PAGE_END)
    if len(pages) == 1:
        return Found(Block(part) for part in _BLANK.split(text))
    return Found(
        (
            Block(part, page=number)
            for number, page in enumerate(pages, 1)
            for part in _BLANK.split(page)
        ),
        len(pages),
    )


def read_markdown(content: bytes) -> Found:
    """Read Markdown: what its parser takes for one block is one, in the words of the source."""
    return Found(_markdown(content.decode("utf-8-sig").replace("\r\n", "\n")))


def _markdown(text: str) -> Iterator[Block]:
    if front := _FRONT.match(text):
        yield Block(front[0])
        text = text[front.end() :]
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.level != 0 or token.map is None or token.nesting < 0:
            continue
        if token.type == "heading_open" and following is not None:
            yield Block(following.content, int(token.tag[1:]))
        elif token.type != "hr":
            yield Block("\n".join(lines[slice(*token.map)]))
