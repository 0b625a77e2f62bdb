"""The one place that picks adapters and brings the parts of a process together."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp
from redis.asyncio import Redis

from sophia.agent.budget import Budget
from sophia.approvals.gate import PostgresGate
from sophia.approvals.service import ApprovalService
from sophia.archive.service import ArchiveService
from sophia.attachments.reading import FileReader
from sophia.attachments.service import AttachmentService, AttachmentUpkeep
from sophia.audit.journal import Journal
from sophia.chat.following import Follower
from sophia.chat.ledger import Ledger
from sophia.chat.service import ChatService
from sophia.chat.tasks import TurnRunner
from sophia.chat.titles import Titler
from sophia.core import registry
from sophia.core.ports import Model, Toolbox
from sophia.dispatch.dispatcher import Dispatcher
from sophia.dispatch.queue import RedisTurnQueue
from sophia.dispatch.repository import PostgresLeases
from sophia.dispatch.signals import Signals
from sophia.federation.provider import OpenIdProvider
from sophia.federation.provider import open_session as open_oidc_session
from sophia.federation.schemas import ProviderConfig
from sophia.federation.service import FederationService
from sophia.idempotency import service as idempotency
from sophia.idempotency.service import IdempotencyService
from sophia.identity.admission import Admission
from sophia.identity.service import IdentityService
from sophia.jobs.runner import Job, JobRunner
from sophia.kit import log
from sophia.kit.clock import Clock, SystemClock
from sophia.kit.tokens import Signer, Verifier
from sophia.limits.attempts import SharedAttempts
from sophia.limits.limiter import Limiter, Quotas
from sophia.limits.tools import LimitedToolbox
from sophia.limits.way import Way
from sophia.llm.builtin.assistant import BuiltinAssistant
from sophia.llm.catalogue import ModelCatalogue, build_models
from sophia.llm.deadlines import Deadlines
from sophia.llm.discovery import ModelSources, discover
from sophia.llm.fallback import WithFallback
from sophia.llm.provider import open_session
from sophia.people.service import PeopleService
from sophia.schedules.service import Limits, ScheduleService
from sophia.schedules.tasks import ScheduleRunner
from sophia.settings import Settings
from sophia.store import redis as redis_store
from sophia.store.database import ANSWER_WITHIN_S, Database
from sophia.store.user_database import UserDatabase
from sophia.stream.reader import StreamReader
from sophia.stream.writer import StreamWriter, drop_streams
from sophia.toolbox.probe import ServerProbe
from sophia.toolbox.toolbox import Endpoint, McpToolbox

_BLOCKING_READ_TIMEOUT_S = 2.0  # a blocking read takes up to one
# A client is told within two seconds that the database is away.
_API_ANSWER_WITHIN_S = 1.7
_FILE_WITHIN_S = 15.0

_logger = log.get("wiring")


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the API process serves with."""

    database: Database
    redis: Redis
    identity: IdentityService
    federation: FederationService
    chat: ChatService
    archive: ArchiveService
    attachments: AttachmentService
    approvals: ApprovalService
    schedules: ScheduleService
    journal: Journal
    people: PeopleService
    toolbox: Toolbox
    servers: ServerProbe
    models: ModelCatalogue
    admission: Admission
    idempotency: IdempotencyService
    allowed_origins: frozenset[str]
    console_url: str
    metrics_token: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker process runs."""

    dispatcher: Dispatcher
    jobs: JobRunner
    listen: Callable[[], Coroutine[None, None, None]]
    is_listening: asyncio.Event


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncGenerator[ApiParts]:
    """Open what the API process needs, and close it again."""
    async with AsyncExitStack() as stack:
        shared = await _open_shared(
            settings, stack, process="api", answer_within_s=_API_ANSWER_WITHIN_S
        )
        reader = StreamReader(
            await _redis(settings, stack, is_blocking=True), shared.redis, clock=shared.clock
        )
        await _background(stack, reader.run())
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
        yield ApiParts(
            database=shared.database,
            redis=shared.redis,
            identity=shared.identity,
            federation=await _federation(settings, stack, shared),
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
            archive=ArchiveService(unhurried, clock=shared.clock),
            attachments=AttachmentService(
                unhurried,
                FileReader(),
                max_bytes=settings.attachment_max_bytes,
                quota_bytes=settings.attachment_quota_bytes,
                clock=shared.clock,
            ),
            approvals=ApprovalService(owned, shared.database, shared.queue),
            journal=shared.journal,
            people=PeopleService(shared.database, shared.identity, shared.clock),
            toolbox=shared.toolbox,
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
            allowed_origins=_origins(settings),
            console_url=settings.console_url.rstrip("/"),
            metrics_token=settings.secret("metrics_token"),
            clock=shared.clock,
        )


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncGenerator[WorkerParts]:
    """Open what the worker process needs, and close it again."""
    async with AsyncExitStack() as stack:
        shared = await _open_shared(settings, stack, process="worker")
        writer = StreamWriter(await _redis(settings, stack))
        await _background(stack, writer.run())
        stack.push_async_callback(writer.drained)
        builtin = BuiltinAssistant()

        def choose_model(name: str | None, message: str) -> Model:
            # A slash command names its tool itself: no model is asked.
            if message.startswith("/"):
                return builtin
            model = shared.models.get(name)
            # Who names a model wants that one or none.
            if name or model.name == builtin.name:
                return model
            return WithFallback(model, builtin, shared.models.provider_of(model.name))

        runner = TurnRunner(
            ledger=Ledger(shared.database),
            sink=writer,
            queue=shared.queue,
            toolbox=LimitedToolbox(shared.toolbox, shared.limiter, quota=settings.limit_tool),
            gate=PostgresGate(
                shared.database,
                timeout_s=settings.approval_timeout_s,
                taint_exempt=settings.taint_exempt,
                clock=shared.clock,
            ),
            choose_model=choose_model,
            budget=Budget(
                max_steps=settings.turn_max_steps,
                max_tokens=settings.turn_max_tokens,
                timeout_s=settings.turn_timeout_s,
                tool_timeout_s=settings.tool_timeout_s,
            ),
            clock=shared.clock,
        )
        dispatcher = Dispatcher(
            shared.queue,
            PostgresLeases(shared.database),
            runner.run,
            worker=shared.worker,
            concurrency=settings.worker_concurrency,
            clock=shared.clock,
        )
        is_listening = asyncio.Event()
        yield WorkerParts(
            dispatcher=dispatcher,
            jobs=JobRunner(
                settings.database_url,
                _jobs(settings, shared),
                clock=shared.clock,
            ),
            listen=lambda: shared.signals.listen(dispatcher.on_signal, ready=is_listening),
            is_listening=is_listening,
        )


def _jobs(settings: Settings, shared: "_Shared") -> list[Job]:
    sweep = partial(idempotency.sweep, shared.database, shared.clock)
    schedules = ScheduleRunner(shared.database, shared.queue, clock=shared.clock)
    jobs = [
        Job("identity.prune", "17 * * * *", shared.identity.prune),
        Job("schedules.fire", "* * * * * */5", schedules.fire),
        Job("audit.seal", "* * * * * */10", shared.journal.seal),
        Job("idempotency.sweep", "37 * * * *", sweep),
        Job("attachments.prune", "29 * * * *", AttachmentUpkeep(shared.database).prune),
    ]
    if settings.model_titles:
        titler = Titler(shared.database, shared.models.language_model)
        jobs.append(Job("chat.title", "* * * * * */5", titler.run))
    return jobs


@dataclass(frozen=True, slots=True)
class _Shared:
    database: Database
    redis: Redis
    identity: IdentityService
    journal: Journal
    limiter: Limiter
    queue: RedisTurnQueue
    signals: Signals
    toolbox: McpToolbox
    models: ModelCatalogue
    worker: str
    clock: Clock


async def _open_shared(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    process: str,
    answer_within_s: float = ANSWER_WITHIN_S,
) -> _Shared:
    clock = SystemClock()
    database = Database(
        settings.database_url,
        pool_size=settings.database_pool_size,
        answer_within_s=answer_within_s,
    )
    stack.push_async_callback(database.close)
    signer = Signer(settings.secret("signing_key"))
    way = Way(await _redis(settings, stack), clock=clock)
    replicas = settings.limit_replicas
    identity = IdentityService(
        database,
        signer=signer,
        verifier=Verifier(signer.public_pem),
        pepper=settings.secret("pepper"),
        clock=clock,
        attempts=SharedAttempts(way, replicas=replicas, clock=clock),
    )
    signals = Signals(database, url=settings.database_url, clock=clock, name=f"sophia-{process}")
    worker = f"{socket.gethostname()}:{os.getpid()}"
    session = await stack.enter_async_context(open_session())
    toolbox = McpToolbox(
        [
            Endpoint(name=server.name, url=f"http://127.0.0.1:{settings.port(server.port)}/mcp")
            for server in registry.MCP_SERVERS.values()
            if server.is_served
        ],
        mint=identity.mint_tool_token,
        clock=clock,
        port_base=settings.port_base,
    )
    stack.push_async_callback(toolbox.close)
    redis = await _redis(settings, stack)
    return _Shared(
        database=database,
        redis=redis,
        identity=identity,
        journal=Journal(database, pepper=settings.secret("pepper")),
        limiter=Limiter(way, replicas=replicas, clock=clock),
        queue=RedisTurnQueue(
            await _redis(settings, stack, is_blocking=True),
            redis,
            worker=worker,
            clock=clock,
            notify=signals.offer,
        ),
        signals=signals,
        toolbox=toolbox,
        models=await _find_models(settings, session, clock),
        worker=worker,
        clock=clock,
    )


async def _federation(
    settings: Settings, stack: AsyncExitStack, shared: _Shared
) -> FederationService:
    """Sign people in through an OpenID provider, where one is configured."""
    provider = None
    if settings.oidc_issuer and settings.oidc_client_id:
        config = ProviderConfig(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            redirect_uri=f"{settings.console_url.rstrip('/')}/api/v1/auth/oidc/callback",
            name=settings.oidc_name,
            scopes=settings.oidc_scopes,
            default_role=settings.oidc_default_role,
            role_claim=settings.oidc_role_claim,
            roles=settings.oidc_role_pairs,
            allowed_domains=settings.oidc_domains,
            admits_unknown=settings.oidc_admits_unknown,
        )
        session = await stack.enter_async_context(open_oidc_session())
        provider = OpenIdProvider(config, session=session, clock=shared.clock)
    return FederationService(
        shared.database,
        identity=shared.identity,
        provider=provider,
        pepper=settings.secret("pepper"),
        clock=shared.clock,
    )


async def _find_models(
    settings: Settings, session: aiohttp.ClientSession, clock: Clock
) -> ModelCatalogue:
    found = await discover(_sources(settings), session=session)
    for problem in found.problems:
        say = _logger.debug if problem.is_absent else _logger.warning
        say("models.discovery.failed", provider=problem.provider, reason=problem.reason)
    deadlines = Deadlines(
        first_chunk_s=settings.model_first_chunk_timeout_s,
        gap_s=settings.model_gap_timeout_s,
        total_s=settings.model_total_timeout_s,
    )
    vision = [one.strip().lower() for one in settings.vision_models.split(",") if one.strip()]
    models = build_models(found, session=session, deadlines=deadlines, clock=clock, vision=vision)
    return ModelCatalogue([*models, BuiltinAssistant()], default=settings.model)


def _sources(settings: Settings) -> ModelSources:
    openai, anthropic = settings.openai_api_key, settings.anthropic_api_key
    return ModelSources(
        openai_api_key=openai.get_secret_value() if openai else None,
        openai_base_url=settings.openai_base_url,
        anthropic_api_key=anthropic.get_secret_value() if anthropic else None,
        anthropic_base_url=settings.anthropic_base_url,
        ollama_url=settings.ollama_url,
        vllm_url=settings.vllm_url,
        wanted=settings.model,
    )


async def _redis(settings: Settings, stack: AsyncExitStack, *, is_blocking: bool = False) -> Redis:
    client = redis_store.connect(
        settings.redis_url,
        read_timeout_s=_BLOCKING_READ_TIMEOUT_S if is_blocking else redis_store.READ_TIMEOUT_S,
    )
    stack.push_async_callback(client.aclose)
    return client


async def _background(stack: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    """Run something beside the process's main work until the stack closes."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


def _origins(settings: Settings) -> frozenset[str]:
    ports = (settings.port(registry.API_PORT), settings.port(registry.CONSOLE_PORT))
    local = {f"http://{host}:{port}" for host in ("127.0.0.1", "localhost") for port in ports}
    return frozenset({*local, settings.console_url.rstrip("/")})
