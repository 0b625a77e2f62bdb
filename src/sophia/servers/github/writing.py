"""The tools that change files and branches."""

import base64
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub
from sophia.servers.github.handles import Repo, Repository, in_part, in_path, repository
from sophia.servers.github.raw import RawFile
from sophia.servers.parts import Tool
from sophia.servers.vendor.client import Ask
from sophia.servers.vendor.errors import (
    VendorConflictError,
    VendorMissingError,
    VendorRefusedError,
)
from sophia.servers.vendor.offering import Asked, changes, writes
from sophia.servers.vendor.reading import Raw, read_one

_SET = "git"
_MAX_CHARS = 1_000_000
_MAX_FILES = 100

type Branch = Annotated[str | None, Field(max_length=250, description="Default: its main one.")]
type Message = Annotated[
    str, Field(min_length=1, max_length=10_000, description="What the commit says.")
]
type Path = Annotated[str, Field(min_length=1, max_length=1000)]
type Sha = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]


class CreateBranch(Asked):
    """The arguments of create_branch."""

    repo: Repo
    branch: str = Field(min_length=1, max_length=250, description="The new one's name.")
    source: str | None = Field(
        default=None, max_length=250, description="A branch, tag or commit; default: the main one."
    )


class WriteFile(Asked):
    """The arguments of create_or_update_file."""

    repo: Repo
    path: Path
    text: str = Field(max_length=_MAX_CHARS, description="All of the new text.")
    message: Message
    branch: Branch = None
    sha: Sha | None = Field(
        default=None, description="Of the file as you read it; leave out for a new file."
    )


class DeleteFile(Asked):
    """The arguments of delete_file."""

    repo: Repo
    path: Path
    message: Message
    sha: Sha = Field(description="Of the file as you read it.")
    branch: Branch = None


class FileChange(Asked):
    """What is to become of a file."""

    path: Path
    text: str | None = Field(
        default=None, max_length=_MAX_CHARS, description="All of the new text."
    )
    is_deleted: bool = False
    is_executable: bool = False

    @model_validator(mode="after")
    def _is_one_change(self) -> Self:
        if self.is_deleted == (self.text is not None):
            raise ValueError("give either its text or is_deleted=true")
        return self


class PushFiles(Asked):
    """The arguments of push_files."""

    repo: Repo
    branch: str = Field(min_length=1, max_length=250, description="One that is there.")
    message: Message
    files: list[FileChange] = Field(min_length=1, max_length=_MAX_FILES)
    head_sha: Sha | None = Field(
        default=None,
        description="The commit that you read: if the branch has moved since, nothing is pushed.",
    )

    @model_validator(mode="after")
    def _is_plain(self) -> Self:
        paths = [one.path.strip("/") for one in self.files]
        if len(set(paths)) < len(paths):
            raise ValueError("a path is there twice: give each file once")
        return self


class BranchMade(BaseModel):
    """A branch that is there now."""

    repo: str
    branch: str
    sha: str


class FileWritten(BaseModel):
    """What became of a file."""

    repo: str
    path: str
    kind: Literal["written", "deleted"]
    sha: str | None = Field(description="Of the file now: pass it with the next change.")
    commit_sha: str
    url: str | None


class Pushed(BaseModel):
    """The commit that was pushed."""

    repo: str
    branch: str
    commit_sha: str
    files: int


class _Sha(Raw):
    sha: str


class _Ref(Raw):
    object: _Sha


class _Commit(Raw):
    sha: str
    tree: _Sha


class _Content(Raw):
    sha: str
    html_url: str | None = None


class _FileCommit(Raw):
    content: _Content | None
    commit: _Sha


class WritingTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def create_branch(self, given: CreateBranch, _call: Call) -> BranchMade:
        """Begin a branch."""
        repo = repository(given.repo)
        in_path(given.branch)
        source = given.source or await self._github.main_branch(repo)
        found = await self._github.http.get(f"{repo.path}/commits/{in_part(source)}")
        made = await self._github.http.send(
            "POST",
            f"{repo.path}/git/refs",
            {"ref": f"refs/heads/{given.branch}", "sha": read_one(_Sha, found).sha},
        )
        sha = read_one(_Ref, made).object.sha
        return BranchMade(repo=str(repo), branch=given.branch, sha=sha)

    async def create_or_update_file(self, given: WriteFile, _call: Call) -> FileWritten:
        """Write a file in a commit of its own."""
        asked = {
            "message": given.message,
            "content": base64.b64encode(given.text.encode()).decode(),
            **_given(branch=given.branch, sha=given.sha),
        }
        return await self._put("PUT", given, asked)

    async def delete_file(self, given: DeleteFile, _call: Call) -> FileWritten:
        """Delete a file in a commit of its own."""
        asked = {"message": given.message, "sha": given.sha, **_given(branch=given.branch)}
        return await self._put("DELETE", given, asked)

    async def push_files(self, given: PushFiles, _call: Call) -> Pushed:
        """Change several files in one commit, or none of them."""
        repo = repository(given.repo)
        head = await self._head(repo, given.branch)
        if given.head_sha not in {None, head}:
            raise VendorConflictError(
                f"{given.branch} is at {head} now: read what changed, then push upon that."
            )
        tree = await self._tree(repo, head, given)
        commit = await self._github.http.send(
            "POST",
            f"{repo.path}/git/commits",
            {"message": given.message, "tree": tree, "parents": [head]},
        )
        sha = read_one(_Sha, commit).sha
        try:
            await self._github.http.send(
                "PATCH",
                f"{repo.path}/git/refs/heads/{in_path(given.branch)}",
                {"sha": sha, "force": False},
            )
        except VendorRefusedError as error:
            raise VendorConflictError(
                f"{error.message} If {given.branch} moved meanwhile, read it again and push again."
            ) from error
        return Pushed(repo=str(repo), branch=given.branch, commit_sha=sha, files=len(given.files))

    async def _head(self, repo: Repository, branch: str) -> str:
        self._github.http.forget()
        found = await self._github.http.get(f"{repo.path}/git/ref/heads/{in_path(branch)}")
        return read_one(_Ref, found).object.sha

    async def _tree(self, repo: Repository, head: str, given: PushFiles) -> str:
        found = await self._github.http.get(f"{repo.path}/git/commits/{head}")
        asked = {
            "base_tree": read_one(_Commit, found).tree.sha,
            "tree": [_entry(one) for one in given.files],
        }
        # A tree is named by what is in it: made twice, it is there once.
        made = await self._github.http.ask(
            Ask(method="POST", path=f"{repo.path}/git/trees", json=asked, is_safe=True)
        )
        return read_one(_Sha, made.json()).sha

    async def _put(
        self, method: str, given: WriteFile | DeleteFile, asked: dict[str, Any]
    ) -> FileWritten:
        repo = repository(given.repo)
        path = f"{repo.path}/contents/{in_path(given.path)}"
        try:
            made = await self._github.http.send(method, path, asked)
        except (VendorConflictError, VendorRefusedError) as error:
            raise VendorConflictError(f"{error.message} {await self._told(path, given)}") from error
        raw = read_one(_FileCommit, made)
        return FileWritten(
            repo=str(repo),
            path=given.path,
            kind="deleted" if raw.content is None else "written",
            sha=raw.content.sha if raw.content else None,
            commit_sha=raw.commit.sha,
            url=raw.content.html_url if raw.content else None,
        )

    async def _told(self, path: str, given: WriteFile | DeleteFile) -> str:
        """Say what the file is now, so that the next call can be right."""
        self._github.http.forget()
        try:
            found = await self._github.http.get(path, {"ref": given.branch})
        except VendorMissingError:
            return f"There is no {given.path} on that branch now."
        if isinstance(found, list):
            return f"{given.path} is a folder."
        sha = read_one(RawFile, found).sha
        return f"{given.path} has the sha {sha} now: read it, then repeat the change with that."

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="create_branch",
                title="Begin a branch",
                description="Begin a branch at another's last commit.",
                arguments=CreateBranch,
                result=BranchMade,
                run=self.create_branch,
                **writes(_SET),
            ),
            Tool(
                name="create_or_update_file",
                title="Write a file",
                description="Write a file in a commit of its own; a file that is there is replaced"
                " only with the sha that you read.",
                arguments=WriteFile,
                result=FileWritten,
                run=self.create_or_update_file,
                **changes(_SET),
            ),
            Tool(
                name="delete_file",
                title="Delete a file",
                description="Delete a file in a commit of its own, if it is still what you read.",
                arguments=DeleteFile,
                result=FileWritten,
                run=self.delete_file,
                **changes(_SET),
            ),
            Tool(
                name="push_files",
                title="Push several files",
                description="Write and delete several files of a branch in one commit, all or none"
                " of them.",
                arguments=PushFiles,
                result=Pushed,
                run=self.push_files,
                **changes(_SET),
            ),
        ]


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _entry(change: FileChange) -> dict[str, Any]:
    in_path(change.path)
    return {
        "path": change.path.strip("/"),
        "mode": "100755" if change.is_executable else "100644",
        "type": "blob",
        **({"sha": None} if change.text is None else {"content": change.text}),
    }
