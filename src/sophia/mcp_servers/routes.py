"""MCP servers of others over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response, status
from fastapi.responses import JSONResponse
from sqlalchemy import RowMapping

from sophia.identity.guard import AccountReader, AccountWriter, SystemReader, ToolsWriter
from sophia.mcp_servers.schemas import (
    NAME,
    LoginAnswerIn,
    LoginDoneOut,
    LoginsOut,
    LoginStartOut,
    ServerChange,
    ServerIn,
    ServerOut,
    ServersOut,
    ServerTestOut,
)
from sophia.mcp_servers.service import McpServerService
from sophia.toolbox.catalogue import Catalogue, Shelf

router = APIRouter(prefix="/api/v1/mcp", tags=["mcp"])
# It is no REST: logins read it.
api = APIRouter(include_in_schema=False)


async def mcp_server_service(request: Request) -> McpServerService:
    """Give the service that the process was wired with."""
    service: McpServerService = request.app.state.mcp_servers
    return service


async def catalogue_of(request: Request) -> Catalogue:
    """Give what this process knows of all servers."""
    catalogue: Catalogue = request.app.state.toolbox.catalogue
    return catalogue


type Servers = Annotated[McpServerService, Depends(mcp_server_service)]
type TheCatalogue = Annotated[Catalogue, Depends(catalogue_of)]
type Name = Annotated[str, Path(pattern=NAME, max_length=40)]


@router.get("/servers")
async def list_mcp_servers(
    _: SystemReader, servers: Servers, catalogue: TheCatalogue
) -> ServersOut:
    """List the MCP servers of others that are registered, and how they are found now."""
    shelves = {shelf.upstream.name: shelf for shelf in catalogue.known()}
    rows = await servers.all()
    return ServersOut(items=[_out(row, shelves.get(row["name"])) for row in rows])


@router.post("/servers", status_code=status.HTTP_201_CREATED)
async def add_mcp_server(viewer: ToolsWriter, servers: Servers, body: ServerIn) -> ServerOut:
    """Register an MCP server. Chat and the gateway have its tools within seconds."""
    return _out(await servers.add(viewer, body), None)


@router.patch("/servers/{name}")
async def switch_mcp_server(
    viewer: ToolsWriter, servers: Servers, name: Name, body: ServerChange
) -> ServerOut:
    """Use a registered server, or do not."""
    return _out(await servers.switch(viewer, name, is_enabled=body.is_enabled), None)


@router.post("/servers/{name}/test")
async def try_mcp_server(_: ToolsWriter, servers: Servers, name: Name) -> ServerTestOut:
    """Ask a registered server what it offers, now."""
    return await servers.test(name)


@router.delete("/servers/{name}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_mcp_server(viewer: ToolsWriter, servers: Servers, name: Name) -> None:
    """Forget a registered server and its token."""
    await servers.remove(viewer, name)


@router.post("/servers/{name}/login")
async def start_mcp_login(viewer: AccountWriter, servers: Servers, name: Name) -> LoginStartOut:
    """Begin to log in at a server at which everybody does; the browser goes to the URL."""
    return LoginStartOut(url=await servers.start_login(viewer, name))


@router.get("/logins")
async def list_mcp_logins(viewer: AccountReader, servers: Servers) -> LoginsOut:
    """List the servers at which everybody logs in, and whether the caller has."""
    return LoginsOut(items=list(await servers.logins(viewer)))


@router.post("/logins")
async def finish_mcp_login(
    viewer: AccountWriter, servers: Servers, body: LoginAnswerIn
) -> LoginDoneOut:
    """Take in what the browser came back with from a server's login."""
    return LoginDoneOut(server=await servers.finish_login(viewer, body))


@router.delete("/logins/{name}", status_code=status.HTTP_204_NO_CONTENT)
async def end_mcp_login(viewer: AccountWriter, servers: Servers, name: Name) -> None:
    """Forget the caller's login at a server."""
    await servers.log_out(viewer, name)


@api.get("/oauth/client.json")
async def own_client_document(servers: Servers) -> Response:
    """Say who Sophia is at the logins of others (a client id metadata document)."""
    return JSONResponse(servers.connections.logins.client_document())


def _out(row: RowMapping, shelf: Shelf | None) -> ServerOut:
    found: Literal["reached", "away", "disabled", "unknown"] = "unknown"
    if not row["is_enabled"]:
        found = "disabled"
    elif shelf is not None and shelf.failure is not None:
        found = "away"
    elif shelf is not None and shelf.listing is not None:
        found = "reached"
    listing = shelf.listing if shelf is not None else None
    return ServerOut(
        name=row["name"],
        url=row["url"],
        command=row["command"],
        wants_login=row["wants_login"],
        has_credentials=row["sealed_headers"] is not None,
        is_enabled=row["is_enabled"],
        created_at=row["created_at"],
        status=found,
        tools=len(listing.specs) if listing else 0,
        error=shelf.failure.message if shelf is not None and shelf.failure else None,
    )
