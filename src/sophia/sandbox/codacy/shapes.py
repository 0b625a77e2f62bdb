"""Codacy's JSON for repositories, files, issues and findings."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from sophia.sandbox import team

type Json = dict[str, Any]

PROVIDER = "gh"
MADE_AT = "2026-03-02T09:00:00Z"
WEB = f"https://github.com/{team.ORGANISATION}/{team.REPOSITORY}"
_LANGUAGES = {"py": "Python", "yml": "YAML", "md": "Markdown"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that an analyser looks for."""

    id: str
    tool: str
    title: str
    category: str
    level: str
    why: str
    solution: str = ""


@dataclass(frozen=True, slots=True)
class Seed:
    """An issue as the sandbox begins with it."""

    number: int
    rule: Rule
    path: str
    line: int
    message: str
    suggestion: str | None = None


RULES = (
    Rule(
        "Ruff_PLW1514",
        "Ruff",
        "Unspecified encoding",
        "ErrorProne",
        "Warning",
        "Without an encoding, open reads as the machine is set.",
        "Pass encoding='utf-8'.",
    ),
    Rule(
        "Ruff_D103",
        "Ruff",
        "Missing docstring in public function",
        "CodeStyle",
        "Info",
        "Whoever calls a function reads what it does.",
    ),
    Rule(
        "Ruff_KEY001",
        "Ruff",
        "Unchecked key",
        "ErrorProne",
        "High",
        "A key that is not there is a KeyError.",
        "Use get, or check first.",
    ),
    Rule(
        "Checkov_CKV2_GHA_1",
        "Checkov",
        "Top-level permissions are not set",
        "Security",
        "Error",
        "A workflow without permissions has all that the repository allows.",
        "Set permissions: contents: read.",
    ),
    Rule(
        "Bandit_B105",
        "Bandit",
        "Hard-coded password",
        "Security",
        "High",
        "Whoever reads the code has the password.",
    ),
)
_RULE = {rule.id: rule for rule in RULES}
SEEDS = (
    Seed(
        7001,
        _RULE["Ruff_KEY001"],
        "ferry/stops.py",
        3,
        "stop['name'] fails for a stop without a name.",
        "    return stop.get('name', '?').upper()",
    ),
    Seed(7002, _RULE["Ruff_PLW1514"], "ferry/timetable.py", 5, "open has no encoding."),
    Seed(7003, _RULE["Ruff_D103"], "ferry/timetable.py", 4, "departures has no docstring."),
    Seed(
        7004,
        _RULE["Checkov_CKV2_GHA_1"],
        ".github/workflows/test.yml",
        1,
        "The workflow has no permissions.",
    ),
)
TOOLS = ("Ruff", "Bandit", "Checkov", "Hadolint")
ENABLED = ("Ruff", "Bandit", "Checkov")
# Lines that the tests come by, and those that they do not.
COVERED = {
    "ferry/__init__.py": ((1,), ()),
    "ferry/stops.py": ((1, 3), ()),
    "ferry/timetable.py": ((1, 4), (5, 6)),
}


def sha_of(*parts: str) -> str:
    """Give 40 hexadecimal digits that depend on what they name."""
    return sha1("\0".join(parts).encode(), usedforsecurity=False).hexdigest()


def uuid_of(name: str) -> str:
    """Give the uuid of a name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"codacy:{name}"))


def file_id(path: str) -> int:
    """Give a file's number."""
    return 500 + sorted(team.FILES).index(path)


def language_of(path: str) -> str:
    """Give a file's language."""
    return _LANGUAGES.get(path.rpartition(".")[2], "CSV")


def organization() -> Json:
    """Describe the organisation."""
    return {
        "identifier": 70,
        "remoteIdentifier": "100",
        "name": team.ORGANISATION,
        "created": MADE_AT,
        "provider": PROVIDER,
        "joinMode": "request",
        "type": "Organization",
        "joinStatus": "member",
        "singleProviderLogin": False,
        "hasDastAccess": False,
        "hasScaEnabled": True,
    }


def user() -> Json:
    """Describe whose token it is."""
    return {
        "id": team.ME.number,
        "name": team.ME.name,
        "mainEmail": team.ME.email,
        "otherEmails": [],
        "isAdmin": False,
        "isActive": True,
        "created": MADE_AT,
    }


def branch() -> Json:
    """Describe the main branch."""
    return {
        "id": 31,
        "name": team.DEFAULT_BRANCH,
        "isDefault": True,
        "isEnabled": True,
        "lastUpdated": MADE_AT,
        "branchType": "Branch",
        "lastCommit": sha_of("main"),
    }


def goals() -> Json:
    """Describe what the repository shall keep to."""
    return {
        "maxIssuePercentage": 10,
        "maxDuplicatedFilesPercentage": 10,
        "minCoveragePercentage": 80,
        "maxComplexFilesPercentage": 5,
        "fileDuplicationBlockThreshold": 1,
        "fileComplexityValueThreshold": 20,
    }


