"""Elements that are written as HTML, with everything escaped that stands in them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

_VOID = {"input", "meta", "link", "rect", "circle", "line", "polyline"}
_SVG_VOID = {"rect", "circle", "line", "polyline"}
# Browsers drop a line feed after these, and none may be added inside of them.
_AS_WRITTEN = {"textarea", "pre"}

type Value = str | int | float | bool | None
type Child = "Element | str | None"


@dataclass(frozen=True, slots=True)
class Element:
    """An element; a text in `children` is text, never markup."""

    tag: str
    attributes: dict[str, Value]
    children: tuple["Element | str", ...]


def element(tag: str, attributes: dict[str, Value], *children: Child) -> Element:
    """Make an element; what is None is left out."""
    return Element(tag, attributes, tuple(one for one in children if one is not None))


def opened(node: Element) -> Element:
    """Show what opens on demand, so that it is looked at too."""
    inside = tuple(one if isinstance(one, str) else opened(one) for one in node.children)
    shown = {"open": True} if node.tag in ("details", "dialog") else {}
    return replace(node, attributes={**node.attributes, **shown}, children=inside)


def write(node: Element, depth: int = 0) -> str:
    """Write an element, one on a line, except where only text is in it."""
    return "\n".join(_lines(node, "  " * depth))


def _lines(node: Element, indent: str) -> Iterator[str]:
    start = f"{indent}<{node.tag}{''.join(_attribute(*one) for one in node.attributes.items())}"
    if node.tag in _VOID:
        yield start + (" />" if node.tag in _SVG_VOID else ">")
    elif node.tag in _AS_WRITTEN or all(isinstance(one, str) for one in node.children):
        inside = "".join(escape(one) for one in node.children if isinstance(one, str))
        yield f"{start}>{inside}</{node.tag}>"
    else:
        yield f"{start}>"
        for one in node.children:
            if isinstance(one, str):
                yield f"{indent}  {escape(one)}"
            else:
                yield from _lines(one, f"{indent}  ")
        yield f"{indent}</{node.tag}>"


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
