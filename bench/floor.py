"""The floor: a bare FastAPI app that passes a provider's bytes through, and nothing else."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse


def build(provider_url: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            app.state.session = session
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/chat")
    async def chat(request: Request) -> StreamingResponse:
        body = await request.body()

        async def through() -> AsyncGenerator[bytes]:
            session: aiohttp.ClientSession = request.app.state.session
            url = f"{provider_url}/chat/completions"
            headers = {"Content-Type": "application/json"}
            async with session.post(url, data=body, headers=headers) as response:
                async for data in response.content.iter_any():
                    yield data

        return StreamingResponse(through(), media_type="text/event-stream")

    return app


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
        loop="uvloop",
    )
