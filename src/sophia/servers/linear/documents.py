"""What the tools for documents and status updates do."""

from typing import Any

from sophia.servers.call import Call
from sophia.servers.linear.client import Linear, creating, listing, single, updating, within
from sophia.servers.linear.directory import Directory
from sophia.servers.linear.handles import issue_id, written
from sophia.servers.linear.project_arguments import (
    ListDocuments,
    ListUpdates,
    OneDocument,
    SaveDocument,
    SaveUpdate,
)
from sophia.servers.linear.project_schemas import (
    HEALTHS,
    DocumentBrief,
    DocumentOut,
    Documents,
    UpdateOut,
    Updates,
)
from sophia.servers.linear.raw import RawDocument, RawUpdate
from sophia.servers.linear.selections import DOCUMENT, DOCUMENT_BRIEF, UPDATE
from sophia.servers.vendor.brief import Json, Part, body_of
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.reading import read_one

_LINEARS = {word: linears for linears, word in HEALTHS.items()}

_DOCUMENTS = listing("documents", "DocumentFilter", DOCUMENT_BRIEF)
_DOCUMENT = single("document", DOCUMENT)
_CREATE = creating("documentCreate", "DocumentCreateInput", "document", DOCUMENT)
_UPDATE = updating("documentUpdate", "DocumentUpdateInput", "document", DOCUMENT)
_UPDATES = {
    "project": within("project", "projectUpdates", UPDATE),
    "initiative": within("initiative", "initiativeUpdates", UPDATE),
}
_CREATE_UPDATE = {
    "project": creating("projectUpdateCreate", "ProjectUpdateCreateInput", "projectUpdate", UPDATE),
    "initiative": creating(
        "initiativeUpdateCreate", "InitiativeUpdateCreateInput", "initiativeUpdate", UPDATE
    ),
}
_CHANGE_UPDATE = {
    "project": updating("projectUpdateUpdate", "ProjectUpdateUpdateInput", "projectUpdate", UPDATE),
    "initiative": updating(
        "initiativeUpdateUpdate", "InitiativeUpdateUpdateInput", "initiativeUpdate", UPDATE
    ),
}


class DocumentTools:
    """Documents and status updates, as a model asks for them."""

    def __init__(self, linear: Linear, directory: Directory) -> None:
        """Take whom to ask, and who knows the names."""
        self._linear = linear
        self._directory = directory

    async def list_documents(self, given: ListDocuments, _call: Call) -> Documents:
        """List documents, those changed last first."""
        asked: Json = {}
        if given.query is not None:
            asked["title"] = {"containsIgnoreCase": given.query}
        if given.project is not None:
            asked["project"] = {"id": {"eq": await self._directory.project(given.project)}}
        if given.initiative is not None:
            asked["initiative"] = {"id": {"eq": await self._directory.initiative(given.initiative)}}
        kept, following = await self._linear.listed(
            given, _DOCUMENTS, "documents", _brief, filter=asked
        )
        return Documents(documents=kept, next_cursor=following)

    async def get_document(self, given: OneDocument, _call: Call) -> DocumentOut:
        """Give a document."""
        one = await self._directory.document(given.document)
        raw = read_one(RawDocument, await self._linear.one(_DOCUMENT, "document", id=one))
        return DocumentOut.whole(raw, body=body_of(raw.content, cursor=given.body_cursor))

    async def save_document(self, given: SaveDocument, _call: Call) -> DocumentOut:
        """Write a document, or change one; what is left out stays."""
        asked = written(title=given.title, content=given.body) | await self._place(given)
        if given.document is None:
            places = [name for name in asked if name.endswith("Id")]
            if given.title is None or len(places) != 1:
                raise HandleError(
                    "A document needs a title and one place: project, initiative, issue or team."
                )
            made = await self._linear.create(_CREATE, asked)
        else:
            one = await self._directory.document(given.document)
            made = await self._linear.update(_UPDATE, one, asked)
        raw = read_one(RawDocument, made)
        return DocumentOut.whole(raw, body=body_of(raw.content))

    async def list_status_updates(self, given: ListUpdates, _call: Call) -> Updates:
        """List what was written about how a project or an initiative stands."""
        kind, one = await self._subject(given)
        if given.body_cursor is not None:
            part, made = Part.asked(given.body_cursor), _CREATE_UPDATE[kind]
            raw = await self._linear.one(made.lookup, made.result, id=part.key)
            return Updates(updates=[_update(raw, start=part.start)])
        kept, following = await self._linear.listed(
            given, _UPDATES[kind], f"{kind}.{kind}Updates", _update, id=one
        )
        return Updates(updates=kept, next_cursor=following)

    async def save_status_update(self, given: SaveUpdate, _call: Call) -> UpdateOut:
        """Write how a project or an initiative stands, or mend what was written."""
        kind, one = await self._subject(given)
        asked = written(body=given.body, health=_LINEARS[given.health] if given.health else None)
        if not asked:
            raise HandleError("Nothing is said: give body, health or both.")
        if given.update_id is None:
            asked[f"{kind}Id"] = one
            return _update(await self._linear.create(_CREATE_UPDATE[kind], asked))
        return _update(await self._linear.update(_CHANGE_UPDATE[kind], given.update_id, asked))

    async def _subject(self, given: ListUpdates | SaveUpdate) -> tuple[str, str]:
        match given.project, given.initiative:
            case str(name), None:
                return "project", await self._directory.project(name)
            case None, str(name):
                return "initiative", await self._directory.initiative(name)
            case _:
                raise HandleError("Of what? Give either project or initiative.")

    async def _place(self, given: SaveDocument) -> Json:
        directory, asked = self._directory, dict[str, str]()
        if given.project is not None:
            asked["projectId"] = await directory.project(given.project)
        if given.initiative is not None:
            asked["initiativeId"] = await directory.initiative(given.initiative)
        if given.issue is not None:
            asked["issueId"] = issue_id(given.issue)
        if given.team is not None:
            asked["teamId"] = await directory.team(given.team)
        return asked


def _brief(node: Any) -> DocumentBrief:
    return DocumentBrief.of(read_one(RawDocument, node))


def _update(node: Any, *, start: int = 0) -> UpdateOut:
    return UpdateOut.of(read_one(RawUpdate, node), start=start)
