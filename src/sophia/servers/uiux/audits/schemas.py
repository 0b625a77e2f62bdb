"""What audits of accessibility take and give."""

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


def told(violations: list[Violation], **facts: Any) -> Accessibility:
    """Put together what was found, the worst first."""
    ordered = sorted(violations, key=lambda one: IMPACTS.index(one.impact))
    counts = {impact: sum(one.impact == impact for one in ordered) for impact in IMPACTS}
    return Accessibility(violations=ordered, passes=not ordered, counts=counts, **facts)
