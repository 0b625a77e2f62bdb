"""Lays a text before the analysers of its language, each in a child that can do little."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import orjson
from pydantic import BaseModel, Field, ValidationError

from sophia.servers.codacy.analysis.analysers import ANALYSERS, Analyser
from sophia.servers.codacy.analysis.findings import Finding
from sophia.servers.codacy.analysis.languages import Language
from sophia.servers.codacy.analysis.reports import NotParsedError
from sophia.servers.codacy.errors import CodeTooLargeError
from sophia.stdio_servers.command import Command, Limits
from sophia.stdio_servers.once import LATE, Ended, run_once

MAX_BYTES = 1024 * 1024
_AT_ONCE = 2
_TIMEOUT_S = 40.0  # a busy machine is slow; processor time is bounded more tightly
_LIMITS = Limits(
    memory_bytes=1024**3,
    processes=16,
    open_files=256,
    cpu_s=20,
    file_bytes=8 * 1024 * 1024,
    look_every_s=0.2,
    stop_timeout_s=0.5,
    has_network=False,
)
_TOLD_CHARS = 200


class Run(BaseModel):
    """What became of an analyser."""

    tool: str
    state: Literal["ran", "not_installed", "failed"]
    note: str | None = Field(default=None, description="Why it did not run, and what to do.")


class Workbench:
    """Analyses texts, two children at a time; the others wait their turn."""

    def __init__(
        self,
        *,
        analysers: Sequence[Analyser] = ANALYSERS,
        timeout_s: float = _TIMEOUT_S,
        limits: Limits = _LIMITS,
    ) -> None:
        """Take the analysers, and how much each may take."""
        self._analysers = analysers
        self._timeout_s = timeout_s
        self._limits = limits
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def analyse(self, text: bytes, language: Language) -> tuple[list[Finding], list[Run]]:
        """Give all findings, and what became of each analyser; raises CodeTooLargeError."""
        if len(text) > MAX_BYTES:
            raise CodeTooLargeError(
                f"{len(text):,} bytes are more than the {MAX_BYTES:,} that are analysed at once:"
                " pass a part of it."
            )
        chosen = [one for one in self._analysers if language.kind in one.kinds]
        done = await asyncio.gather(*(self._run(one, text, language) for one in chosen))
        return [finding for findings, _ in done for finding in findings], [run for _, run in done]

    async def _run(
        self, analyser: Analyser, text: bytes, language: Language
    ) -> tuple[list[Finding], Run]:
        command = analyser.command(language)
        if command is None:
            return [], Run(
                tool=analyser.name,
                state="not_installed",
                note=f"It was not run: the operator installs it ({analyser.install}).",
            )
        async with self._turns:
            ended = await self._ended(analyser.name, command, text, language)
        return _read(analyser, ended)

    async def _ended(self, name: str, command: list[str], text: bytes, language: Language) -> Ended:
        with tempfile.TemporaryDirectory(prefix="sophia-analysis-") as folder:
            home = Path(folder)
            (home / language.file).write_bytes(text)
            (home / ".oxlintrc.json").write_bytes(b"{}")  # the nearest one is heeded
            return await run_once(
                Command(name=name, command=command[0], arguments=tuple(command[1:]), home=home),
                limits=self._limits,
                timeout_s=self._timeout_s,
            )


def _read(analyser: Analyser, ended: Ended) -> tuple[list[Finding], Run]:
    """Read an answer, or say why there is none: an analyser may fail on what is no code."""
    # By 1 most say that they found something, and Python that it crashed.
    if ended.ending != "exit 0" and not (ended.ending == "exit 1" and ended.output):
        why = "It took too long" if ended.ending == LATE else f"It ended by {ended.ending}"
        return [], _failed(analyser, why, ended.errors.decode(errors="replace"))
    if ended.is_cut:
        return [], _failed(analyser, "It found more than can be taken in")
    try:
        return analyser.read(ended.output), Run(tool=analyser.name, state="ran")
    except NotParsedError as error:
        return [], _failed(analyser, "It could not parse the code", str(error))
    except (orjson.JSONDecodeError, ValidationError, LookupError, TypeError) as error:
        return [], _failed(analyser, "It answered in an unknown form", repr(error))


def _failed(analyser: Analyser, why: str, told: str = "") -> Run:
    words = " ".join(told[-4 * _TOLD_CHARS :].split())[-_TOLD_CHARS:]
    return Run(tool=analyser.name, state="failed", note=f"{why}{f': {words}' if words else '.'}")
