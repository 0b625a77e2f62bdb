"""HTML as a tree of elements, whatever its form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import override

_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
    *("track", "wbr"),
}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SHOWN_CHARS = 200
_MAX_DEPTH = 500  # browsers nest no deeper either


@dataclass(slots=True)
class Node:
    """An element."""

    tag: str
    attributes: dict[str, str]
    parent: "Node | None"
    children: list["Node"] = field(default_factory=list["Node"])
    text: str = ""

    def __iter__(self) -> Iterator["Node"]:
        """Give it and all that it holds."""
        yield self
        for child in self.children:
            yield from child

    @property
    def said(self) -> str:
        """Give the text that it shows or speaks."""
        parts = [self.text, *(child.said for child in self.children)]
        if self.tag == "img":
            parts.append(self.attributes.get("alt", ""))
        return " ".join(part for part in parts if part.strip()).strip()

    @property
    def name(self) -> str:
        """Give its name from its own attributes or its content."""
        own = self.attributes
        return (own.get("aria-label") or own.get("title") or self.said).strip()

    @property
    def selector(self) -> str:
        """Say where it is."""
        if own := self.attributes.get("id"):
            return f"#{own}"
        if self.parent is None:
            return self.tag
        same = [one for one in self.parent.children if one.tag == self.tag]
        place = f":nth-of-type({same.index(self) + 1})" if len(same) > 1 else ""
        above = "" if self.parent.parent is None else f"{self.parent.selector} > "
        return f"{above}{self.tag}{place}"

    @property
    def source(self) -> str:
        """Write its beginning."""
        written = "".join(f' {name}="{value}"' for name, value in self.attributes.items())
        return f"<{self.tag}{written}>{self.said}"[:_SHOWN_CHARS]


@dataclass(frozen=True, slots=True)
class Page:
    """What rules have to know of the elements around one."""

    said_by_id: dict[str, str]
    labelled_ids: frozenset[str]
    jumping: frozenset[int]

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> "Page":
        """Look through all elements, in their order."""
        said = {id_: node.said for node in nodes if (id_ := node.attributes.get("id"))}
        labelled = {
            node.attributes["for"]
            for node in nodes
            if node.tag == "label" and node.attributes.get("for") and node.said
        }
        jumping: set[int] = set()
        before: int | None = None
        for node in nodes:
            level = _HEADINGS.get(node.tag)
            if level is not None and before is not None and level > before + 1:
                jumping.add(id(node))
            before = level or before
        return cls(said, frozenset(labelled), frozenset(jumping))


def read_html(html: str) -> tuple[list[Node], Page]:
    """Give the elements of a text in their order, and what rules need to know around them."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    nodes = list(tree.root)[1:]
    return nodes, Page.of(nodes)


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("(document)", {}, None)
        self._at, self._depth = self.root, 0

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self._at)
        self._at.children.append(node)
        if tag not in _VOID and self._depth < _MAX_DEPTH:
            self._at, self._depth = node, self._depth + 1

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        at: Node | None = self._at
        closed = 1
        while at is not None and at.tag != tag:
            at, closed = at.parent, closed + 1
        if at is not None and at.parent is not None:
            self._at, self._depth = at.parent, self._depth - closed

    @override
    def handle_data(self, data: str) -> None:
        if self._at.tag not in ("script", "style"):
            self._at.text += f" {data.strip()}" if data.strip() else ""
