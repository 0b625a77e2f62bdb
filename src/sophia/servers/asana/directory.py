"""Finding at Asana what people call by name."""

from typing import Literal

from sophia.kit.clock import Clock
from sophia.servers.asana.client import Asana
from sophia.servers.asana.handles import ME, gid_of, is_custom_id, is_mail, user_path
from sophia.servers.asana.raw import NAMES, RawNamed
from sophia.servers.vendor.client import Params
from sophia.servers.vendor.errors import (
    HandleError,
    VendorForbiddenError,
    VendorMissingError,
    VendorPaidError,
)
from sophia.servers.vendor.names import Named, Names, called, one_of, unknown
from sophia.servers.vendor.reading import Raw, read_many, read_one

_CANDIDATES = 20
# Names without a workspace are looked for in so many.
_MAX_WORKSPACES = 5
_KEEP_S = 300.0
_MOST_KEPT = 500

type Kind = Literal["project", "user", "team", "tag", "portfolio", "project_template"]


class _InWorkspace(Raw):
    workspace: RawNamed


class _Kept[T]:
    """What was found, for some minutes; when it is full it begins anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[str, tuple[float, T]] = {}

    def get(self, key: str) -> T | None:
        until_s, found = self._found.get(key, (0.0, None))
        return found if self._clock.monotonic() < until_s else None

    def keep(self, key: str, found: T) -> T:
        if len(self._found) >= _MOST_KEPT:
            self._found.clear()
        self._found[key] = (self._clock.monotonic() + _KEEP_S, found)
        return found

    def forget(self) -> None:
        self._found.clear()


class Directory:
    """Resolves what is written to gids, and keeps what was found for some minutes."""

    def __init__(self, asana: Asana, clock: Clock) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._names = Names(clock)
        self._workspaces = _Kept[list[Named]](clock)
        self._gids = _Kept[str](clock)
        self._people = _Kept[str](clock)

    def forget(self) -> None:
        """Look everything up again."""
        for kept in (self._names, self._workspaces, self._gids, self._people):
            kept.forget()

    async def workspaces(self) -> list[Named]:
        """List what the token sees."""
        there = self._workspaces.get("")
        if there is None:
            found, _ = await self._asana.page("/workspaces", NAMES)
            there = self._workspaces.keep("", _named(found))
        return there

    async def workspace(self, written: str | None) -> str:
        """Give the workspace that is written, or the only one there is; raises HandleError."""
        if written is not None:
            gid = gid_of(written, "workspace")
            return gid or (await self._names.find("workspace", written, self.workspaces)).id
        there = await self.workspaces()
        if len(there) != 1:
            told = ", ".join(f"{one.name} ({one.id})" for one in there) or "none"
            raise HandleError(f"Which workspace? Give workspace, one of: {told}.")
        return there[0].id

    async def workspace_of(self, project: str) -> str:
        """Give the workspace that a project is in."""
        there = await self.workspaces()
        if len(there) == 1:
            return there[0].id
        found = await self._asana.one(f"/projects/{project}", ("workspace.name",))
        return read_one(_InWorkspace, found).workspace.gid

    async def task(self, written: str) -> str:
        """Give the gid of a task; raises HandleError."""
        gid = gid_of(written, "task")
        if gid is not None:
            return gid
        if is_custom_id(written):
            return await self._by_custom_id(written.strip().upper())
        raise HandleError(
            f"{written!r} names no task: give its gid or web address; search_tasks finds tasks by"
            " words."
        )

    async def gid(self, kind: Kind, written: str, workspace: str | None = None) -> str:
        """Give the gid of something, looked for in one workspace or all; raises HandleError."""
        key = f"{kind} {workspace} {written.casefold()}"
        known = gid_of(written, kind) or self._gids.get(key)
        if known is not None:
            return known
        what = {"user": "person", "project_template": "template"}.get(kind, kind)
        there = await self._alike(kind, written, workspace)
        found = called(written, there)
        if not found:
            # Where nothing begins so, what was used lately may be near it.
            raise unknown(what, written, there or await self._alike(kind, "", workspace))
        return self._gids.keep(key, one_of(what, written, found).id)

    async def person(self, written: str, workspace: str | None = None) -> str:
        """Give what Asana takes for a person: me, an e-mail address or a gid."""
        text = written.strip().removeprefix("@")
        if text.lower() == ME:
            return ME
        return text if is_mail(text) else await self.gid("user", text, workspace)

    async def people(self, written: list[str]) -> list[str]:
        """Give what Asana takes for several people."""
        return [await self.person(one) for one in written]

    async def section(self, written: str, project: str) -> str:
        """Give the gid of a section in a project; raises HandleError."""
        path = f"/projects/{project}/sections"
        return await self._listed("section", written, path, {}, among=project)

    async def task_template(self, written: str, project: str) -> str:
        """Give the gid of a template for the tasks of a project; raises HandleError."""
        asked = {"project": project}
        return await self._listed("template", written, "/task_templates", asked, among=project)

    async def name_of(self, person: str) -> str:
        """Give somebody's name, or the gid where Asana does not tell."""
        known = self._people.get(person)
        if known is not None:
            return known
        try:
            raw = read_one(RawNamed, await self._asana.one(user_path(person), NAMES))
        except (VendorMissingError, VendorForbiddenError):
            return person
        return self._people.keep(person, raw.name or person)

    async def _listed(
        self, what: str, written: str, path: str, asked: Params, *, among: str
    ) -> str:
        gid = gid_of(written, what)
        if gid is not None:
            return gid

        async def load() -> list[Named]:
            return _named((await self._asana.page(path, NAMES, asked=asked))[0])

        return (await self._names.find(what, written, load, among=f"{among} {path}")).id

    async def _alike(self, kind: Kind, written: str, workspace: str | None) -> list[Named]:
        places = [workspace] if workspace else [one.id for one in await self.workspaces()]
        asked: Params = {
            "resource_type": kind,
            "query": written.strip(),
            "count": _CANDIDATES,
        }
        found: list[Named] = []
        for place in places[:_MAX_WORKSPACES]:
            path = f"/workspaces/{place}/typeahead"
            found += _named(await self._asana.listed(path, NAMES, asked))
        return found

    async def _by_custom_id(self, written: str) -> str:
        known = self._gids.get(written)
        if known is not None:
            return known
        for place in (await self.workspaces())[:_MAX_WORKSPACES]:
            path = f"/workspaces/{place.id}/tasks/custom_id/{written}"
            try:
                raw = read_one(RawNamed, await self._asana.one(path, ()))
            except (VendorMissingError, VendorForbiddenError, VendorPaidError):
                continue
            return self._gids.keep(written, raw.gid)
        raise HandleError(f"There is no task {written}: search_tasks finds tasks by words.")


def _named(found: list[object]) -> list[Named]:
    return [Named(id=raw.gid, name=raw.name or "") for raw in read_many(RawNamed, found)]
