"""Commits, branches and tags: what git keeps of the team's repository."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sophia.sandbox.github.shapes import sha_of
from sophia.sandbox.team import Member

_MIN_SHA = 7


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit with all files as they were then, text by path."""

    sha: str
    message: str
    author: Member
    at: str
    parents: tuple[str, ...]
    files: Mapping[str, str]

    @property
    def tree(self) -> str:
        """Give the name of its files together."""
        return tree_of(self.files)


@dataclass(slots=True)
class History:
    """All commits, and which of them branches and tags are at."""

    commits: dict[str, Commit] = field(default_factory=dict[str, Commit])
    branches: dict[str, str] = field(default_factory=dict[str, str])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    # Of the Git API: made before the commit that holds them.
    trees: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def add(
        self,
        files: Mapping[str, str],
        *,
        message: str,
        author: Member,
        at: str,
        parents: tuple[str, ...] = (),
    ) -> Commit:
        """Keep a commit; no branch is at it yet."""
        sha = sha_of("commit", tree_of(files), message, author.login, at, *parents)
        made = Commit(sha, message, author, at, parents, dict(files))
        self.commits[sha], self.trees[made.tree] = made, made.files
        return made

    def at(self, ref: str) -> Commit | None:
        """Give the commit of a branch, tag or sha, which may be short."""
        name = ref.removeprefix("refs/").removeprefix("heads/").removeprefix("tags/")
        sha = self.branches.get(name) or self.tags.get(name)
        if sha is None and len(ref) >= _MIN_SHA:
            sha = next((one for one in self.commits if one.startswith(ref)), None)
        return self.commits[sha] if sha is not None else None

    def log(self, commit: Commit) -> list[Commit]:
        """Give a commit and all before it, the youngest first."""
        found, waiting = dict[str, Commit](), [commit.sha]
        while waiting:
            sha = waiting.pop(0)
            if sha not in found:
                found[sha] = self.commits[sha]
                waiting += found[sha].parents
        return list(found.values())

    def parting(self, one: Commit, other: Commit) -> Commit:
        """Give the youngest commit that both come from."""
        before = {commit.sha for commit in self.log(other)}
        return next(commit for commit in self.log(one) if commit.sha in before)

    def merged(self, into: Commit, what: Commit) -> dict[str, str]:
        """Give the files of one commit with what the other changed since they parted."""
        before, files = self.parting(into, what).files, dict(into.files)
        for path in {*before, *what.files}:
            if before.get(path) != what.files.get(path):
                files.pop(path, None)
                if path in what.files:
                    files[path] = what.files[path]
        return files


def tree_of(files: Mapping[str, str]) -> str:
    """Give the name of files together: it depends on what is in them."""
    return sha_of("tree", *(part for path in sorted(files) for part in (path, files[path])))
