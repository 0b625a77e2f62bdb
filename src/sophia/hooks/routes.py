"""Where vendors send what happens."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.requests import HTTPConnection

from sophia.hooks.schemas import HookOut
from sophia.hooks.service import HookService

_HANDSHAKE = "X-Hook-Secret"
_MAX_SECRET_CHARS = 500

router = APIRouter(prefix="/api/v1", tags=["webhooks"])


async def hook_service(connection: HTTPConnection) -> HookService:
    """Give the service that the API process was wired with."""
    service: HookService = connection.app.state.hooks
    return service


type Hooks = Annotated[HookService, Depends(hook_service)]


@router.post("/hooks/{vendor}")
async def receive_hook(
    vendor: str,
    request: Request,
    response: Response,
    hooks: Hooks,
    key: Annotated[str, Query(max_length=500, description="For Asana: the secret.")] = "",
) -> HookOut:
    """Take a webhook's delivery of GitHub, Linear or Asana, signed as each of them does."""
    given = request.headers.get(_HANDSHAKE, "")[:_MAX_SECRET_CHARS]
    if vendor == "asana" and given:
        await hooks.begin_asana(key=key, given=given)
        response.headers[_HANDSHAKE] = given
        return HookOut(accepted=True)
    body = await request.body()
    return HookOut(accepted=await hooks.receive(vendor, request.headers, body))
