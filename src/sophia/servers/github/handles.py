"""How people write repositories, issues and pull requests."""

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field

from sophia.servers.vendor.errors import HandleError

Repo = Annotated[
    str, Field(min_length=1, max_length=300, description="owner/repo, or its web address.")
]
Thing = Annotated[
    int | str,
    Field(description="12, #12, owner/repo#12 or its web address; the last two need no repo."),
]

_NAME = r"[A-Za-z0-9_.-]{1,100}"
_REPO = re.compile(rf"({_NAME})/({_NAME})")
_SSH = re.compile(rf"[\w.-]+@[\w.-]+:({_NAME}/{_NAME})")
_THING = re.compile(rf"(?:(?P<repo>{_NAME}/{_NAME})?#)?(?P<number>[0-9]{{1,9}})")
_KINDS = frozenset({"issues", "pull", "pulls"})
_MIN_PARTS = 2
_THING_PARTS = 4


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its name."""

    owner: str
    name: str

    @property
    def path(self) -> str:
        """Give the beginning of its addresses in the API."""
        return f"/repos/{self.owner}/{self.name}"

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


def repository(written: str) -> Repository:
    """Understand the name or web address of a repository; raises HandleError."""
    text = written.strip()
    ssh = _SSH.fullmatch(text)
    if ssh:
        text = ssh[1]
    elif "://" in text:
        parts = _parts(text)
        text = "/".join(parts[:_MIN_PARTS])
    found = _REPO.fullmatch(text.removesuffix(".git"))
    if found is None or {found[1], found[2]} & {".", ".."}:
        raise HandleError(
            f"{written!r} names no repository: write it as owner/repo, such as octocat/hello;"
            " list_repositories lists yours."
        )
    return Repository(found[1], found[2])


def numbered(thing: int | str, repo: str | None) -> tuple[Repository, int]:
    """Understand an issue or pull request; raises HandleError."""
    text = str(thing).strip()
    if "://" in text:
        parts = _parts(text)
        if len(parts) >= _THING_PARTS and parts[2] in _KINDS and parts[3].isdecimal():
            return repository("/".join(parts[:_MIN_PARTS])), int(parts[3])
    found = _THING.fullmatch(text)
    if found is None:
        raise HandleError(
            f"{text!r} names no issue or pull request: write its number, owner/repo#12, or its web"
            " address."
        )
    where = found["repo"] or repo
    if where is None:
        raise HandleError(f"Of which repository is {text}? Give repo, or write owner/repo{text}.")
    return repository(where), int(found["number"])


def in_path(text: str) -> str:
    """Write a file's path or a branch into an address; raises HandleError."""
    parts = text.strip("/").split("/")
    if any(part in {".", ".."} for part in parts) or "\0" in text:
        raise HandleError(f"{text!r} is no path in a repository: write it without . and ..")
    return "/".join(quote(part, safe="") for part in parts)


def in_part(text: str) -> str:
    """Write a branch, tag or commit into one part of an address; raises HandleError."""
    return quote(unquote(in_path(text)), safe="")


def _parts(url: str) -> list[str]:
    return [unquote(part) for part in urlsplit(url).path.split("/") if part]
