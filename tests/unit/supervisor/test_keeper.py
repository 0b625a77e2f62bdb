"""A part is started, watched, started again with growing waits, shown as failed, and stopped."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import override

import psutil

from sophia.embedded.launch import Launch
from sophia.supervisor.keeper import Keeper
from sophia.supervisor.part import Backoff, Part, State
from sophia.supervisor.state import PartView
from tests.support.clock import FixedClock
from tests.support.waiting import eventually


class Patience(FixedClock):
    """A clock that notes the long waits."""

    def __init__(self) -> None:
        super().__init__()
        self.waits_s: list[float] = []

    @override
    async def sleep(self, delay_s: float) -> None:
        if delay_s > 0.1:
            self.waits_s.append(delay_s)
        await super().sleep(delay_s)


@dataclass
class Kept:
    """A keeper and all that it told."""

    keeper: Keeper
    clock: Patience
    views: list[PartView] = field(default_factory=list[PartView])

    @property
    def states(self) -> list[State]:
        return [view.state for view in self.views]


async def never() -> bool:
    """Give no answer."""
    return await asyncio.Event().wait()


async def at_once() -> bool:
    return True


def keep(
    script: str, folder: Path, *, probe: Callable[[], Awaitable[bool]], program: str = "/bin/sh"
) -> Kept:
    launch = Launch(
        argv=(program, "-c", script),
        cwd=folder,
        uid=None,
        gid=None,
        stop_signal=signal.SIGTERM,
    )
    part = Part(name="part", port=1, launch=launch, probe=probe, start_timeout_s=20)
    clock = Patience()
    keeper = Keeper(
        part,
        log=folder / "part.log",
        clock=clock,
        backoff=Backoff(),
        on_change=lambda: kept.views.append(keeper.view),
    )
    kept = Kept(keeper, clock)
    return kept


@asynccontextmanager
async def keeping(
    script: str, folder: Path, *, probe: Callable[[], Awaitable[bool]], program: str = "/bin/sh"
) -> AsyncGenerator[Kept]:
    """Keep a part for the length of a test, and stop it."""
    kept = keep(script, folder, probe=probe, program=program)
    task = asyncio.create_task(kept.keeper.keep())
    try:
        yield kept
    finally:
        task.cancel()
        await asyncio.wait([task])
        hasten = asyncio.Event()
        hasten.set()
        await kept.keeper.stop(hasten=hasten)


async def told(kept: Kept, state: State) -> bool:
    return state in kept.states


async def test_a_part_that_ends_at_once_is_started_again_and_then_shown_as_failed(
    tmp_path: Path,
) -> None:
    async with keeping("echo no luck; exit 3", tmp_path, probe=never) as kept:
        await eventually(lambda: told(kept, State.FAILED))
    failed = kept.views[kept.states.index(State.FAILED)]
    assert failed.detail == "ended with code 3: no luck"
    assert failed.restarts == 4
    assert State.READY not in kept.states
    waits = kept.clock.waits_s[:4]
    assert waits == sorted(waits)
    assert waits[0] < 1 < waits[3]


async def test_a_failed_part_that_comes_back_is_ready_again(tmp_path: Path) -> None:
    mended, ready = tmp_path / "mended", tmp_path / "ready"
    script = f'test -e "{mended}" || exit 1; touch "{ready}"; exec tail -f /dev/null'

    async def probe() -> bool:
        return ready.exists()

    async with keeping(script, tmp_path, probe=probe) as kept:
        await eventually(lambda: told(kept, State.FAILED))
        mended.touch()
        await eventually(lambda: told(kept, State.READY))
        await asyncio.wait_for(kept.keeper.is_ready.wait(), 5)


async def test_a_killed_part_is_said_to_be_restarting_and_gets_another_process(
    tmp_path: Path,
) -> None:
    async with keeping("exec tail -f /dev/null", tmp_path, probe=at_once) as kept:
        await eventually(lambda: told(kept, State.READY))
        first = kept.keeper.view.pid
        assert first is not None
        psutil.Process(first).kill()
        await eventually(lambda: told(kept, State.RESTARTING))
        kept.views.clear()
        await eventually(lambda: told(kept, State.READY))
        assert kept.keeper.view.restarts == 1
        assert kept.keeper.view.pid != first


async def test_a_part_that_does_not_get_ready_in_time_is_started_again(tmp_path: Path) -> None:
    async def no() -> bool:
        return False

    async with keeping("exec tail -f /dev/null", tmp_path, probe=no) as kept:
        await eventually(lambda: told(kept, State.RESTARTING))
    assert "was not ready after 20 s" in {view.detail for view in kept.views}


async def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    async with keeping("", tmp_path, probe=never, program="/nowhere") as kept:
        await eventually(lambda: told(kept, State.FAILED))
    assert "cannot be started: No such file or directory" in {view.detail for view in kept.views}


async def test_a_part_that_does_not_listen_is_killed_with_all_that_it_started(
    tmp_path: Path,
) -> None:
    script = "trap '' TERM; tail -f /dev/null & tail -f /dev/null; wait"
    async with keeping(script, tmp_path, probe=at_once) as kept:
        await eventually(lambda: told(kept, State.READY))
        pid = kept.keeper.view.pid
        assert pid is not None
        family = [psutil.Process(pid)]
        await eventually(lambda: has_children(family))
        family += family[0].children(recursive=True)
    assert psutil.wait_procs(family, timeout=5)[1] == []
    assert kept.states[-1] is State.STOPPED


async def has_children(family: list[psutil.Process]) -> bool:
    return len(family[0].children()) == 2
