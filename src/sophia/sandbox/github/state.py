"""The team's repository as it is now."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.history import Commit, History
from sophia.sandbox.github.shapes import Json, sha_of
from sophia.sandbox.team import Member

SUMMER, NAMELESS = "summer-timetable", "nameless-stops"
FIRST_PULL = 12


@dataclass(slots=True)
class State:
    """The repository's history, issues, pull requests and what was said to them."""

    clock: Clock
    history: History = field(default_factory=History)
    issues: dict[int, Json] = field(default_factory=dict[int, Json])
    pulls: dict[int, Json] = field(default_factory=dict[int, Json])
    comments: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    reviews: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    line_comments: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    # The first comments of threads that are resolved.
    resolved: set[int] = field(default_factory=set[int])
    labels: dict[str, Json] = field(default_factory=dict[str, Json])
    milestones: dict[int, Json] = field(default_factory=dict[int, Json])
    # The numbers of an issue's parts, by its own.
    parts: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    releases: list[Json] = field(default_factory=list[Json])
    runs: dict[int, Json] = field(default_factory=dict[int, Json])
    jobs: dict[int, list[Json]] = field(default_factory=dict[int, list[Json]])
    threads: dict[str, Json] = field(default_factory=dict[str, Json])
    gists: dict[str, Json] = field(default_factory=dict[str, Json])

    def now(self) -> str:
        """Give the time as GitHub writes it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def next_number(self) -> int:
        """Give the number of the next issue or pull request."""
        return max(self.issues) + 1

    def head(self, branch: str) -> str:
        """Give the commit that a branch is at."""
        return self.history.branches[branch]

    def commit(
        self,
        branch: str,
        changes: Mapping[str, str | None],
        *,
        message: str = "Change",
        author: Member = team.ME,
    ) -> Commit:
        """Commit onto a branch: text by path, None for what goes away."""
        before = self.history.commits[self.head(branch)]
        files = {**before.files, **changes}
        made = self.history.add(
            {path: text for path, text in files.items() if text is not None},
            message=message,
            author=author,
            at=self.now(),
            parents=(before.sha,),
        )
        self.history.branches[branch] = made.sha
        return made

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
        """Give what a pull request changes since its branch parted from its target."""
        raw, history = self.pulls[number], self.history
        head = history.commits[self.head(raw["head"]["ref"])]
        return diff(history.parting(history.commits[raw["base"]["sha"]], head).files, head.files)


def diff(before: Mapping[str, str], after: Mapping[str, str]) -> list[Json]:
    """Describe what changed between files and files."""
    return [
        changed(path, before.get(path), after.get(path))
        for path in sorted({*before, *after})
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
    history, files = state.history, dict(team.FILES)
    few = {path: files[path] for path in ("README.md", "ferry/__init__.py")}
    first = history.add(few, message="Begin", author=team.MARA, at=shapes.MADE_AT)
    second = history.add(
        files,
        message="Read the timetable\n\nFrom a file for each season.",
        author=team.TOMAS,
        at=shapes.MADE_AT,
        parents=(first.sha,),
    )
    history.branches |= dict.fromkeys((team.DEFAULT_BRANCH, SUMMER, NAMELESS), second.sha)
    history.tags["v0.1.0"] = first.sha
    timetable = files["ferry/timetable.py"].replace("winter", "summer")
    stops = files["ferry/stops.py"].replace("stop['name']", "stop.get('name', '?')")
    for branch, path, text, author in (
        (SUMMER, "ferry/timetable.py", timetable, team.TOMAS),
        (NAMELESS, "ferry/stops.py", stops, team.INES),
    ):
        state.commit(branch, {path: text}, message=f"Change {path}", author=author)
    state.labels |= {name: shapes.label(name) for name in ("bug", "docs", "feature")}
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
