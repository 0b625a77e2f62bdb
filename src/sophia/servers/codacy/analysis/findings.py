"""The one form of a finding, whoever found it, and the score that findings add up to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, Field

type Severity = Literal["critical", "high", "medium", "low"]
type Category = Literal[
    "security",
    "error_prone",
    "unused_code",
    "performance",
    "complexity",
    "duplication",
    "code_style",
]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
_MAX_SCORE = 100
_WEIGHTS: Mapping[str, int] = MappingProxyType({"critical": 25, "high": 15, "medium": 5})


class Finding(BaseModel):
    """Something that an analyser does not like."""

    rule: str
    tool: str
    category: Category
    severity: Severity
    file: str = ""
    line: int
    column: int | None = None
    message: str
    fix: str | None = Field(default=None, description="What would mend it, if the analyser knows.")
    url: str | None = None


def score(severities: Mapping[str, int]) -> int:
    """Give 100 - 25 for each critical - 15 for each high - 5 for each medium one, at least 0."""
    lost = sum(weight * severities.get(name, 0) for name, weight in _WEIGHTS.items())
    return max(0, _MAX_SCORE - lost)


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """Count findings by severity."""
    found = Counter(finding.severity for finding in findings)
    return {severity: found[severity] for severity in SEVERITIES}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: the worst first, then as they stand in the file."""
    return sorted(
        findings, key=lambda one: (SEVERITIES.index(one.severity), one.line, one.column or 0)
    )
