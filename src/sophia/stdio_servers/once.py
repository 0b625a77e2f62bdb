"""A command that is run once, to its end, under the same limits as a server."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass

from sophia.stdio_servers.command import Command, Limits, under_warden
from sophia.stdio_servers.errors import StdioServerError

LATE = "deadline"
_UNTOLD = "nobody knows what"  # the warden was killed
_PIECE_BYTES = 64 * 1024
_KILL_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a command wrote, and how it ended: `exit 0`, `signal 11`, `memory`, LATE and so on."""

    output: bytes
    errors: bytes
    ending: str
    is_cut: bool


async def run_once(
    command: Command, *, limits: Limits, timeout_s: float, max_bytes: int = 4 * 1024 * 1024
) -> Ended:
    """Run a command without input; of what it writes so much is kept. Raises StdioServerError."""
    heard, report = os.pipe()
    os.set_blocking(heard, False)
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *under_warden(command, limits, report=report),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=command.whole_environment(),
                cwd=command.home,
                pass_fds=(report,),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise StdioServerError(f"{command.name} cannot be started: {error}.") from error
        finally:
            os.close(report)
        output, errors, is_late = bytearray(), bytearray(), False
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(
                    _keep(process.stdout, output, max_bytes), _keep(process.stderr, errors, 65536)
                )
                await process.wait()
        except TimeoutError:
            is_late = True
        finally:
            await asyncio.shield(_end(process, within_s=limits.stop_timeout_s + _KILL_TIMEOUT_S))
        return Ended(
            output=bytes(output[:max_bytes]),
            errors=bytes(errors),
            ending=LATE if is_late else _read_report(heard),
            is_cut=len(output) > max_bytes,
        )
    finally:
        os.close(heard)


async def _keep(stream: asyncio.StreamReader | None, kept: bytearray, max_bytes: int) -> None:
    """Take all that comes, for else it could not end, and keep the beginning."""
    while stream is not None and (piece := await stream.read(_PIECE_BYTES)):
        if len(kept) <= max_bytes:
            kept += piece


async def _end(process: asyncio.subprocess.Process, *, within_s: float) -> None:
    """End the warden, which ends the tree below it."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(within_s):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _read_report(heard: int) -> str:
    try:
        return os.read(heard, 64).decode() or _UNTOLD
    except BlockingIOError:
        return _UNTOLD
