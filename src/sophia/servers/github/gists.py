"""The tools for gists."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import in_part
from sophia.servers.github.raw import RawUser
from sophia.servers.github.schemas import login_of
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Limit, snippet
from sophia.servers.vendor.offering import Asked, changes, reads
from sophia.servers.vendor.reading import Raw, read_one

_SET = "gists"
_ROOM_CHARS = 18_000  # of all files of a gist
_MAX_CHARS = 300_000
_MAX_FILES = 20

GistId = Field(pattern="^[0-9a-zA-Z]{1,64}$", description="The last part of its web address.")


class ListGists(Asked):
    """The arguments of list_gists."""

    user: str | None = Field(default=None, max_length=100, description="Default: your own.")
    limit: Limit = 30
    cursor: Cursor = None


class OneGist(Asked):
    """The arguments of get_gist."""

    gist_id: str = GistId


class WriteGist(Asked):
    """The arguments of gist_write."""

    method: Literal["create", "update", "delete"]
    gist_id: str | None = Field(default=None, pattern="^[0-9a-zA-Z]{1,64}$")
    description: str | None = Field(default=None, max_length=256)
    files: dict[str, str | None] = Field(
        default_factory=dict, max_length=_MAX_FILES, description="Text by name; null deletes it."
    )
    is_public: bool = Field(default=False, description="With create: anybody finds it.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        texts = [text for text in self.files.values() if text is not None]
        if self.method != "create" and self.gist_id is None:
            raise ValueError(f"method={self.method} needs gist_id; list_gists gives it")
        if self.method == "create" and (not texts or len(texts) < len(self.files)):
            raise ValueError("method=create needs files with a text each")
        if sum(map(len, texts)) > _MAX_CHARS:
            raise ValueError(f"the files have more than {_MAX_CHARS:,} characters together")
        return self


class GistBrief(BaseModel):
    """A gist."""

    gist_id: str
    description: str
    author: str
    is_public: bool
    files: list[str]
    created_at: datetime
    updated_at: datetime
    url: str


class Gists(Page):
    """Gists, the youngest first."""

    gists: list[GistBrief]


class GistOut(GistBrief):
    """A gist with its texts; a long one ends with …."""

    texts: dict[str, str]


class GistWritten(BaseModel):
    """What became of a gist."""

    gist_id: str
    url: str | None
    is_deleted: bool = False


class _File(Raw):
    filename: str
    content: str | None = None


class _Gist(Raw):
    id: str
    description: str | None
    public: bool
    html_url: str
    created_at: datetime
    updated_at: datetime
    owner: RawUser | None = None
    files: dict[str, _File | None]


class GistTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_gists(self, given: ListGists, _call: Call) -> Gists:
        """List gists."""
        path = "/gists" if given.user is None else f"/users/{in_part(given.user)}/gists"
        listing = Listing(path=path, form=_Gist, shape=lambda raw: GistBrief(**_facts(raw)))
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Gists(gists=kept, next_cursor=following)

    async def get_gist(self, given: OneGist, _call: Call) -> GistOut:
        """Give a gist with its texts."""
        raw = read_one(_Gist, await self._github.http.get(f"/gists/{given.gist_id}"))
        room = _ROOM_CHARS // max(1, len(raw.files))
        texts = {
            name: _cut(one.content or "", room)
            for name, one in raw.files.items()
            if one is not None
        }
        return GistOut(**_facts(raw), texts=texts)

    async def gist_write(self, given: WriteGist, _call: Call) -> GistWritten:
        """Make, change or delete a gist."""
        if given.method == "delete":
            await self._github.http.send("DELETE", f"/gists/{given.gist_id}")
            return GistWritten(gist_id=given.gist_id or "", url=None, is_deleted=True)
        asked: dict[str, Any] = {
            "files": {
                name: None if text is None else {"content": text}
                for name, text in given.files.items()
            },
            **({} if given.description is None else {"description": given.description}),
        }
        if given.method == "create":
            asked["public"] = given.is_public
            made = await self._github.http.send("POST", "/gists", asked)
        else:
            made = await self._github.http.send("PATCH", f"/gists/{given.gist_id}", asked)
        raw = read_one(_Gist, made)
        return GistWritten(gist_id=raw.id, url=raw.html_url)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="list_gists",
                title="List gists",
                description="List your gists or the public ones of somebody.",
                arguments=ListGists,
                result=Gists,
                run=self.list_gists,
                **reads(_SET),
            ),
            Tool(
                name="get_gist",
                title="Read a gist",
                description="Give a gist with the texts of its files.",
                arguments=OneGist,
                result=GistOut,
                run=self.get_gist,
                **reads(_SET),
            ),
            Tool(
                name="gist_write",
                title="Write a gist",
                description="Make, change or delete a gist; it is secret unless is_public.",
                arguments=WriteGist,
                result=GistWritten,
                run=self.gist_write,
                **changes(_SET),
            ),
        ]


def _facts(raw: _Gist) -> dict[str, Any]:
    return {
        "gist_id": raw.id,
        "description": snippet(raw.description),
        "author": login_of(raw.owner),
        "is_public": raw.public,
        "files": list(raw.files),
        "created_at": raw.created_at,
        "updated_at": raw.updated_at,
        "url": raw.html_url,
    }


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[:room]}…"
