"""The team's repository as it is now."""

import difflib
from dataclasses import dataclass, field

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.shapes import Json, sha_of
from sophia.sandbox.team import Member

SUMMER, NAMELESS = "summer-timetable", "nameless-stops"
FIRST_PULL = 12


@dataclass(slots=True)
class State:
    """Branches, issues, pull requests and what was said to them."""

    clock: Clock
    branches: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    issues: dict[int, Json] = field(default_factory=dict[int, Json])
    pulls: dict[int, Json] = field(default_factory=dict[int, Json])
    comments: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    reviews: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])

    def now(self) -> str:
        """Give the time as GitHub writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def next_number(self) -> int:
        """Give the number of the next issue or pull request."""
        return max(self.issues) + 1

    def head(self, branch: str) -> str:
        """Give the commit that a branch is at: it depends on its files."""
        files = self.branches[branch]
        return sha_of(*(part for path in sorted(files) for part in (path, files[path])))

    def branch_at(self, ref: str) -> str | None:
        """Give the branch of a name or commit."""
        name = ref.removeprefix("refs/").removeprefix("heads/")
        if name in self.branches:
            return name
        return next((one for one in self.branches if self.head(one).startswith(ref)), None)

    def open_issue(self, raw: Json) -> Json:
        """Take an issue or pull request in."""
        self.issues[raw["number"]] = raw
        return raw

    def open_pull(self, raw: Json, *, head: str, target: str, is_draft: bool = False) -> Json:
        """Take a pull request in, by the issue that it is too."""
        number: int = raw["number"]
        self.open_issue(raw)
        raw["pull_request"] = {
            "url": f"{shapes.REPO_API}/pulls/{number}",
            "html_url": f"{shapes.REPO_WEB}/pull/{number}",
            "diff_url": None,
            "patch_url": None,
        }
        self.pulls[number] = shapes.pull(
            raw,
            head=shapes.end_of(head, self.head(head)),
            target=shapes.end_of(target, self.head(target)),
            is_draft=is_draft,
        )
        return self.pull(number)

    def pull(self, number: int) -> Json:
        """Give a pull request with its figures as they are now."""
        raw = self.pulls[number]
        files = self.files_of(number)
        return {
            **raw,
            "head": {**raw["head"], "sha": self.head(raw["head"]["ref"])},
            "comments": len(self.comments.get(number, [])),
            "commits": 1,
            "additions": sum(one["additions"] for one in files),
            "deletions": sum(one["deletions"] for one in files),
            "changed_files": len(files),
        }

    def files_of(self, number: int) -> list[Json]:
        """Give what a pull request changes."""
        raw = self.pulls[number]
        before = self.branches[raw["base"]["ref"]]
        after = self.branches[raw["head"]["ref"]]
        paths = sorted({*before, *after})
        return [
            changed(path, before.get(path), after.get(path))
            for path in paths
            if before.get(path) != after.get(path)
        ]


def changed(path: str, before: str | None, after: str | None) -> Json:
    """Describe what changed in a file."""
    status = "added" if before is None else "removed" if after is None else "modified"
    lines = list(
        difflib.unified_diff((before or "").splitlines(), (after or "").splitlines(), lineterm="")
    )[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return {
        "sha": sha_of("blob", after or ""),
        "filename": path,
        "status": status,
        "additions": added,
        "deletions": removed,
        "changes": added + removed,
        "blob_url": f"{shapes.REPO_WEB}/blob/{path}",
        "raw_url": f"{shapes.REPO_WEB}/raw/{path}",
        "contents_url": f"{shapes.REPO_API}/contents/{path}",
        "patch": "\n".join(lines),
    }


def seeded(clock: Clock) -> State:
    """Give the repository as every sandbox begins."""
    state = State(clock)
    main = dict(team.FILES)
    state.branches[team.DEFAULT_BRANCH] = main
    timetable = main["ferry/timetable.py"].replace("winter", "summer")
    state.branches[SUMMER] = {**main, "ferry/timetable.py": timetable}
    stops = main["ferry/stops.py"].replace("stop['name']", "stop.get('name', '?')")
    state.branches[NAMELESS] = {**main, "ferry/stops.py": stops}
    for ticket in team.TICKETS:
        raw = state.open_issue(
            shapes.issue(
                ticket.number,
                title=ticket.title,
                body=ticket.body,
                author=ticket.author,
                labels=ticket.labels,
            )
        )
        if ticket.assignee:
            assign(raw, [ticket.assignee])
        if ticket.is_done:
            raw |= {"state": "closed", "state_reason": "completed", "closed_at": shapes.MADE_AT}
    _seed_pull(state, FIRST_PULL, "Read the summer timetable", team.TOMAS, SUMMER)
    _seed_pull(state, FIRST_PULL + 1, "Name stops without a name", team.INES, NAMELESS)
    state.pulls[FIRST_PULL]["requested_reviewers"] = [shapes.user(team.ME)]
    return state


def assign(raw: Json, members: list[Member]) -> None:
    """Give an issue to people."""
    people = [shapes.user(member) for member in members]
    raw |= {"assignee": people[0] if people else None, "assignees": people}


def _seed_pull(state: State, number: int, title: str, author: Member, branch: str) -> None:
    body = f"Closes #{1 if branch == SUMMER else 3}."
    raw = shapes.issue(number, title=title, body=body, author=author, labels=())
    state.open_pull(raw, head=branch, target=team.DEFAULT_BRANCH)