def covered(path: str) -> float | None:
    """Give how much of a file the tests come by, in percent."""
    if path not in COVERED:
        return None
    hit, missed = COVERED[path]
    return round(100 * len(hit) / (len(hit) + len(missed)), 2)


def repository(issues: Sequence[Json]) -> Json:
    """Describe the repository with its analysis."""
    lines = sum(text.count("\n") for text in team.FILES.values())
    hit = sum(len(one) for one, _ in COVERED.values())
    whole = hit + sum(len(one) for _, one in COVERED.values())
    return {
        "lastAnalysedCommit": {
            "sha": sha_of("main"),
            "id": 4001,
            "commitTimestamp": MADE_AT,
            "authorName": team.TOMAS.name,
            "authorEmail": team.TOMAS.email,
            "message": "Show departures",
            "startedAnalysis": MADE_AT,
            "endedAnalysis": MADE_AT,
        },
        "grade": 88,
        "gradeLetter": "B",
        "issuesPercentage": round(100 * len(issues) / lines),
        "issuesCount": len(issues),
        "loc": lines,
        "complexFilesPercentage": 0,
        "complexFilesCount": 0,
        "duplicationPercentage": 0,
        "repository": {
            "repositoryId": 900,
            "provider": PROVIDER,
            "owner": team.ORGANISATION,
            "name": team.REPOSITORY,
            "fullPath": f"{team.ORGANISATION}/{team.REPOSITORY}",
            "visibility": "Public",
            "remoteIdentifier": "900",
            "lastUpdated": MADE_AT,
            "permission": "write",
            "problems": [],
            "languages": ["Python", "YAML"],
            "defaultBranch": branch(),
            "badges": {"grade": f"{WEB}/grade.svg", "coverage": f"{WEB}/coverage.svg"},
            "standards": [],
            "addedState": "Following",
            "gatePolicyId": 5,
            "gatePolicyName": "Codacy recommended",
        },
        "branch": branch(),
        "coverage": {
            "filesUncovered": 0,
            "filesWithLowCoverage": 1,
            "coveragePercentage": int(100 * hit / whole),
            "coveragePercentageWithDecimals": round(100 * hit / whole, 2),
            "numberTotalFiles": len(COVERED),
            "numberCoveredLines": hit,
            "numberCoverableLines": whole,
        },
        "goals": goals(),
    }


def pattern(rule: Rule) -> Json:
    """Describe what an issue breaks."""
    return {
        "id": rule.id,
        "title": rule.title,
        "category": rule.category,
        "level": rule.level,
        "severityLevel": rule.level,
    }


def pattern_whole(rule: Rule) -> Json:
    """Describe what an analyser looks for."""
    return {
        **pattern(rule),
        "description": rule.title,
        "explanation": rule.why,
        "enabled": True,
        "languages": ["YAML" if rule.tool == "Checkov" else "Python"],
        "timeToFix": 5,
        "parameters": [],
        "rationale": rule.why,
        "solution": rule.solution,
        "tags": ["ferry"],
    }


def issue(seed: Seed) -> Json:
    """Describe an issue."""
    lines = team.FILES[seed.path].split("\n")
    return {
        "issueId": sha_of("issue", str(seed.number)),
        "resultDataId": seed.number,
        "filePath": seed.path,
        "fileId": file_id(seed.path),
        "patternInfo": pattern(seed.rule),
        "toolInfo": {"uuid": uuid_of(seed.rule.tool), "name": seed.rule.tool},
        "lineNumber": seed.line,
        "message": seed.message,
        **({"suggestion": seed.suggestion} if seed.suggestion else {}),
        "language": language_of(seed.path),
        "lineText": lines[seed.line - 1],
        "commitInfo": {
            "sha": sha_of("main"),
            "commiter": team.TOMAS.email,
            "commiterName": team.TOMAS.name,
            "timestamp": MADE_AT,
        },
        "falsePositiveThreshold": 80,
    }


def file(path: str, issues: int) -> Json:
    """Describe a file in a list."""
    percent = covered(path)
    told = {} if percent is None else {"coverage": int(percent), "coverageWithDecimals": percent}
    return {
        "fileId": file_id(path),
        "branchId": 31,
        "path": path,
        "totalIssues": issues,
        "complexity": 1,
        "grade": 100 - 10 * issues,
        "gradeLetter": "A" if not issues else "B",
        **told,
        "duplication": 0,
        "linesOfCode": team.FILES[path].count("\n"),
        "numberOfMethods": team.FILES[path].count("def "),
        "numberOfClones": 0,
    }


def item(name: str, title: str, *, priority: str, status: str, **more: Any) -> Json:
    """Describe a finding of security."""
    return {
        "id": uuid_of(name),
        "itemSource": "Codacy",
        "itemSourceId": name,
        "title": title,
        "repository": team.REPOSITORY,
        "openedAt": MADE_AT,
        "dueAt": "2026-04-01T09:00:00Z",
        "priority": priority,
        "status": status,
        "htmlUrl": f"https://app.codacy.com/{PROVIDER}/{team.ORGANISATION}/{team.REPOSITORY}",
        **more,
    }
