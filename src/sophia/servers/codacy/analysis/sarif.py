"""Findings as SARIF 2.1.0, which code hosts and editors take in."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from urllib.parse import quote

from sophia.servers.codacy.analysis.findings import Finding
from sophia.servers.vendor.brief import Json

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Mapping[str, str] = MappingProxyType(
    {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
)


def sarif_of(findings: Sequence[Finding]) -> Json:
    """Give a log with a run for each analyser that found something."""
    by_tool = groupby(sorted(findings, key=_tool), key=_tool)
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [_run(tool, list(found)) for tool, found in by_tool],
    }


def _tool(finding: Finding) -> str:
    return finding.tool


def _run(tool: str, findings: Sequence[Finding]) -> Json:
    rules = sorted({finding.rule: finding.url for finding in findings}.items())
    places = {rule: at for at, (rule, _) in enumerate(rules)}
    described = [{"id": rule, **({"helpUri": url} if url else {})} for rule, url in rules]
    return {
        "tool": {"driver": {"name": tool, "rules": described}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, places[finding.rule]) for finding in findings],
    }


def _result(finding: Finding, rule_at: int) -> Json:
    region = {"startLine": max(1, finding.line)}
    if finding.column:
        region["startColumn"] = finding.column
    place = {"artifactLocation": {"uri": quote(finding.file)}, "region": region}
    said = finding.message + (f" Fix: {finding.fix}" if finding.fix else "")
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_at,
        "level": _LEVELS[finding.severity],
        "message": {"text": said},
        "locations": [{"physicalLocation": place}],
        "properties": {"severity": finding.severity, "category": finding.category},
    }
