"""The tools that read trees, branches, commits, tags and releases."""

from typing import Any

from sophia.servers.call import Call
from sophia.servers.errors import CursorInvalidError
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.git_schemas import (
    Asset,
    Branches,
    BranchOut,
    CommitBrief,
    CommitOut,
    Commits,
    ListCommits,
    ListRefs,
    OneCommit,
    OneRelease,
    RawBranch,
    RawCommit,
    RawRelease,
    RawTag,
    ReadTree,
    ReleaseBrief,
    ReleaseOut,
    Releases,
    TagOut,
    Tags,
    TreeEntry,
    TreeOut,
    commit_facts,
    release_facts,
)
from sophia.servers.github.handles import in_part, repository
from sophia.servers.github.pulls import changed_file
from sophia.servers.github.raw import RawDiff
from sophia.servers.output import read_cursor, write_cursor
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import body_of, fitting
from sophia.servers.vendor.offering import reads
from sophia.servers.vendor.reading import Raw, read_one

_SET = "git"
_MOST_ENTRIES = 300
_KINDS = {"blob": "file", "tree": "folder", "commit": "submodule"}


class _Entry(Raw):
    path: str
    type: str
    size: int | None = None


class _Tree(Raw):
    sha: str
    truncated: bool
    tree: list[_Entry]


class _Stats(Raw):
    additions: int | None = None
    deletions: int | None = None


class _WholeCommit(RawCommit):
    stats: _Stats = _Stats()


class GitTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def get_repository_tree(self, given: ReadTree, _call: Call) -> TreeOut:
        """List what is in a repository."""
        repo, folder = repository(given.repo), given.path.strip("/")
        self._github.lockdown.check_ref(given.branch)
        branch = given.branch or await self._github.main_branch(repo)
        # Only the whole tree tells what is in a folder.
        asked = {"recursive": "1"} if given.is_recursive or folder else {}
        found = await self._github.http.get(f"{repo.path}/git/trees/{in_part(branch)}", asked)
        raw, inside = read_one(_Tree, found), f"{folder}/" if folder else ""
        wanted = [
            one
            for one in raw.tree
            if one.path.startswith(inside)
            and (given.is_recursive or "/" not in one.path[len(inside) :])
        ]
        start = read_cursor(given.cursor) or 0
        if not isinstance(start, int) or not 0 <= start <= len(wanted):
            raise CursorInvalidError
        kept = fitting(_entry(one) for one in wanted[start : start + _MOST_ENTRIES])
        following = start + len(kept)
        return TreeOut(
            sha=raw.sha,
            entries=kept,
            is_incomplete=raw.truncated,
            next_cursor=write_cursor(following) if following < len(wanted) else None,
        )

    async def list_branches(self, given: ListRefs, _call: Call) -> Branches:
        """List branches."""
        kept, following = await self._listed(given, "branches", RawBranch, _branch)
        return Branches(branches=kept, next_cursor=following)

    async def list_tags(self, given: ListRefs, _call: Call) -> Tags:
        """List tags."""
        kept, following = await self._listed(given, "tags", RawTag, _tag)
        return Tags(tags=kept, next_cursor=following)

    async def list_releases(self, given: ListRefs, _call: Call) -> Releases:
        """List releases."""
        kept, following = await self._listed(given, "releases", RawRelease, ReleaseBrief.of)
        return Releases(releases=kept, next_cursor=following)

    async def get_release(self, given: OneRelease, _call: Call) -> ReleaseOut:
        """Give a release."""
        which = "latest" if given.tag is None else f"tags/{in_part(given.tag)}"
        found = await self._github.http.get(f"{repository(given.repo).path}/releases/{which}")
        raw = read_one(RawRelease, found)
        assets = [
            Asset(
                name=one.name,
                size_bytes=one.size,
                downloads=one.download_count,
                url=one.browser_download_url,
            )
            for one in raw.assets
        ]
        notes = body_of(raw.body, cursor=given.body_cursor)
        return ReleaseOut(**release_facts(raw), notes=notes, assets=assets[:100])

    async def list_commits(self, given: ListCommits, _call: Call) -> Commits:
        """List commits."""
        self._github.lockdown.check_ref(given.branch)
        listing = Listing(
            path=f"{repository(given.repo).path}/commits",
            form=RawCommit,
            shape=CommitBrief.of,
            asked={
                "sha": given.branch,
                "path": given.path,
                "author": await self._github.login(given.author) if given.author else None,
                "since": given.since.isoformat() if given.since else None,
                "until": given.until.isoformat() if given.until else None,
            },
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Commits(commits=kept, next_cursor=following)

    async def get_commit(self, given: OneCommit, _call: Call) -> CommitOut:
        """Give a commit and what it changed."""
        self._github.lockdown.check_ref(given.commit)
        path = f"{repository(given.repo).path}/commits/{in_part(given.commit)}"
        raw = read_one(_WholeCommit, await self._github.http.get(path))
        listing = Listing(path=path, form=RawDiff, shape=changed_file, within="files")
        files, following = await self._github.listed(
            listing, limit=given.limit, cursor=given.cursor
        )
        return CommitOut(
            **commit_facts(raw),
            message=body_of(raw.commit.message).text,
            parents=[one.sha for one in raw.parents],
            additions=raw.stats.additions,
            deletions=raw.stats.deletions,
            files=files,
            next_cursor=following,
        )

    async def _listed(self, given: ListRefs, what: str, form: Any, shape: Any) -> tuple[Any, Any]:
        path = f"{repository(given.repo).path}/{what}"
        listing: Listing[Any, Any] = Listing(path=path, form=form, shape=shape)
        return await self._github.listed(listing, limit=given.limit, cursor=given.cursor)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="get_repository_tree",
                title="List files",
                description="List the files and folders of a repository or one of its folders.",
                arguments=ReadTree,
                result=TreeOut,
                run=self.get_repository_tree,
                **reads(_SET),
            ),
            Tool(
                name="list_branches",
                title="List branches",
                description="List a repository's branches, each with the commit that it is at.",
                arguments=ListRefs,
                result=Branches,
                run=self.list_branches,
                **reads(_SET),
            ),
            Tool(
                name="list_commits",
                title="List commits",
                description="List commits, the youngest first: of a branch, path, author or time.",
                arguments=ListCommits,
                result=Commits,
                run=self.list_commits,
                **reads(_SET),
            ),
            Tool(
                name="get_commit",
                title="Read a commit",
                description="Give a commit with its message and what it changed, file by file.",
                arguments=OneCommit,
                result=CommitOut,
                run=self.get_commit,
                **reads(_SET),
            ),
            Tool(
                name="list_tags",
                title="List tags",
                description="List a repository's tags, each with its commit.",
                arguments=ListRefs,
                result=Tags,
                run=self.list_tags,
                **reads(_SET),
            ),
            Tool(
                name="list_releases",
                title="List releases",
                description="List a repository's releases, the youngest first.",
                arguments=ListRefs,
                result=Releases,
                run=self.list_releases,
                **reads(_SET),
            ),
            Tool(
                name="get_release",
                title="Read a release",
                description="Give a release by its tag, or the latest, with notes and files.",
                arguments=OneRelease,
                result=ReleaseOut,
                run=self.get_release,
                **reads(_SET),
            ),
        ]


def _entry(raw: _Entry) -> TreeEntry:
    return TreeEntry(path=raw.path, kind=_KINDS.get(raw.type, raw.type), size_bytes=raw.size)


def _branch(raw: RawBranch) -> BranchOut:
    return BranchOut(name=raw.name, sha=raw.commit.sha, is_protected=raw.protected)


def _tag(raw: RawTag) -> TagOut:
    return TagOut(name=raw.name, sha=raw.commit.sha)
