"""Accessibility of a page in the browser, by axe-core."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any, cast

from playwright.async_api import Page

from sophia.servers.uiux.audits.schemas import IMPACTS, Element, Violation, WcagLevel
from sophia.servers.uiux.colour import hexadecimal, read_colour
from sophia.servers.uiux.contrast import mended, wcag_ratio

_LEVELS: dict[WcagLevel, tuple[str, ...]] = {
    "A": ("a",),
    "AA": ("a", "aa"),
    "AAA": ("a", "aa", "aaa"),
}
_VERSIONS = ("wcag2", "wcag21", "wcag22")
_MAX_ELEMENTS = 5
_SHOWN_CHARS = 200
_RUN = """
async (options) => {
  const found = await axe.run(document, options);
  return {
    violations: found.violations,
    passed: found.passes.length,
    incomplete: found.incomplete.map((rule) => rule.id),
  };
}
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The violations, how many rules passed, and which ones a person has to look at."""

    violations: list[Violation]
    passed: int
    to_review: list[str]


async def run_axe(page: Page, level: WcagLevel) -> Found:
    """Look at a page as it is now."""
    source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    await page.evaluate(source)
    tags = [
        *(f"{version}{one}" for version in _VERSIONS for one in _LEVELS[level]),
        "best-practice",
    ]
    options = {
        "runOnly": {"type": "tag", "values": tags},
        "resultTypes": ["violations", "incomplete"],
    }
    found = cast("dict[str, Any]", await page.evaluate(_RUN, options))
    violations = [_violation(one) for one in found["violations"]]
    return Found(violations, found["passed"], found["incomplete"])


def _violation(raw: dict[str, Any]) -> Violation:
    nodes: list[dict[str, Any]] = raw["nodes"]
    impact = raw.get("impact")
    return Violation(
        rule=raw["id"],
        impact=impact if impact in IMPACTS else "minor",
        what=raw["help"],
        criteria=[number for tag in raw["tags"] if (number := _criterion(tag))],
        help_url=raw.get("helpUrl"),
        elements=[_element(node) for node in nodes[:_MAX_ELEMENTS]],
        more_elements=max(0, len(nodes) - _MAX_ELEMENTS),
    )


def _criterion(tag: str) -> str | None:
    """Read the tag wcag143 as 1.4.3."""
    digits = tag.removeprefix("wcag")
    if digits == tag or not digits.isdecimal() or len(digits) < 3:  # noqa: PLR2004
        return None
    return f"{digits[0]}.{digits[1]}.{digits[2:]}"


def _element(node: dict[str, Any]) -> Element:
    return Element(
        selector=" >>> ".join(_flat(node["target"])),
        html=str(node["html"])[:_SHOWN_CHARS],
        fix=_contrast_fix(node) or _summary(node),
    )


def _flat(target: list[str | list[str]]) -> list[str]:
    return [one for part in target for one in ([part] if isinstance(part, str) else part)]


def _summary(node: dict[str, Any]) -> str:
    lines = str(node.get("failureSummary") or "").splitlines()
    return " ".join(line.strip() for line in lines)


def _contrast_fix(node: dict[str, Any]) -> str | None:
    """Name the colour that would do, where the contrast is what fails."""
    for check in node.get("any", []):
        data = check.get("data")
        if check.get("id") not in ("color-contrast", "color-contrast-enhanced"):
            continue
        if not isinstance(data, dict) or not data.get("fgColor") or not data.get("bgColor"):
            continue
        measured = cast("dict[str, Any]", data)
        needed = float(str(measured["expectedContrastRatio"]).split(":")[0])
        text, ground = read_colour(measured["fgColor"]), read_colour(measured["bgColor"])
        better = mended(text, ground, ratio=needed)
        if better is None:
            continue
        return (
            f"{measured['fgColor']} on {measured['bgColor']} has {measured['contrastRatio']}:1 of"
            f" {needed:g}:1; use {hexadecimal(better)} ({wcag_ratio(better, ground):.2f}:1)."
        )
    return None
