"""The tools that analyse code here, without an account."""

import asyncio
from typing import Any, Literal

from pydantic import Field

from sophia.servers.call import Call
from sophia.servers.codacy.analysis.findings import Finding, counted, score, worst_first
from sophia.servers.codacy.analysis.languages import LANGUAGES, Language, language, language_of
from sophia.servers.codacy.analysis.roots import Roots
from sophia.servers.codacy.analysis.sarif import sarif_of
from sophia.servers.codacy.analysis.workbench import MAX_BYTES, Run, Workbench
from sophia.servers.codacy.errors import FileRefusedError
from sophia.servers.errors import CursorInvalidError
from sophia.servers.output import Page, read_cursor, write_cursor
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import ANSWER_BYTES, LIST_BYTES, Cursor, Json, Limit, fitting
from sophia.servers.vendor.offering import Asked

_NAMES = ", ".join(LANGUAGES)
# SARIF says the same at greater length.
_SARIF_BYTES = LIST_BYTES // 2

type Form = Literal["findings", "sarif"]


class AnalyzeCode(Asked):
    """The arguments of analyze_code."""

    code: str = Field(min_length=1, max_length=MAX_BYTES)
    language: str = Field(max_length=50, description=f"One of {_NAMES}.")
    format: Form = Field(default="findings", description="sarif: as SARIF 2.1.0 instead.")
    limit: Limit = 50
    cursor: Cursor = None


class AnalyzeFile(Asked):
    """The arguments of analyze_file."""

    file_path: str = Field(
        min_length=1,
        max_length=4096,
        description="In one of the folders that the operator allows, or relative to it.",
    )
    language: str | None = Field(
        default=None, max_length=50, description="Where the file's name does not tell it."
    )
    format: Form = Field(default="findings", description="sarif: as SARIF 2.1.0 instead.")
    limit: Limit = 50
    cursor: Cursor = None


class Analysis(Page):
    """What the analysers found, the worst first."""

    language: str
    file: str
    lines: int
    score: int = Field(description="100 - 25 critical - 15 high - 5 medium, at least 0; of all.")
    counts: dict[str, int] = Field(description="All findings, by severity.")
    analyzers: list[Run] = Field(description="Those not run have looked for nothing.")
    findings: list[Finding]
    sarif: Json | None = None


class AnalysisTools:
    """What the tools do."""

    def __init__(self, workbench: Workbench, roots: Roots) -> None:
        """Take where code is analysed and which files may be read."""
        self._workbench = workbench
        self._roots = roots

    async def analyze_code(self, given: AnalyzeCode, _call: Call) -> Analysis:
        """Analyse a text."""
        known = language(given.language)
        text = given.code.encode(errors="replace")
        return await self._analysis(text, known, known.file, given)

    async def analyze_file(self, given: AnalyzeFile, _call: Call) -> Analysis:
        """Analyse a file inside the roots."""
        name, data = await asyncio.to_thread(self._roots.read, given.file_path, max_bytes=MAX_BYTES)
        known = language(given.language) if given.language else language_of(name)
        if b"\0" in data:
            raise FileRefusedError(f"{given.file_path} is no text: name a source file.")
        return await self._analysis(data, known, name, given)

    async def _analysis(
        self, text: bytes, known: Language, name: str, given: AnalyzeCode | AnalyzeFile
    ) -> Analysis:
        readable = text.decode(errors="replace").encode()
        found, runs = await self._workbench.analyse(readable, known)
        if readable != text:
            found.append(_not_utf8(text))
        whole = [one.model_copy(update={"file": name}) for one in worst_first(found)]
        start = read_cursor(given.cursor) or 0
        if not isinstance(start, int) or not 0 <= start <= len(whole):
            raise CursorInvalidError
        is_sarif = given.format == "sarif"
        kept = fitting(
            whole[start : start + given.limit], max_bytes=_SARIF_BYTES if is_sarif else LIST_BYTES
        )
        end = start + len(kept)
        counts = counted(whole)
        return Analysis(
            language=known.name,
            file=name,
            lines=readable.count(b"\n") + (not readable.endswith(b"\n")),
            score=score(counts),
            counts=counts,
            analyzers=runs,
            findings=[] if is_sarif else kept,
            sarif=sarif_of(kept) if is_sarif else None,
            next_cursor=write_cursor(end) if end < len(whole) else None,
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        shared: dict[str, Any] = {
            "result": Analysis,
            "is_read_only": True,
            "is_idempotent": True,
            "is_offline": True,
            "is_untrusted": True,  # messages quote the code
            "toolset": "analysis",
            "timeout_s": 90,
            "max_answer_bytes": ANSWER_BYTES,
        }
        return [
            Tool(
                name="analyze_code",
                title="Analyse code",
                description="Look for mistakes, security holes, complexity and duplicates in a text"
                " by analysers on this machine; needs no account. Nothing is executed.",
                arguments=AnalyzeCode,
                run=self.analyze_code,
                **shared,
            ),
            Tool(
                name="analyze_file",
                title="Analyse a file",
                description="Look for mistakes, security holes, complexity and duplicates in a file"
                " on this machine, inside the folders that the operator allows; needs no account.",
                arguments=AnalyzeFile,
                run=self.analyze_file,
                **shared,
            ),
        ]


def _not_utf8(data: bytes) -> Finding:
    """Say where a text stops being UTF-8; it is analysed with marks in place of what is not."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    else:
        line = 1
    return Finding(
        rule="not-utf-8",
        tool="sophia",
        category="error_prone",
        severity="medium",
        line=line,
        message="The file is not valid UTF-8.",
        fix="Save it as UTF-8.",
    )
