"""How people write tasks, projects and people: by gid, by web address, by name."""

import re
from itertools import pairwise
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import Field

from sophia.servers.vendor.errors import HandleError

TaskId = Annotated[
    str,
    Field(min_length=1, max_length=500, description="A task's gid, web address or id like FER-12."),
]
ProjectId = Annotated[
    str, Field(min_length=1, max_length=500, description="A project's name, gid or web address.")
]
Person = Annotated[
    str,
    Field(min_length=1, max_length=300, description="me, a name, an e-mail address or a gid."),
]
Workspace = Annotated[
    str | None,
    Field(max_length=300, description="Its name or gid; leave out where there is only one."),
]

ME = "me"

_GID = re.compile(r"[0-9]{1,25}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_CUSTOM_ID = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}-[0-9]{1,9}")
# What stands before a gid in an address, and of what it is the gid.
_WORDS = {
    "workspace": "workspace",
    "project": "project",
    "task": "task",
    "item": "task",
    "portfolio": "portfolio",
    "team": "team",
    "profile": "user",
    "tag": "tag",
}


def gid_of(written: str, kind: str) -> str | None:
    """Give the gid that is written, plainly or in an address; None: it is a name.

    Raises HandleError for an address of something else.
    """
    text = written.strip()
    if _GID.fullmatch(text):
        return text
    if "://" not in text:
        return None
    found = _in_address(text).get(kind)
    if found is None:
        raise HandleError(f"{text!r} is no web address of a {kind}: copy it from Asana.")
    return found


def is_custom_id(written: str) -> bool:
    """Say whether it is an id as a workspace numbers its own tasks, such as FER-12."""
    return _CUSTOM_ID.fullmatch(written.strip()) is not None


def is_mail(written: str) -> bool:
    """Say whether it is an e-mail address: Asana takes those for people."""
    return _MAIL.fullmatch(written) is not None


def user_path(person: str) -> str:
    """Write where somebody is by gid, e-mail address or me."""
    return f"/users/{quote(person, safe='@')}"


def _in_address(url: str) -> dict[str, str]:
    """Read both forms: /0/PROJECT/TASK and /1/WORKSPACE/project/PROJECT/task/TASK."""
    match [part for part in urlsplit(url).path.split("/") if part]:
        case ["1", *rest]:
            return _paired(["workspace", *rest])
        case ["0", "inbox" | "search", _, task, *_]:
            return _numbered(task=task)
        case ["0", project, task, *_] if _GID.fullmatch(project):
            return _numbered(project=project, task=task)
        case ["0", project] if _GID.fullmatch(project):
            return _numbered(project=project)
        case ["0", *rest]:
            return _paired(rest)
        case _:
            return {}


def _numbered(**parts: str) -> dict[str, str]:
    """Take what is a gid; where there is no project, the old form writes 0."""
    return {kind: gid for kind, gid in parts.items() if _GID.fullmatch(gid) and gid != "0"}


def _paired(parts: list[str]) -> dict[str, str]:
    return {
        _WORDS[word]: gid for word, gid in pairwise(parts) if word in _WORDS and _GID.fullmatch(gid)
    }
