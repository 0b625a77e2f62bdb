"""Tools that are held back, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, status

from sophia.identity.guard import ToolsWriter
from sophia.pins.schemas import DecisionIn, HeldToolsOut
from sophia.pins.service import PinService

router = APIRouter(prefix="/api/v1/tools/quarantine", tags=["tools"])


async def pin_service(request: Request) -> PinService:
    """Give the service that the process was wired with."""
    service: PinService = request.app.state.pins
    return service


type Pins = Annotated[PinService, Depends(pin_service)]


@router.get("")
async def list_held_tools(_: ToolsWriter, pins: Pins) -> HeldToolsOut:
    """List the tools that are held back because their servers changed them, with what differs."""
    return HeldToolsOut(items=await pins.held())


@router.post("/approve", status_code=status.HTTP_204_NO_CONTENT)
async def approve_tool(viewer: ToolsWriter, pins: Pins, body: DecisionIn) -> None:
    """Let a tool be had as it is offered now. That holds within seconds."""
    await pins.decide(viewer, body.tool, hash_=body.hash, is_approved=True)


@router.post("/reject", status_code=status.HTTP_204_NO_CONTENT)
async def reject_tool(viewer: ToolsWriter, pins: Pins, body: DecisionIn) -> None:
    """Do not let a tool be had as it is offered now; as it was approved it can be had again."""
    await pins.decide(viewer, body.tool, hash_=body.hash, is_approved=False)
