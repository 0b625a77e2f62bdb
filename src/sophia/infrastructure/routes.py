"""Machines and their cost over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from sophia.identity.guard import SystemReader
from sophia.infrastructure.schemas import CostsOut, StatusOut
from sophia.infrastructure.service import InfrastructureService

router = APIRouter(prefix="/api/v1/lambda-labs", tags=["infrastructure"])


async def infrastructure_service(request: Request) -> InfrastructureService:
    """Give the service that the process was wired with."""
    service: InfrastructureService = request.app.state.infrastructure
    return service


type Service = Annotated[InfrastructureService, Depends(infrastructure_service)]


@router.get("/status")
async def read_status(_: SystemReader, service: Service) -> StatusOut:
    """Say how the GPU machines at Lambda are and what they cost; a minute old at most."""
    return await service.status()


@router.get("/costs")
async def read_costs(
    _: SystemReader, service: Service, days: Annotated[int, Query(ge=1, le=366)] = 30
) -> CostsOut:
    """Say what the GPU machines have cost, by hours up to three days, else by days."""
    return await service.costs(days=days)
