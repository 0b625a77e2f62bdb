"""What audits take and give."""

from typing import Any, Literal

from pydantic import BaseModel, Field

type WcagLevel = Literal["A", "AA", "AAA"]
type Impact = Literal["critical", "serious", "moderate", "minor"]
IMPACTS: tuple[Impact, ...] = ("critical", "serious", "moderate", "minor")


class Element(BaseModel):
    """An element that breaks a rule."""

    selector: str = Field(description="Where it is, as CSS; frames and shadows by >>>.")
    html: str = Field(description="Its beginning.")
    fix: str = Field(description="What to do about it.")


class Violation(BaseModel):
    """A rule that is broken."""

    rule: str
    impact: Impact
    what: str
    criteria: list[str] = Field(description="WCAG success criteria, such as 1.4.3.")
    help_url: str | None
    elements: list[Element]
    more_elements: int = Field(description="Elements left out of the list.")


class Accessibility(BaseModel):
    """What an audit of accessibility found, the worst first."""

    engine: Literal["axe", "static"]
    note: str = Field(description="What was looked at, and what was not.")
    wcag_level: WcagLevel
    passes: bool = Field(description="No violation was found; a machine finds about half of all.")
    counts: dict[str, int] = Field(description="Broken rules by impact.")
    rules_passed: int
    to_review: list[str] = Field(description="Rules that a person has to look at.")
    violations: list[Violation]


class Measures(BaseModel):
    """What was measured while a page was loaded."""

    html_bytes: int
    requests: int = Field(description="Besides the page itself.")
    loaded_bytes: dict[str, int] = Field(description="By kind: stylesheet, script, image, …")
    css_chars: int
    css_unused_chars: int = Field(description="Of rules that no element used, and comments.")
    js_chars: int
    js_unused_chars: int = Field(description="Of what did not run.")
    long_tasks: int = Field(description="Of more than 50 ms, in which nothing else is answered.")
    long_tasks_ms: float
    layout_shift: float = Field(description="CLS: good up to 0.1, poor over 0.25.")
    first_paint_ms: float | None = Field(description="First contentful paint.")


def told(violations: list[Violation], **facts: Any) -> Accessibility:
    """Put together what was found, the worst first."""
    ordered = sorted(violations, key=lambda one: IMPACTS.index(one.impact))
    counts = {impact: sum(one.impact == impact for one in ordered) for impact in IMPACTS}
    return Accessibility(violations=ordered, passes=not ordered, counts=counts, **facts)
