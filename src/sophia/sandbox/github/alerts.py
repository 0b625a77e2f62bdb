"""What the scanners found in the team's repository."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox.github import shapes
from sophia.sandbox.github.replies import answer, check_repository, missing, page_of
from sophia.sandbox.github.shapes import REPO_API, REPO_WEB, Json

_ONE = "/repos/{owner}/{repo}/{kind}/alerts"
_ADVISORY = "Long rows make the reader slow.\n\nUpgrade to 1.4.2."


def _alert(kind: str, number: int) -> Json:
    api = f"{REPO_API}/{kind}/alerts/{number}"
    return {
        "number": number,
        "created_at": shapes.MADE_AT,
        "updated_at": shapes.MADE_AT,
        "url": api,
        "html_url": f"{REPO_WEB}/security/{kind}/{number}",
        "state": "open",
    }


_UNTOUCHED = {"dismissed_by": None, "dismissed_at": None, "dismissed_reason": None}
_PACKAGE = {"ecosystem": "pip", "name": "quayreader"}
_VULNERABILITY = {
    "package": _PACKAGE,
    "severity": "high",
    "vulnerable_version_range": "< 1.4.2",
    "first_patched_version": {"identifier": "1.4.2"},
}
ALERTS: dict[str, list[Json]] = {
    "code-scanning": [
        {
            **_alert("code-scanning", 1),
            **_UNTOUCHED,
            "instances_url": f"{REPO_API}/code-scanning/alerts/1/instances",
            "rule": {
                "id": "py/path-injection",
                "name": "py/path-injection",
                "severity": "error",
                "security_severity_level": "high",
                "description": "A path comes from outside",
                "help": "Check the path before you open it.",
            },
            "tool": {"name": "CodeQL", "guid": None, "version": "2.20.0"},
            "most_recent_instance": {
                "ref": "refs/heads/main",
                "state": "open",
                "location": {
                    "path": "ferry/timetable.py",
                    "start_line": 5,
                    "end_line": 5,
                    "start_column": 1,
                    "end_column": 9,
                },
            },
        }
    ],
    "dependabot": [
        {
            **_alert("dependabot", 1),
            **_UNTOUCHED,
            "dismissed_comment": None,
            "fixed_at": None,
            "dependency": {
                "package": _PACKAGE,
                "manifest_path": "requirements.txt",
                "scope": "runtime",
            },
            "security_advisory": {
                "ghsa_id": "GHSA-aaaa-bbbb-cccc",
                "cve_id": None,
                "summary": "Slow reading of long rows",
                "description": _ADVISORY,
                "vulnerabilities": [_VULNERABILITY],
                "severity": "high",
                "cvss": {"score": 7.5, "vector_string": None},
                "cwes": [],
                "identifiers": [],
                "references": [],
                "published_at": shapes.MADE_AT,
                "updated_at": shapes.MADE_AT,
                "withdrawn_at": None,
            },
            "security_vulnerability": _VULNERABILITY,
        }
    ],
    "secret-scanning": [
        {
            **_alert("secret-scanning", 1),
            "locations_url": f"{REPO_API}/secret-scanning/alerts/1/locations",
            "resolution": None,
            "resolved_at": None,
            "resolved_by": None,
            "secret_type": "quay_api_key",
            "secret_type_display_name": "Quay API key",
            "secret": "quay-0000-never-shown",
        }
    ],
}


async def list_alerts(request: Request) -> Response:
    """List what a scanner found."""
    wanted = request.query_params.get("state", "open")
    found = [one for one in _asked(request) if wanted in one["state"]]
    return answer(request, page_of(request, found))


async def show_alert(request: Request) -> Response:
    """Give what a scanner found."""
    number = request.path_params["number"]
    found = [one for one in _asked(request) if one["number"] == number]
    if not found:
        raise missing()
    return answer(request, found[0])


def _asked(request: Request) -> list[Json]:
    check_repository(request)
    kind = request.path_params["kind"]
    if kind not in ALERTS:
        raise missing()
    is_hidden = request.query_params.get("hide_secret") == "true"
    hidden = {"secret"} if is_hidden else set[str]()
    return [
        {name: value for name, value in one.items() if name not in hidden} for one in ALERTS[kind]
    ]


ROUTES = [
    Route(_ONE, list_alerts),
    Route(f"{_ONE}/{{number:int}}", show_alert),
]
