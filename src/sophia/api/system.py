"""What is there: models, tools, MCP servers, metrics."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from sophia.api.health import HealthDep
from sophia.core.ports import Toolbox
from sophia.identity.guard import ChatReader, MetricsReader, SystemReader, ToolsReader
from sophia.kit import metrics
from sophia.llm.catalogue import ModelCatalogue

router = APIRouter(tags=["system"])


class ModelOut(BaseModel):
    """A model that answers here."""

    name: str
    provider: str
    is_default: bool


class ModelsOut(BaseModel):
    """The models, the default one first."""

    items: list[ModelOut]


class ToolOut(BaseModel):
    """A tool on offer."""

    name: str
    title: str | None
    description: str
    input_schema: dict[str, object]
    is_read_only: bool
    is_idempotent: bool
    is_destructive: bool
    missing: str | None = Field(description="What to set; until then it is offered to nobody.")


class ToolsOut(BaseModel):
    """The tools of all servers."""

    items: list[ToolOut]


class McpServerOut(BaseModel):
    """How one MCP server is. `not_served`: this version does not have it yet."""

    port: int
    status: str
    configured: bool
    tools: int
    latency_ms: float | None
    error: str | None = None
    missing: str | None = Field(default=None, description="What to set so that it is configured.")


class McpStatusOut(BaseModel):
    """How the eight MCP servers are."""

    servers: dict[str, McpServerOut]
    running: int
    total: int
    health_percentage: float


async def models_of(connection: HTTPConnection) -> ModelCatalogue:
    """Give the models that the API process found."""
    models: ModelCatalogue = connection.app.state.models
    return models


async def toolbox_of(connection: HTTPConnection) -> Toolbox:
    """Give the toolbox that the API process was wired with."""
    toolbox: Toolbox = connection.app.state.toolbox
    return toolbox


@router.get("/api/v1/models")
async def list_models(
    _viewer: ChatReader, models: Annotated[ModelCatalogue, Depends(models_of)]
) -> ModelsOut:
    """List the models, the default one first."""
    names = sorted(models.names, key=lambda name: name != models.default)
    return ModelsOut(
        items=[
            ModelOut(
                name=name, provider=models.provider_of(name), is_default=name == models.default
            )
            for name in names
        ]
    )


@router.get("/api/v1/tools")
async def list_tools(
    _viewer: ToolsReader, toolbox: Annotated[Toolbox, Depends(toolbox_of)]
) -> ToolsOut:
    """List the tools of all servers that are there now."""
    return ToolsOut(
        items=[
            ToolOut(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=dict(tool.input_schema),
                is_read_only=tool.is_read_only,
                is_idempotent=tool.is_idempotent,
                is_destructive=tool.is_destructive,
                missing=tool.missing,
            )
            for tool in await toolbox.list_tools()
        ]
    )


@router.get("/api/v1/mcp/status")
async def mcp_status(_viewer: SystemReader, health: HealthDep) -> McpStatusOut:
    """Say how the eight MCP servers are; those not served yet say so."""
    servers = await health.servers()
    running = sum(server.status in {"healthy", "degraded"} for server in servers)
    return McpStatusOut(
        servers={
            server.name: McpServerOut(
                port=server.port,
                status=server.status,
                configured=server.configured,
                tools=server.tools,
                latency_ms=server.latency_ms,
                error=server.error,
                missing=server.missing,
            )
            for server in servers
        },
        running=running,
        total=len(servers),
        health_percentage=round(100 * running / len(servers), 1),
    )


@router.get("/metrics", include_in_schema=True, response_class=Response)
async def read_metrics(_viewer: MetricsReader) -> Response:
    """Give the metrics in Prometheus' text format."""
    page, content_type = metrics.exposition()
    return Response(page, headers={"Content-Type": content_type})
