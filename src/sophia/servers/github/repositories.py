"""The tools for repositories and the files in them."""

import base64
import binascii
from typing import Any, Literal

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import Repo, in_path, repository
from sophia.servers.github.raw import RawFile, RawHit, RawRepository
from sophia.servers.github.schemas import Repositories, RepositoryInfo, RepositoryOut
from sophia.servers.output import Page
from sophia.servers.parts import NoArguments, Tool
from sophia.servers.vendor.brief import ANSWER_BYTES, Cursor, Fields, Limit, body_of, chosen
from sophia.servers.vendor.client import Ask
from sophia.servers.vendor.errors import VendorRefusedError
from sophia.servers.vendor.offering import Asked, reads
from sophia.servers.vendor.reading import Raw, read_many, read_one

_FILE_CHARS = 20_000
_MAX_ENTRIES = 300
_RAW = "application/vnd.github.raw+json"
_MATCHES = "application/vnd.github.text-match+json"


class ListRepositories(Asked):
    """The arguments of list_repositories."""

    org: str | None = Field(
        default=None, max_length=100, description="An organisation; leave out for your own."
    )
    limit: Limit = 30
    cursor: Cursor = None


class OneRepository(Asked):
    """The arguments of get_repository_info."""

    repo: Repo
    fields: Fields = Field(default_factory=list[str])


class OneFile(Asked):
    """The arguments of get_file_content."""

    repo: Repo
    path: str = Field(max_length=1000, description="Of a file or folder; empty: the top folder.")
    branch: str | None = Field(
        default=None, max_length=250, description="A branch, tag or commit; default: its main one."
    )
    cursor: Cursor = None


class SearchCode(Asked):
    """The arguments of search_code."""

    query: str = Field(
        min_length=1,
        max_length=256,
        description="Words, and qualifiers such as language:python path:src org:octo.",
    )
    repo: Repo | None = None
    limit: Limit = 20
    cursor: Cursor = None


class MeOut(BaseModel):
    """Whose token it is."""

    login: str
    name: str | None
    email: str | None
    url: str


class Entry(BaseModel):
    """Something in a folder."""

    path: str
    kind: str
    size_bytes: int


class FileOut(Page):
    """A file's text from the cursor on, or what is in a folder."""

    repo: str
    path: str
    kind: Literal["file", "folder"]
    sha: str | None = Field(description="Pass it when you change the file.")
    size_bytes: int
    url: str | None
    text: str | None
    entries: list[Entry]


class Hit(BaseModel):
    """A file that fits."""

    repo: str
    path: str
    sha: str
    url: str
    fragments: list[str]


class Hits(Page):
    """Files that fit, the best first."""

    files: list[Hit]
    total: int
    is_incomplete: bool = Field(description="GitHub gave up early; narrow the query.")


class _Me(Raw):
    login: str
    name: str | None
    email: str | None
    html_url: str


class RepositoryTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def get_me(self, _given: NoArguments, _call: Call) -> MeOut:
        """Say whose token it is."""
        raw = read_one(_Me, await self._github.http.get("/user"))
        return MeOut(login=raw.login, name=raw.name, email=raw.email, url=raw.html_url)

    async def list_repositories(self, given: ListRepositories, _call: Call) -> Repositories:
        """List repositories."""
        listing = Listing(
            path=f"/orgs/{in_path(given.org)}/repos" if given.org else "/user/repos",
            form=RawRepository,
            shape=RepositoryOut.of,
            asked={"sort": "pushed"},
        )
        if given.org is None and self._github.is_app:
            listing = Listing(
                path="/installation/repositories",
                form=RawRepository,
                shape=RepositoryOut.of,
                within="repositories",
            )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Repositories(repositories=kept, next_cursor=following)

    async def get_repository_info(self, given: OneRepository, _call: Call) -> RepositoryInfo:
        """Describe a repository."""
        found = await self._github.http.get(repository(given.repo).path)
        told = RepositoryOut.of(read_one(RawRepository, found))
        return RepositoryInfo(**told.model_dump(), more=chosen(found, given.fields))

    async def get_file_content(self, given: OneFile, _call: Call) -> FileOut:
        """Give a file's text, or list a folder."""
        self._github.lockdown.check_ref(given.branch)
        repo = repository(given.repo)
        path = f"{repo.path}/contents/{in_path(given.path)}"
        found = await self._github.http.get(path, {"ref": given.branch})
        if isinstance(found, list):
            return _folder(str(repo), given.path, read_many(RawFile, found))
        raw = read_one(RawFile, found)
        text = await self._text(raw, path, given)
        body = body_of(text, cursor=given.cursor, max_chars=_FILE_CHARS)
        return FileOut(
            repo=str(repo),
            path=raw.path,
            kind="file",
            sha=raw.sha,
            size_bytes=raw.size,
            url=raw.html_url,
            text=body.text,
            entries=[],
            next_cursor=body.next_cursor,
        )

    async def search_code(self, given: SearchCode, _call: Call) -> Hits:
        """Find code."""
        query = given.query
        if given.repo is not None:
            query = f"{query} repo:{repository(given.repo)}"
        listing = Listing(
            path="/search/code", form=RawHit, shape=_hit, asked={"q": query}, accept=_MATCHES
        )
        found = await self._github.found(listing, limit=given.limit, cursor=given.cursor)
        return Hits(
            files=found.items,
            total=found.total,
            is_incomplete=found.is_incomplete,
            next_cursor=found.next_cursor,
        )

    async def _text(self, raw: RawFile, path: str, given: OneFile) -> str:
        if raw.type != "file":
            raise VendorRefusedError(f"{given.path} is a {raw.type}, not a file: name a file.")
        if raw.encoding == "none":  # more than 1 MB: GitHub gives it by itself only
            asked = {"ref": given.branch}
            ask = Ask(method="GET", path=path, params=asked, accept=_RAW)
            return _decoded((await self._github.http.ask(ask)).body, given.path)
        try:
            return _decoded(base64.b64decode(raw.content or ""), given.path)
        except binascii.Error as error:
            raise VendorRefusedError(f"{given.path} came in an unknown form.") from error

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="get_me",
                title="Who I am at GitHub",
                description="Say whose token it is; other tools take `me` for that person.",
                arguments=NoArguments,
                result=MeOut,
                run=self.get_me,
                is_read_only=True,
                is_open_world=True,
                toolset="context",
                max_answer_bytes=ANSWER_BYTES,
            ),
            Tool(
                name="list_repositories",
                title="List repositories",
                description="List your repositories or those of an organisation, the one pushed to"
                " last first.",
                arguments=ListRepositories,
                result=Repositories,
                run=self.list_repositories,
                **reads("repos"),
            ),
            Tool(
                name="get_repository_info",
                title="Describe a repository",
                description="Say what a repository is, its main branch and how much is open in it.",
                arguments=OneRepository,
                result=RepositoryInfo,
                run=self.get_repository_info,
                **reads("repos"),
            ),
            Tool(
                name="get_file_content",
                title="Read a file",
                description="Give a file's text, or what is in a folder, on any branch.",
                arguments=OneFile,
                result=FileOut,
                run=self.get_file_content,
                **reads("repos", max_bytes=2 * ANSWER_BYTES),
            ),
            Tool(
                name="search_code",
                title="Search code",
                description="Find files by words on main branches, in one repository or in all"
                " that the token sees.",
                arguments=SearchCode,
                result=Hits,
                run=self.search_code,
                **reads("repos"),
            ),
        ]


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise VendorRefusedError(
            f"{path} is no text in UTF-8 ({len(data):,} bytes): open it at GitHub."
        ) from error


def _folder(repo: str, path: str, raws: list[RawFile]) -> FileOut:
    entries = [Entry(path=raw.path, kind=raw.type, size_bytes=raw.size) for raw in raws]
    return FileOut(
        repo=repo,
        path=path,
        kind="folder",
        sha=None,
        size_bytes=0,
        url=None,
        text=None
        if len(entries) <= _MAX_ENTRIES
        else f"Only the first {_MAX_ENTRIES} of {len(entries)}: name a folder inside.",
        entries=entries[:_MAX_ENTRIES],
    )


def _hit(raw: RawHit) -> Hit:
    return Hit(
        repo=raw.repository.full_name,
        path=raw.path,
        sha=raw.sha,
        url=raw.html_url,
        fragments=[match.fragment[:400] for match in raw.text_matches[:3]],
    )
