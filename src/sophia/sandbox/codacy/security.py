"""Findings of security."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox.codacy.replies import check, given, listed, missing, one, state_of
from sophia.sandbox.codacy.shapes import Json
from sophia.sandbox.codacy.state import ignored_by_me

_ITEMS = "/organizations/{provider}/{owner}/security/items"
_ONE = f"{_ITEMS}/{{item}}"
_FILTERS = {
    "repositories": "repository",
    "priorities": "priority",
    "statuses": "status",
    "categories": "securityCategory",
    "scanTypes": "scanType",
}


async def search_items(request: Request) -> Response:
    """List the findings that fit."""
    check(request)
    wanted = await given(request)
    found = [
        raw
        for raw in state_of(request).items.values()
        if all(raw.get(has) in wanted[name] for name, has in _FILTERS.items() if wanted.get(name))
    ]
    return listed(request, found)


def _item(request: Request) -> Json:
    check(request)
    found = state_of(request).items.get(request.path_params["item"])
    if found is None:
        raise missing("Item")
    return found


async def show_item(request: Request) -> Response:
    """Give a finding."""
    return one(_item(request))


async def ignore(request: Request) -> Response:
    """Ignore a finding."""
    raw, body = _item(request), await given(request)
    raw["ignored"] = ignored_by_me(state_of(request), body.get("reason", "AcceptedUse"))
    raw["status"] = "Ignored"
    return one(raw)


async def take_up(request: Request) -> Response:
    """Take up a finding that is ignored."""
    raw = _item(request)
    if raw.pop("ignored", None) is None:
        raise HTTPException(400, "Item is not ignored")
    raw["status"] = "OnTrack"
    return one(raw)


ROUTES = [
    Route(f"{_ITEMS}/search", search_items, methods=["POST"]),
    Route(_ONE, show_item),
    Route(f"{_ONE}/ignore", ignore, methods=["POST"]),
    Route(f"{_ONE}/unignore", take_up, methods=["POST"]),
]
