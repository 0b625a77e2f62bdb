"""How people write organisations, repositories and pull requests."""

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field

from sophia.servers.vendor.errors import HandleError

Repo = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=300,
        description="gh/owner/repo (or gl, bb), owner/repo, a web address, or the name alone;"
        " default: the only one there is.",
    ),
]
Organization = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=200,
        description="gh/owner (or gl, bb), or owner; default: the only one that the token sees.",
    ),
]
PullRequest = Annotated[
    int | Annotated[str, Field(max_length=300)],
    Field(description="12, #12, gh/owner/repo#12 or its web address; the last two need no repo."),
]

PROVIDERS = MappingProxyType({"gh": "GitHub", "gl": "GitLab", "bb": "Bitbucket"})
_LONG = MappingProxyType({"github": "gh", "gitlab": "gl", "bitbucket": "bb"})
_HOSTS = MappingProxyType({"github.com": "gh", "gitlab.com": "gl", "bitbucket.org": "bb"})
_CODACY = ("app.codacy.com", "www.codacy.com")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")
_SSH = re.compile(r"[\w.-]+@([\w.-]+):(.+)")
_NUMBERED = re.compile(r"(?:(?P<repo>[^#]*)#)?(?P<number>[0-9]{1,9})")
_PULLS = frozenset({"pull", "pulls", "pull-requests", "pullRequest", "merge_requests"})


@dataclass(frozen=True, slots=True)
class Owner:
    """An organisation or account at a code host; without a provider it is to be looked up."""

    provider: str | None
    name: str

    @property
    def path(self) -> str:
        """Give the beginning of its addresses in the API."""
        return f"/organizations/{self.provider}/{quote(self.name, safe='')}"

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by its name."""

    owner: Owner
    name: str

    @property
    def path(self) -> str:
        """Give the beginning of its addresses in the API."""
        return f"{self.owner.path}/repositories/{quote(self.name, safe='')}"

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


def owner_of(written: str) -> Owner:
    """Understand the name or web address of an organisation; raises HandleError."""
    parts = _parts(written)
    provider, rest = _provider(parts)
    if len(rest) != 1 or not _NAME.fullmatch(rest[0]):
        raise HandleError(
            f"{written!r} names no organisation: write it as gh/owner; list_organizations lists"
            " yours."
        )
    return Owner(provider, rest[0])


def repository_of(written: str) -> tuple[Owner | None, str]:
    """Understand a repository: whose it is, if that is said, and its name; raises HandleError."""
    provider, rest = _provider(_parts(written))
    rest = [*rest[:-1], rest[-1].removesuffix(".git")] if rest else rest
    if not all(map(_NAME.fullmatch, rest)) or not rest:
        raise _unknown(written)
    match rest:
        case [owner, name]:
            return Owner(provider, owner), name
        case [name] if provider is None:
            return None, name
        case _:
            raise _unknown(written)


def numbered(thing: int | str, repo: str | None) -> tuple[str | None, int]:
    """Understand a pull request: the repository as it is written, and the number."""
    text = str(thing).strip()
    if "://" in text:
        parts = [one for one in urlsplit(text).path.split("/") if one not in {"", "-"}]
        at = next((at for at, part in enumerate(parts) if part in _PULLS), len(parts))
        if at + 1 < len(parts) and parts[at + 1].isdecimal():
            host = urlsplit(text).netloc
            return f"https://{host}/{'/'.join(parts[:at])}", int(parts[at + 1])
    found = _NUMBERED.fullmatch(text)
    if found is None:
        raise HandleError(
            f"{text!r} names no pull request: write its number, gh/owner/repo#12, or its web"
            " address."
        )
    return found["repo"] or repo, int(found["number"])


def _provider(parts: list[str]) -> tuple[str | None, list[str]]:
    """Split off the code host where it is named."""
    first = parts[0].lower() if parts else ""
    known = first if first in PROVIDERS else _LONG.get(first)
    return (known, parts[1:]) if known and len(parts) > 1 else (None, parts)


def _parts(written: str) -> list[str]:
    """Write every form as a path that begins with the provider where that is known."""
    text = written.strip()
    ssh = _SSH.fullmatch(text)
    if ssh:
        text = f"https://{ssh[1]}/{ssh[2]}"
    if "://" not in text:
        return [part.strip() for part in text.split("/")]
    address = urlsplit(text)
    parts = [unquote(part) for part in address.path.split("/") if part]
    host = (address.hostname or "").removeprefix("www.")
    if host in {one.removeprefix("www.") for one in _CODACY}:
        return [part for part in parts if part != "p"][:3]
    # Of a host that is the operator's own only the names are known.
    return [*([_HOSTS[host]] if host in _HOSTS else []), *parts[:2]]


def _unknown(written: str) -> HandleError:
    return HandleError(
        f"{written!r} names no repository: write it as gh/owner/repo; list_repositories lists"
        " yours."
    )
