"""`sophia up`: the stack in the foreground, or a supervisor of its own in the background."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from rich.console import Console

from sophia.embedded import home as home_folders
from sophia.kit.clock import Clock, SystemClock
from sophia.settings import Settings
from sophia.supervisor import leftovers, lock, logs, plan, state
from sophia.supervisor.errors import StartFailedError
from sophia.supervisor.part import State
from sophia.supervisor.screen import Screen
from sophia.supervisor.state import PartView
from sophia.supervisor.supervisor import Supervisor

_REFRESH_S = 2.0
_POLL_S = 0.1
_DETACH_TIMEOUT_S = 120
_GIVE_UP_TIMEOUT_S = 150
_LINK_TIMEOUT_S = 30
_TAIL_LINES = 12
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def foreground(settings: Settings, *, console: Console, is_background: bool) -> None:
    """Run the stack until told to stop. In the background no link is printed: it is a secret.

    Raises AlreadyRunningError, PortTakenError, UpgradeFailedError and what `plan.build` raises.
    """
    began = time.monotonic()
    # Until the loop takes them, every signal ends the preparation as a Ctrl-C does.
    for number in _SIGNALS:
        signal.signal(number, signal.default_int_handler)
    try:
        home_folders.prepare(settings.home)
        with lock.sole(settings.home):
            leftovers.end(settings.home)
            state.write(settings.home, state.view_of(()))
            leftovers.require_free_ports(plan.needed_ports(settings))
            stack = plan.build(settings)
            with Screen(console) as screen:
                supervisor = Supervisor(
                    stack, home=settings.home, clock=SystemClock(), observe=screen.changed
                )
                session = _Session(settings, supervisor, screen, began=began)
                asyncio.run(session.run(has_link=not is_background))
    except KeyboardInterrupt:
        console.print("Stopping.")
    console.print("Sophia is stopped.")


async def background(settings: Settings, *, console: Console, clock: Clock) -> None:
    """Start a supervisor of its own session and wait until all is ready.

    Raises AlreadyRunningError, and StartFailedError once that supervisor is gone again.
    """
    began = clock.monotonic()
    home_folders.prepare(settings.home)
    holder = lock.holder(settings.home)
    if holder is not None:
        raise lock.already_running(settings.home, pid=holder)
    log = logs.path_of(settings.home, "supervisor")
    logs.rotate_at_start(log)
    before = log.stat().st_size if log.is_file() else 0
    supervisor = _spawn(settings, descriptor=logs.open_for(log))
    why = await _until_ready(settings, supervisor, clock=clock)
    if why is not None:
        # Of two that start at once one gets the home, and the log is that one's.
        holder = lock.holder(settings.home)
        if holder is not None:
            raise lock.already_running(settings.home, pid=holder)
        for line in logs.tail(log, lines=_TAIL_LINES, after=before)[:-1]:
            console.print(line, style="dim", markup=False, soft_wrap=True)
        raise StartFailedError(why or logs.last_line(log, after=before) or None)
    for line in _welcome(settings, took_s=clock.monotonic() - began):
        console.print(line, markup=False, soft_wrap=True)
    console.print(await _link(settings), markup=False, soft_wrap=True, end="")


class _Session:
    """One run in this process: signals, the table's refresh, and the welcome."""

    def __init__(
        self, settings: Settings, supervisor: Supervisor, screen: Screen, *, began: float
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._screen = screen
        self._began = began
        self._clock = SystemClock()

    async def run(self, *, has_link: bool) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._stop)
        asides = [
            asyncio.create_task(self._refresh()),
            asyncio.create_task(self._welcome(has_link=has_link)),
        ]
        try:
            await self._supervisor.run()
        finally:
            for aside in asides:
                aside.cancel()
            await asyncio.wait(asides)
            self._screen.refresh(self._supervisor.view)

    def _stop(self) -> None:
        self._supervisor.stop()
        self._screen.say("Stopping; once more to hurry.")

    async def _refresh(self) -> None:
        while True:
            self._screen.refresh(self._supervisor.view)
            await self._clock.sleep(_REFRESH_S)

    async def _welcome(self, *, has_link: bool) -> None:
        await self._supervisor.is_ready.wait()
        for line in _welcome(self._settings, took_s=self._clock.monotonic() - self._began):
            self._screen.say(line)
        if has_link:
            text = await _link(self._settings)
            if text.strip():
                self._screen.say(text.rstrip())


def _spawn(settings: Settings, *, descriptor: int) -> subprocess.Popen[bytes]:
    launch = plan.sophia_command(settings.home, "up", "--background")
    try:
        return subprocess.Popen(  # noqa: S603 - this very program
            launch.argv,
            cwd=launch.cwd,
            env=plan.own_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


async def _until_ready(
    settings: Settings, supervisor: subprocess.Popen[bytes], *, clock: Clock
) -> str | None:
    """Wait until all is ready, else say why; '' when the supervisor ended and said it itself."""
    deadline = clock.monotonic() + _DETACH_TIMEOUT_S
    try:
        while supervisor.poll() is None:
            view = state.read(settings.home)
            parts = view.parts if view is not None and view.pid == supervisor.pid else ()
            waited_for = [part for part in parts if part.state is not State.READY]
            if parts and not waited_for:
                return None
            hopeless = [part for part in waited_for if part.state is State.FAILED]
            if hopeless or clock.monotonic() > deadline:
                await _end(supervisor)
                return _why(hopeless or waited_for)
            await clock.sleep(_POLL_S)
    except asyncio.CancelledError:
        await _end(supervisor)
        raise
    return ""


def _why(parts: Sequence[PartView]) -> str:
    told = "; ".join(f"{part.name} {part.state} {part.detail}".strip() for part in parts)
    return f"Sophia did not start ({told or 'nothing was started in time'}), and was stopped."


async def _end(supervisor: subprocess.Popen[bytes]) -> None:
    supervisor.terminate()
    try:
        await asyncio.to_thread(supervisor.wait, _GIVE_UP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        supervisor.kill()


def _welcome(settings: Settings, *, took_s: float) -> list[str]:
    lines = [f"Sophia is ready after {took_s:.1f} s."]
    return lines + [f"  {name:<8} {address}" for name, address in plan.addresses(settings)]


async def _link(settings: Settings) -> str:
    """Give the one-time sign-in link, as `sophia link` prints it, while nobody owns this Sophia."""
    launch = plan.sophia_command(settings.home, "link", "--if-unclaimed")
    process = await asyncio.create_subprocess_exec(
        *launch.argv,
        cwd=launch.cwd,
        env=plan.own_environment(settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(_LINK_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        return "The sign-in link took too long: get it with `sophia link`.\n"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode(errors="replace")
