"""The analysis of the team's repository as it is now."""

from dataclasses import dataclass, field

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.codacy import shapes
from sophia.sandbox.codacy.shapes import Json
from sophia.sandbox.github import state as code_host


@dataclass(slots=True)
class State:
    """Issues, those that are ignored and why, findings of security, and pull requests."""

    clock: Clock
    host: code_host.State
    issues: dict[str, Json] = field(default_factory=dict[str, Json])
    ignored: dict[str, Json] = field(default_factory=dict[str, Json])
    items: dict[str, Json] = field(default_factory=dict[str, Json])

    def now(self) -> str:
        """Give the time as Codacy writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def open_issues(self, path: str | None = None) -> list[Json]:
        """Give the issues that nobody ignores."""
        return [
            raw
            for issue_id, raw in self.issues.items()
            if issue_id not in self.ignored and path in {None, raw["filePath"]}
        ]

    def ignored_issues(self) -> list[Json]:
        """Give the others, with why."""
        kept = ("issueId", "filePath", "fileId", "patternInfo", "toolInfo", "lineNumber")
        texts = ("message", "language", "lineText", "commitInfo")
        return [
            {**{name: self.issues[issue_id][name] for name in (*kept, *texts)}, **why}
            for issue_id, why in self.ignored.items()
        ]


def seeded(clock: Clock) -> State:
    """Give the analysis as every sandbox begins."""
    state = State(clock, code_host.seeded(clock))
    for raw in map(shapes.issue, shapes.SEEDS):
        state.issues[raw["issueId"]] = raw
    workflow = shapes.item(
        "workflow",
        "Workflow without permissions",
        priority="Critical",
        status="DueSoon",
        securityCategory="Other",
        scanType="CICD",
        summary="The workflow `test` may do all that the repository allows.",
        remediation="Set `permissions: contents: read`.",
    )
    library = shapes.item(
        "library",
        "requests 2.19.1 sends credentials on",
        priority="High",
        status="Overdue",
        securityCategory="VulnerableDependency",
        scanType="SCA",
        cve="CVE-2018-18074",
        cwe="CWE-522",
        affectedVersion="2.19.1",
        fixedVersion=["2.20.0"],
        summary="A redirect from HTTPS to HTTP keeps the header.",
    )
    closed = shapes.item(
        "closed",
        "Password in a test",
        priority="Low",
        status="ClosedOnTime",
        scanType="SAST",
        closedAt=shapes.MADE_AT,
    )
    for one in (workflow, library, closed):
        state.items[one["id"]] = one
    return state


def ignored_by_me(state: State, reason: str) -> Json:
    """Describe who ignores a finding since when."""
    return {
        "at": state.now(),
        "authorId": team.ME.number,
        "authorName": team.ME.name,
        "reason": reason,
    }
