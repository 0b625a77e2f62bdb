"""What the API process serves with."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from redis.asyncio import Redis

from sophia.approvals.service import ApprovalService
from sophia.archive.service import ArchiveService
from sophia.attachments.reading import FileReader
from sophia.attachments.service import AttachmentService
from sophia.audit.journal import Journal
from sophia.chat.following import Follower
from sophia.chat.service import ChatService
from sophia.core.ports import Toolbox
from sophia.dispatch.signals import STORED
from sophia.documents.service import DocumentService
from sophia.federation.service import FederationService
from sophia.gateway.service import Gateway, OverrideService
from sophia.hooks.service import HookService
from sophia.idempotency.service import IdempotencyService
from sophia.identity.admission import Admission
from sophia.identity.service import IdentityService
from sophia.infrastructure.service import InfrastructureService
from sophia.kit.clock import Clock
from sophia.kit.sealing import Seal
from sophia.limits.limiter import Quotas
from sophia.llm.catalogue import ModelCatalogue
from sophia.mcp_servers.service import McpServerService
from sophia.memory.exchange import MemoryExchange
from sophia.memory.graph import KnowledgeGraph
from sophia.memory.screening import Screen
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.oauth.service import OAuthService
from sophia.people.service import PeopleService
from sophia.pins.service import PinService
from sophia.schedules.service import Limits, ScheduleService
from sophia.settings import Settings
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from sophia.stream.reader import StreamReader
from sophia.stream.writer import drop_streams
from sophia.toolbox.probe import ServerProbe
from sophia.wiring.gateway import hosts_of, open_gateway
from sophia.wiring.hooks import hook_service
from sophia.wiring.infrastructure import infrastructure_service
from sophia.wiring.shared import open_redis, open_shared, run_beside
from sophia.wiring.sign_in import open_federation, open_oauth, origins_of

# A client is told within two seconds that the database is away.
_API_ANSWER_WITHIN_S = 1.7
_FILE_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the API process serves with."""

    database: Database
    redis: Redis
    identity: IdentityService
    federation: FederationService
    oauth: OAuthService
    chat: ChatService
    archive: ArchiveService
    attachments: AttachmentService
    approvals: ApprovalService
    schedules: ScheduleService
    hooks: HookService
    infrastructure: InfrastructureService
    memories: MemoryService
    memory_upkeep: MemoryUpkeep
    memory_exchange: MemoryExchange
    knowledge_graph: KnowledgeGraph
    documents: DocumentService
    journal: Journal
    people: PeopleService
    toolbox: Toolbox
    gateway: Gateway
    overrides: OverrideService
    mcp_servers: McpServerService
    pins: PinService
    gateway_hosts: frozenset[str]
    servers: ServerProbe
    models: ModelCatalogue
    admission: Admission
    idempotency: IdempotencyService
    allowed_origins: frozenset[str]
    console_url: str
    metrics_token: str
    clock: Clock


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncGenerator[ApiParts]:
    """Open what the API process needs, and close it again."""
    async with AsyncExitStack() as stack:
        shared = await open_shared(
            settings, stack, process="api", answer_within_s=_API_ANSWER_WITHIN_S
        )
        reader = StreamReader(
            await open_redis(settings, stack, shared.presence, is_blocking=True),
            shared.redis,
            shared.presence,
            clock=shared.clock,
        )
        await run_beside(stack, reader.run())
        stored = shared.signals.listen(lambda _, turn_id: reader.look(turn_id), channels=(STORED,))
        await run_beside(stack, stored)
        owned = UserDatabase(
            settings.database_url,
            pool_size=settings.database_pool_size,
            answer_within_s=_API_ANSWER_WITHIN_S,
        )
        stack.push_async_callback(owned.close)
        # Whole conversations in one transaction: few at once, and each may take its time.
        unhurried = UserDatabase(settings.database_url, pool_size=2, answer_within_s=_FILE_WITHIN_S)
        stack.push_async_callback(unhurried.close)
        chat = ChatService(
            database=owned,
            queue=shared.queue,
            signals=shared.signals,
            follower=Follower(owned, reader, clock=shared.clock),
            check_model=shared.models.get,
            check_files=shared.models.check_files,
            list_tools=shared.toolbox.list_tools,
            drop_streams=partial(drop_streams, shared.redis),
            clock=shared.clock,
        )
        screen = Screen(settings.memory_secrets, settings.memory_personal_data)
        graph = KnowledgeGraph(unhurried, shared.clock, screen=screen)
        attachments = AttachmentService(
            unhurried,
            FileReader(),
            max_bytes=settings.attachment_max_bytes,
            quota_bytes=settings.attachment_quota_bytes,
            clock=shared.clock,
        )
        yield ApiParts(
            database=shared.database,
            redis=shared.redis,
            identity=shared.identity,
            federation=await open_federation(settings, stack, shared),
            oauth=await open_oauth(settings, stack, shared, owned),
            chat=chat,
            schedules=ScheduleService(
                owned,
                chat,
                Limits(
                    min_interval_s=settings.schedule_min_interval_s,
                    per_user=settings.schedules_per_user,
                ),
                clock=shared.clock,
            ),
            hooks=hook_service(settings, shared),
            infrastructure=infrastructure_service(shared),
            archive=ArchiveService(unhurried, attachments, clock=shared.clock),
            attachments=attachments,
            approvals=ApprovalService(owned, shared.database, shared.queue),
            memories=MemoryService(owned, shared.database, shared.clock, screen=screen),
            memory_upkeep=MemoryUpkeep(unhurried, shared.database, shared.clock, screen=screen),
            memory_exchange=MemoryExchange(unhurried, graph, shared.clock, screen=screen),
            knowledge_graph=graph,
            documents=DocumentService(
                unhurried,
                shared.database,
                shared.clock,
                max_bytes=settings.memory_document_max_bytes,
                screen=screen,
            ),
            journal=shared.journal,
            people=PeopleService(shared.database, shared.identity, shared.clock),
            toolbox=shared.toolbox,
            gateway=await open_gateway(settings, stack, shared),
            overrides=OverrideService(shared.database),
            mcp_servers=McpServerService(
                shared.database,
                shared.connections,
                Seal(settings.secret("pepper"), purpose="mcp server token"),
                shared.clock,
            ),
            pins=PinService(shared.database),
            gateway_hosts=hosts_of(settings),
            servers=shared.toolbox,
            models=shared.models,
            admission=Admission(
                shared.limiter,
                Quotas(
                    address=settings.limit_address, user=settings.limit_user, key=settings.limit_key
                ),
            ),
            idempotency=IdempotencyService(
                owned, pepper=settings.secret("pepper"), clock=shared.clock
            ),
            allowed_origins=origins_of(settings),
            console_url=settings.console_url.rstrip("/"),
            metrics_token=settings.secret("metrics_token"),
            clock=shared.clock,
        )
