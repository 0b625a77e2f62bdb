"""A scripted provider as a process of its own, for benchmarks and for trying things out by hand.

python -m tests.support.providers_serve --pieces 100 --pause-s 0.02
"""

import argparse
import asyncio
import sys

from tests.support.providers import Reply, scripted_anthropic, scripted_openai

_DIALECTS = {"openai": scripted_openai, "anthropic": scripted_anthropic}


async def serve(*, dialect: str, port: int, reply: Reply) -> None:
    """Answer every request with the same reply until the process is ended."""
    async with _DIALECTS[dialect](port=port) as provider:
        provider.default = reply
        provider.is_recording = False
        sys.stdout.write(f"{provider.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialect", choices=sorted(_DIALECTS), default="openai")
    parser.add_argument("--port", type=int, default=0, help="0: any free one; its URL is printed")
    parser.add_argument("--pieces", type=int, default=100, help="chunks of text in each answer")
    parser.add_argument("--pause-s", type=float, default=0.0, help="before each event")
    options = parser.parse_args()
    reply = Reply(pieces=(" word",) * options.pieces, pause_s=options.pause_s)
    asyncio.run(serve(dialect=options.dialect, port=options.port, reply=reply))


if __name__ == "__main__":
    main()
