"""The tool that makes pages faster."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sophia.servers.call import Call
from sophia.servers.parts import Tool
from sophia.servers.uiux.audits.port import Eyes, Measured
from sophia.servers.uiux.audits.schemas import Measures
from sophia.servers.uiux.errors import BrowserMissingError
from sophia.servers.uiux.performance.planning import Step, plan, probes_of
from sophia.servers.uiux.performance.source import changed, is_module

_TIMEOUT_S = 90
_MAX_CHARS = 200_000
_MAX_CHANGES = 100


class OptimizePerformance(BaseModel):
    """The arguments of optimize_performance."""

    model_config = ConfigDict(extra="forbid")

    component_code: Annotated[
        str,
        Field(
            min_length=1,
            max_length=_MAX_CHARS,
            description="HTML, a page or a part of one; modules of JavaScript are only read.",
        ),
    ]


class Change(BaseModel):
    """Something that was changed, or that a person may change."""

    what: str
    where: str
    why: str
    is_made: bool


class Optimised(BaseModel):
    """A page, what was changed in it, and what that changed."""

    engine: Literal["chromium", "static"]
    note: str
    before: Measures | None
    after: Measures | None = Field(description="None where nothing was changed.")
    changes: list[Change]
    more_changes: int = Field(description="Changes left out of the list.")
    code: str | None = Field(description="With the changes that are made; None without any.")


class PerformanceTools:
    """What the tools do."""

    def __init__(self, eyes: Eyes) -> None:
        """Take what looks at pages."""
        self._eyes = eyes

    async def optimize_performance(self, given: OptimizePerformance, call: Call) -> Optimised:
        """Measure, change, and measure again."""
        code = given.component_code
        if is_module(code):
            return _read(code, "A module is read, not run: give the HTML that it draws.")
        try:
            before = await self._measured(code)
        except BrowserMissingError:
            return _read(code, "Install Chromium and the extra `browser` to measure.")
        steps = plan(code, before)
        better = changed(code, [edit for step in steps for edit in step.edits])
        await call.progress(1, 2, "measured; measuring with the changes")
        after = await self._measured(better) if better != code else None
        return _told(
            steps,
            engine="chromium",
            note="Measured once each, on a desktop without a network between: compare counts and"
            " bytes; times vary with the machine.",
            before=before.measures,
            after=after and after.measures,
            code=better if better != code else None,
        )

    async def _measured(self, code: str) -> Measured:
        return await self._eyes.performance(code, probes_of(code))

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools."""
        return [
            Tool(
                name="optimize_performance",
                title="Make a page faster",
                description="Measure HTML in a real browser (bytes, unused CSS and JavaScript, long"
                " tasks, layout shift), change what is mechanical, and measure again: rules that"
                " match nothing go, images get their size and are loaded late, scripts are"
                " deferred. Without a browser it is read, and the answer says so.",
                arguments=OptimizePerformance,
                result=Optimised,
                run=self.optimize_performance,
                is_read_only=True,
                is_idempotent=True,
                is_open_world=True,
                is_untrusted=True,
                toolset="audits",
                timeout_s=_TIMEOUT_S,
                max_answer_bytes=4 * _MAX_CHARS,
            )
        ]


def _read(code: str, note: str) -> Optimised:
    return _told(
        plan(code, None),
        engine="static",
        note=f"Nothing was measured and nothing changed. {note}",
        before=None,
        after=None,
        code=None,
    )


def _told(steps: list[Step], **facts: Any) -> Optimised:
    changes = [
        Change(what=step.what, where=step.where, why=step.why, is_made=bool(step.edits))
        for step in steps
    ]
    more = max(0, len(changes) - _MAX_CHANGES)
    return Optimised(changes=changes[:_MAX_CHANGES], more_changes=more, **facts)
