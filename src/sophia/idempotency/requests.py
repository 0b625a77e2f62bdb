"""A request with an Idempotency-Key on its way: read before its route, begun by the guard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from sophia.idempotency.answers import Answer
from sophia.idempotency.errors import KeyUnreadableError
from sophia.idempotency.service import Begun, IdempotencyService
from sophia.kit.ids import UserId, uuid7

HEADER = "idempotency-key"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEYED = "sophia.idempotency"
MAX_KEY_CHARS = 200
KEY_PATTERN = r"^[\x21-\x7e]+$"
_BOUNDARY = re.compile(rb'multipart/.*boundary="?([^";]+)')


@dataclass(slots=True)
class Keyed:
    """A request that carries a key: its body, and its run once the guard has begun one."""

    key: str
    body: bytes
    begun: Begun | None = None


class Repeated(Exception):  # noqa: N818 - no error: the answer is there
    """The request was answered before."""

    def __init__(self, answer: Answer) -> None:
        """Take that answer."""
        super().__init__()
        self.answer = answer


async def begin(connection: HTTPConnection, *, principal: UUID, user_id: UserId) -> None:
    """Begin the run of a request that carries a key, now that it is known whose it is.

    Raises Repeated with the earlier answer, KeyUnreadableError, KeyReusedError, StillRunningError.
    """
    scope = connection.scope
    keyed: Keyed | None = scope.get(KEYED)
    if keyed is None or keeps_its_own(scope.get("route")):
        return
    if len(keyed.key) > MAX_KEY_CHARS or not re.match(KEY_PATTERN, keyed.key):
        raise KeyUnreadableError
    service: IdempotencyService = connection.app.state.idempotency
    found = await service.begin(
        principal=principal,
        user_id=user_id,
        key=keyed.key,
        request=(
            scope["method"].encode(),
            scope["path"].encode(errors="surrogateescape"),
            scope["query_string"],
            _told(keyed.body, dict(scope["headers"])),
        ),
    )
    if isinstance(found, Answer):
        raise Repeated(found)
    keyed.begun = found


def keeps_its_own(route: object) -> bool:
    """Say whether a route takes the key itself, as those do that stream their answer."""
    dependant: Dependant | None = getattr(route, "dependant", None)
    return dependant is not None and any(
        field.alias.lower() == HEADER for field in dependant.header_params
    )


def _told(body: bytes, headers: Mapping[bytes, bytes]) -> bytes:
    """Give what a body says. The parts of a form are parted by other random words each time."""
    found = _BOUNDARY.match(headers.get(b"content-type", b""))
    return body.replace(found[1], b"") if found else body


async def _fresh_id(connection: HTTPConnection) -> UUID:
    keyed: Keyed | None = connection.scope.get(KEYED)
    return keyed.begun.fresh_id if keyed is not None and keyed.begun is not None else uuid7()


type FreshId = Annotated[UUID, Depends(_fresh_id)]
"""The id of what a route makes, the same one when its request is repeated. Stands behind the
viewer in a signature: the guard goes first."""
