"""What each analyser writes, read into findings; the mapping of severities stands here."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson

from sophia.servers.codacy.analysis.findings import Category, Finding, Severity

_MESSAGE_CHARS = 400
_FIX_CHARS = 1_000
_PARSABLE = re.compile(r"[^:]+:(\d+):(\d+): \[(\w+)\] (.*?)(?: \(([\w-]+)\))?")
_PLUGIN_RULE = re.compile(r"\w[\w-]*\((.+)\)")

# Of ruff's rules: what surely fails when it runs, and what only hides something.
_RUFF_HIGH = ("F50", "F52", "F62", "F63", "F70", "F82", "E9", "PLE")
_RUFF_UNUSED = ("F401", "F811", "F841", "B007")
_RUFF_STYLE = ("E4", "E7", "F54")
# By bandit's severity and whether it is sure.
_BANDIT: Mapping[tuple[str, bool], Severity] = MappingProxyType(
    {
        ("HIGH", True): "critical",
        ("HIGH", False): "high",
        ("MEDIUM", True): "high",
        ("MEDIUM", False): "medium",
    }
)
# By radon's rank of cyclomatic complexity; A and B, up to 10, are none.
_RADON: Mapping[str, Severity] = MappingProxyType(
    {"C": "low", "D": "medium", "E": "high", "F": "high"}
)
_LINTERS: Mapping[str, Severity] = MappingProxyType(
    {"error": "high", "warning": "medium", "info": "low", "style": "low"}
)
_YAML: Mapping[str, Severity] = MappingProxyType({"error": "medium", "warning": "low"})
_JS_SECURITY = frozenset({"no-eval", "no-implied-eval", "no-new-func", "no-script-url"})
_LONG_COPY = 30


class NotParsedError(ValueError):
    """The analyser did not understand the code, so it has looked for nothing."""


def read_ruff(output: bytes) -> list[Finding]:
    """Read `ruff check --output-format json`."""
    return [
        Finding(
            rule=one["code"] or "invalid-syntax",
            tool="ruff",
            category=_ruff_category(one["code"] or ""),
            severity=_ruff_severity(one["code"] or "invalid-syntax"),
            line=one["location"]["row"],
            column=one["location"]["column"],
            message=_short(one["message"]),
            fix=_fix(one["fix"] and one["fix"]["message"]),
            url=one["url"],
        )
        for one in orjson.loads(output)
    ]


def _ruff_category(code: str) -> Category:
    if code.startswith(_RUFF_UNUSED):
        return "unused_code"
    if code.startswith("PERF"):
        return "performance"
    return "code_style" if code.startswith(_RUFF_STYLE) else "error_prone"


def _ruff_severity(code: str) -> Severity:
    if code == "invalid-syntax" or code.startswith(_RUFF_HIGH):
        return "high"
    if code.startswith((*_RUFF_UNUSED, *_RUFF_STYLE, "PERF")):
        return "low"
    return "medium"


def read_bandit(output: bytes) -> list[Finding]:
    """Read `bandit -f json`; raises NotParsedError."""
    report = orjson.loads(output)
    if report["errors"]:
        raise NotParsedError(report["errors"][0]["reason"])
    return [
        Finding(
            rule=one["test_id"],
            tool="bandit",
            category="security",
            severity=_BANDIT.get((one["issue_severity"], one["issue_confidence"] == "HIGH"), "low"),
            line=one["line_number"],
            column=one["col_offset"] + 1,
            message=_short(one["issue_text"]),
            url=one["more_info"],
        )
        for one in report["results"]
    ]


def read_radon(output: bytes) -> list[Finding]:
    """Read `radon cc -j`: functions and methods that branch too much; raises NotParsedError."""
    report: dict[str, Any] = orjson.loads(output)
    blocks: Any = next(iter(report.values()), ())
    if "error" in blocks:
        raise NotParsedError(blocks["error"])
    # A class is told besides its methods.
    return [_complex(block) for block in blocks if block["type"] != "class"]


def _complex(block: dict[str, Any]) -> Finding:
    return Finding(
        rule=f"complexity-{block['rank']}",
        tool="radon",
        category="complexity",
        severity=_RADON.get(block["rank"], "low"),
        line=block["lineno"],
        column=block["col_offset"] + 1,
        message=_short(
            f"{block['name']} has a cyclomatic complexity of {block['complexity']}: split it."
        ),
    )


def read_duplicates(output: bytes) -> list[Finding]:
    """Read what duplicates.py writes."""
    return [
        Finding(
            rule="duplicate",
            tool="duplicates",
            category="duplication",
            severity="medium" if one["lines"] >= _LONG_COPY else "low",
            line=one["line"],
            message=f"{one['lines']} lines repeat those from line {one['first']} on.",
        )
        for one in orjson.loads(output)
    ]


def read_yamllint(output: bytes) -> list[Finding]:
    """Read `yamllint -f parsable`."""
    matches = map(_PARSABLE.fullmatch, output.decode(errors="replace").splitlines())
    return [
        Finding(
            rule=match[5] or "syntax",
            tool="yamllint",
            category="error_prone" if match[3] == "error" else "code_style",
            severity="high" if match[5] in {None, "syntax"} else _YAML.get(match[3], "low"),
            line=int(match[1]),
            column=int(match[2]),
            message=_short(match[4]),
        )
        for match in matches
        if match is not None
    ]


def read_shellcheck(output: bytes) -> list[Finding]:
    """Read `shellcheck -f json1`."""
    return [
        Finding(
            rule=f"SC{one['code']}",
            tool="shellcheck",
            category="code_style" if one["level"] == "style" else "error_prone",
            severity=_LINTERS.get(one["level"], "low"),
            line=one["line"],
            column=one["column"],
            message=_short(one["message"]),
            fix=_replacements(one["fix"]),
            url=f"https://www.shellcheck.net/wiki/SC{one['code']}",
        )
        for one in orjson.loads(output)["comments"]
    ]


def _replacements(fix: dict[str, Any] | None) -> str | None:
    if not fix:
        return None
    parts = list[str]()
    for one in fix["replacements"]:
        place = f"{one['line']}:{one['column']}"
        if one["column"] == one["endColumn"]:
            parts.append(f"insert {one['replacement']} at {place}")
        else:
            parts.append(f"put {one['replacement']} in place of {place}-{one['endColumn']}")
    return _short("; ".join(parts), _FIX_CHARS)


def read_hadolint(output: bytes) -> list[Finding]:
    """Read `hadolint -f json`."""
    return [
        Finding(
            rule=one["code"],
            tool="hadolint",
            category="code_style" if one["level"] == "style" else "error_prone",
            severity=_LINTERS.get(one["level"], "low"),
            line=max(1, one["line"]),
            column=one["column"],
            message=_short(one["message"]),
            url=f"https://github.com/hadolint/hadolint/wiki/{one['code']}"
            if one["code"].startswith("DL")
            else None,
        )
        for one in orjson.loads(output)
    ]


def read_oxlint(output: bytes) -> list[Finding]:
    """Read `oxlint --format json`; what cannot be parsed has no code."""
    return [_of_oxlint(one) for one in orjson.loads(output)["diagnostics"]]


def _of_oxlint(one: dict[str, Any]) -> Finding:
    code = one.get("code") or "syntax"
    rule = match[1] if (match := _PLUGIN_RULE.fullmatch(code)) else code
    span: Mapping[str, Any] = one["labels"][0]["span"] if one.get("labels") else {"line": 1}
    category: Category = "error_prone"
    if rule in _JS_SECURITY:
        category = "security"
    elif rule.startswith("no-unused"):
        category = "unused_code"
    return Finding(
        rule=rule,
        tool="oxlint",
        category=category,
        severity="high" if category == "security" else _js_severity(one["severity"], category),
        line=span["line"],
        column=span.get("column"),
        message=_short(one["message"]),
        fix=_fix(one.get("help")),
        url=one.get("url"),
    )


def _js_severity(severity: str, category: Category) -> Severity:
    return "low" if category == "unused_code" else _LINTERS.get(severity, "low")


def read_sqruff(output: bytes) -> list[Finding]:
    """Read `sqruff lint -f json`; what it cannot parse has no code."""
    return [
        Finding(
            rule=one["code"] or "unparsable",
            tool="sqruff",
            category="code_style" if one["code"] else "error_prone",
            severity="low" if one["code"] else "medium",
            line=one["range"]["start"]["line"],
            column=one["range"]["start"]["character"],
            message=_short(one["message"]),
        )
        for found in orjson.loads(output).values()
        for one in found
    ]


def _fix(text: str | None) -> str | None:
    return _short(text, _FIX_CHARS) if text else None


def _short(text: str, max_chars: int = _MESSAGE_CHARS) -> str:
    line = " ".join(text[: 4 * max_chars].split())
    return line if len(line) <= max_chars else f"{line[: max_chars - 1]}…"
