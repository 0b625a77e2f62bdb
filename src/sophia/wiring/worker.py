"""What the worker process runs."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from sophia.agent.budget import Budget
from sophia.approvals.gate import PostgresGate
from sophia.attachments.service import AttachmentUpkeep
from sophia.chat.ledger import Ledger
from sophia.chat.tasks import TurnRunner
from sophia.chat.titles import Titler
from sophia.core import registry
from sophia.core.ports import Model
from sophia.dispatch.dispatcher import Dispatcher
from sophia.dispatch.repository import PostgresLeases
from sophia.dispatch.signals import STORED
from sophia.documents import tasks as documents
from sophia.extraction.reader import Extractor
from sophia.gateway.bridge import Bridge
from sophia.idempotency import service as idempotency
from sophia.jobs.runner import Job, JobRunner, Task
from sophia.limits.tools import LimitedToolbox
from sophia.llm.builtin.assistant import BuiltinAssistant
from sophia.llm.fallback import WithFallback
from sophia.mcp_servers.children import Children
from sophia.memory import learning
from sophia.memory import tasks as memory
from sophia.memory.learning import Learner
from sophia.memory.screening import Screen
from sophia.memory.service import MemoryService
from sophia.outgoing.client import open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.schedules.tasks import ScheduleRunner
from sophia.settings import Settings
from sophia.store.user_database import UserDatabase
from sophia.stream.writer import StreamWriter
from sophia.wiring.hooks import hook_runner
from sophia.wiring.infrastructure import infrastructure_service
from sophia.wiring.shared import Shared, mcp_server_seal, open_redis, open_shared, run_beside

_LEARNING_POOL = 2  # of as many jobs as run at once, most wait for a model


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the worker process runs."""

    dispatcher: Dispatcher
    jobs: JobRunner
    listen: Callable[[], Coroutine[None, None, None]]
    is_listening: asyncio.Event
    bridge: Bridge


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncGenerator[WorkerParts]:
    """Open what the worker process needs, and close it again."""
    async with AsyncExitStack() as stack:
        shared = await open_shared(settings, stack, process="worker")
        writer = StreamWriter(
            await open_redis(settings, stack, shared.presence),
            shared.presence,
            tell_stored=partial(shared.signals.send, STORED),
        )
        await run_beside(stack, writer.run())
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
                recall_tokens=settings.memory_recall_tokens,
            ),
            clock=shared.clock,
            learns=settings.memory_learning,
        )
        dispatcher = Dispatcher(
            shared.queue,
            PostgresLeases(shared.database),
            runner.run,
            worker=shared.worker,
            concurrency=settings.worker_concurrency,
            clock=shared.clock,
        )
        children = Children(
            shared.database,
            mcp_server_seal(settings),
            url=f"http://127.0.0.1:{settings.port(registry.WORKER_PORT)}",
            folder=settings.home / "mcp",
            clock=shared.clock,
        )
        stack.push_async_callback(children.close)
        await run_beside(stack, children.run())
        is_listening = asyncio.Event()
        yield WorkerParts(
            dispatcher=dispatcher,
            jobs=JobRunner(
                settings.database_url,
                _jobs(settings, shared, await _indexer(settings, stack, shared)),
                clock=shared.clock,
                tasks=[Task(learning.ABSORB, open_learner(settings, shared, stack).absorb)],
            ),
            listen=lambda: shared.signals.listen(dispatcher.on_signal, ready=is_listening),
            is_listening=is_listening,
            bridge=Bridge(children.find, shared.identity),
        )


def open_learner(settings: Settings, shared: Shared, stack: AsyncExitStack) -> Learner:
    """Open what learns from turns, and close it with the stack."""
    owned = UserDatabase(settings.database_url, pool_size=_LEARNING_POOL)
    stack.push_async_callback(owned.close)
    screen = Screen(settings.memory_secrets, settings.memory_personal_data)
    return Learner(
        shared.database,
        owned,
        MemoryService(owned, shared.database, shared.clock, screen=screen),
        shared.models.language_model,
        screen=screen,
        clock=shared.clock,
    )


async def _indexer(
    settings: Settings, stack: AsyncExitStack, shared: Shared
) -> documents.DocumentIndexer:
    max_bytes = settings.memory_document_max_bytes
    client = open_client(
        allowed=AllowedHosts.parse(settings.outgoing_allowed_hosts),
        caps=documents.fetch_caps(max_bytes),
    )
    return documents.DocumentIndexer(
        database=shared.database,
        http=await stack.enter_async_context(client),
        extractor=Extractor(documents.BOUNDS),
        screen=Screen(settings.memory_secrets, settings.memory_personal_data),
        max_bytes=max_bytes,
        clock=shared.clock,
    )


def _jobs(settings: Settings, shared: Shared, indexer: documents.DocumentIndexer) -> list[Job]:
    sweep = partial(idempotency.sweep, shared.database, shared.clock)
    schedules = ScheduleRunner(shared.database, shared.queue, clock=shared.clock)
    hooks = hook_runner(settings, shared)
    jobs = [
        Job("identity.prune", "17 * * * *", shared.identity.prune),
        Job("schedules.fire", "* * * * * */5", schedules.fire),
        Job("hooks.handle", "* * * * * */2", hooks.handle),
        Job("hooks.prune", "53 3 * * *", hooks.prune),
        Job("infrastructure.sample", "*/5 * * * *", infrastructure_service(shared).sample),
        Job("audit.seal", "* * * * * */10", shared.journal.seal),
        Job("idempotency.sweep", "37 * * * *", sweep),
        Job("memory.prune", "47 * * * *", partial(memory.prune, shared.database, shared.clock)),
        Job("documents.index", "* * * * * */2", indexer.run),
        Job("attachments.prune", "29 * * * *", AttachmentUpkeep(shared.database).prune),
    ]
    if settings.model_titles:
        titler = Titler(shared.database, shared.models.language_model)
        jobs.append(Job("chat.title", "* * * * * */5", titler.run))
    return jobs
