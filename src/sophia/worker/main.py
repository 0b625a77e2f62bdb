"""The worker process: turns, jobs, and a small port for its health and figures."""

import asyncio
import contextlib
import hmac
import signal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sophia.core import registry
from sophia.kit import log, metrics
from sophia.settings import Settings
from sophia.wiring.worker import WorkerParts, open_worker

_logger = log.get("worker")


def run(settings: Settings) -> None:
    """Run turns and jobs until told to stop."""
    log.set_up(level=settings.log_level, process="worker")
    config = uvicorn.Config(Starlette(), loop="uvloop")
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    async with open_worker(settings) as parts:
        port = uvicorn.Server(
            uvicorn.Config(
                _port_app(settings, parts, told_to_stop),
                host="127.0.0.1",
                port=settings.port(registry.WORKER_PORT),
                log_config=None,
                access_log=False,
                lifespan="off",
            )
        )
        hearing = asyncio.create_task(parts.listen())  # to the end: turns that drain can be stopped
        tasks = [
            asyncio.create_task(parts.dispatcher.run()),
            asyncio.create_task(parts.jobs.run()),
        ]
        listening = asyncio.create_task(_listen(port))
        stopped = asyncio.create_task(told_to_stop.wait())
        done, _ = await asyncio.wait(
            [*tasks, hearing, listening, stopped], return_when=asyncio.FIRST_COMPLETED
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await parts.dispatcher.drain(timeout_s=settings.drain_timeout_s)
        port.should_exit = True
        hearing.cancel()
        await asyncio.gather(hearing, listening, return_exceptions=True)
        for task in done - {stopped}:
            task.result()  # raises what ended the worker before it was told to stop


async def _listen(port: uvicorn.Server) -> None:
    # uvicorn would take the signals for itself: here the worker decides when it is over.
    port.capture_signals = contextlib.nullcontext  # pyright: ignore[reportAttributeAccessIssue]  # its own seam for embedding
    await port.serve()


def _port_app(settings: Settings, parts: WorkerParts, draining: asyncio.Event) -> Starlette:
    expected = f"Bearer {settings.secret('metrics_token')}"

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "alive", "turns": parts.dispatcher.running})

    async def ready(_request: Request) -> Response:
        if draining.is_set():
            return JSONResponse({"status": "draining"}, 503)
        if not parts.is_listening.is_set():
            return JSONResponse({"status": "unavailable"}, 503)
        return JSONResponse({"status": "ready"})

    async def figures(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            return JSONResponse({"status": 401}, 401, {"WWW-Authenticate": "Bearer"})
        page, content_type = metrics.exposition()
        return Response(page, headers={"Content-Type": content_type})

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", figures),
            Route("/mcp/{server}", parts.bridge.answer, methods=["POST"]),
        ]
    )
