"""Accessibility of HTML as far as it shows without a browser.

The rules bear the names that axe gives them and find less: nothing is laid out, so neither contrast
nor focus nor what scripts change is seen.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sophia.servers.uiux.audits.port import Measured, Picture, Scheme, Shown, View
from sophia.servers.uiux.audits.schemas import (
    Accessibility,
    Element,
    Impact,
    Violation,
    WcagLevel,
    told,
)
from sophia.servers.uiux.audits.tree import Node, Page, read_html
from sophia.servers.uiux.errors import BrowserMissingError

_MAX_ELEMENTS = 5
_UNLABELLED = {"hidden", "submit", "reset", "button", "image"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for, and what to do about it."""

    name: str
    impact: Impact
    criteria: tuple[str, ...]
    what: str
    fix: str
    breaks: Callable[[Node, Page], bool]
    level: WcagLevel = "A"


class WithoutBrowser:
    """Reads HTML, and shows nothing."""

    async def accessibility(
        self,
        shown: Shown,
        level: WcagLevel,
        schemes: Sequence[Scheme] = ("light",),  # noqa: ARG002 - a port
    ) -> Accessibility:
        """Look for what keeps people out as far as it is written."""
        if shown.html is None:
            raise BrowserMissingError
        return await asyncio.to_thread(_audit, shown.html, level)

    async def picture(self, shown: Shown, view: View) -> Picture:  # noqa: ARG002 - a port
        """Refuse: there is nothing to show it with."""
        raise BrowserMissingError

    async def performance(self, html: str, selectors: Sequence[str]) -> Measured:  # noqa: ARG002 - a port
        """Refuse: there is nothing to measure with."""
        raise BrowserMissingError


def _audit(html: str, level: WcagLevel) -> Accessibility:
    nodes, page = read_html(html)
    is_page = any(node.tag == "html" for node in nodes)
    rules = [*_RULES, *(_PAGE_RULES if is_page else ())]
    asked = [rule for rule in rules if len(rule.level) <= len(level)]
    broken = [(rule, [node for node in nodes if rule.breaks(node, page)]) for rule in asked]
    violations = [_violation(rule, found) for rule, found in broken if found]
    return told(
        violations,
        engine="static",
        note="Read without a browser: contrast, focus, layout and what scripts do were not looked"
        " at. Install Chromium and the extra `browser` for a whole audit.",
        wcag_level=level,
        rules_passed=len(asked) - len(violations),
        to_review=[],
    )


def _violation(rule: Rule, nodes: Sequence[Node]) -> Violation:
    return Violation(
        rule=rule.name,
        impact=rule.impact,
        what=rule.what,
        criteria=list(rule.criteria),
        help_url=None,
        elements=[
            Element(selector=node.selector, html=node.source, fix=rule.fix)
            for node in nodes[:_MAX_ELEMENTS]
        ],
        more_elements=max(0, len(nodes) - _MAX_ELEMENTS),
    )


def _has_label(node: Node, page: Page) -> bool:
    own = node.attributes
    if own.get("aria-label", "").strip() or own.get("title", "").strip():
        return True
    if any(page.said_by_id.get(one) for one in own.get("aria-labelledby", "").split()):
        return True
    above = node.parent
    while above is not None:
        if above.tag == "label" and above.said:
            return True
        above = above.parent
    return own.get("id") in page.labelled_ids


def _is_hidden(node: Node) -> bool:
    return "hidden" in node.attributes or node.attributes.get("aria-hidden") == "true"


def _is_field(node: Node) -> bool:
    kind = node.attributes.get("type", "text").lower()
    return node.tag in ("select", "textarea") or (node.tag == "input" and kind not in _UNLABELLED)


def _lacks_name(node: Node, page: Page) -> bool:
    return not node.name and not _has_label(node, page) and not _is_hidden(node)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0


def _forbids_zoom(content: str) -> bool:
    given: dict[str, str] = {}
    for part in content.lower().split(","):
        name, _, value = part.partition("=")
        given[name.strip()] = value.strip()
    is_fixed = given.get("user-scalable") in ("no", "0")
    return is_fixed or re.fullmatch(r"[01](\.\d*)?", given.get("maximum-scale", "")) is not None


_RULES = (
    Rule(
        "image-alt",
        "critical",
        ("1.1.1",),
        "Images have a text in their place",
        'Add alt="…" that says what the image shows, or alt="" if it is decoration.',
        lambda node, page: (
            node.tag == "img"
            and "alt" not in node.attributes
            and not _has_label(node, page)
            and node.attributes.get("role") not in ("none", "presentation")
        ),
    ),
    Rule(
        "label",
        "critical",
        ("4.1.2",),
        "Form fields have labels",
        'Add <label for="its id">…</label>, or aria-label.',
        lambda node, page: _is_field(node) and not _has_label(node, page) and not _is_hidden(node),
    ),
    Rule(
        "button-name",
        "critical",
        ("4.1.2",),
        "Buttons have names",
        "Put a text inside the button, or add aria-label.",
        lambda node, page: (
            (node.tag == "button" or node.attributes.get("role") == "button")
            and _lacks_name(node, page)
        ),
    ),
    Rule(
        "link-name",
        "serious",
        ("2.4.4", "4.1.2"),
        "Links have names",
        "Put a text inside the link that says where it leads, or add aria-label.",
        lambda node, page: (
            node.tag == "a" and "href" in node.attributes and _lacks_name(node, page)
        ),
    ),
    Rule(
        "frame-title",
        "serious",
        ("4.1.2",),
        "Frames have titles",
        'Add title="…" that says what the frame holds.',
        lambda node, _: node.tag in ("iframe", "frame") and not node.name,
    ),
    Rule(
        "meta-viewport",
        "serious",
        ("1.4.4",),
        "The page can be enlarged",
        "Take user-scalable=no and maximum-scale out of the viewport.",
        lambda node, _: (
            node.tag == "meta"
            and node.attributes.get("name") == "viewport"
            and _forbids_zoom(node.attributes.get("content", ""))
        ),
        level="AA",
    ),
    Rule(
        "tabindex",
        "serious",
        ("2.4.3",),
        "The order of the keyboard is that of the page",
        'Use tabindex="0" and put the elements in their order.',
        lambda node, _: _number(node.attributes.get("tabindex", "0")) > 0,
    ),
    Rule(
        "heading-order",
        "moderate",
        ("1.3.1",),
        "Headings go down one level at a time",
        "Use the next level below the heading before.",
        lambda node, page: id(node) in page.jumping,
    ),
)
_PAGE_RULES = (
    Rule(
        "html-has-lang",
        "serious",
        ("3.1.1",),
        "The page says its language",
        'Add lang="…", such as <html lang="en">.',
        lambda node, _: node.tag == "html" and not node.attributes.get("lang", "").strip(),
    ),
    Rule(
        "document-title",
        "serious",
        ("2.4.2",),
        "The page has a title",
        "Add <title>…</title> to its head.",
        lambda node, _: (
            node.tag == "html" and not any(one.tag == "title" and one.said for one in node)
        ),
    ),
)
