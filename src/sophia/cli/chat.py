"""`sophia chat`: the terminal client. Answers stream, tool calls are shown, Ctrl-C stops a turn."""

import asyncio
import json
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from sophia.cli.asking import Asking
from sophia.cli.errors import RefusedError, TurnEndedBadlyError, UnreachableError
from sophia.cli.identity import access_token
from sophia.core import registry
from sophia.kit.clock import SystemClock
from sophia.kit.errors import SophiaError
from sophia.settings import Settings

_ENDINGS = {"turn.finished", "turn.failed", "turn.stopped"}
_RECONNECT_DELAYS_S = (0.2, 0.5, 1, 2, 4, 8)
_MAX_SHOWN = 300


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(chat)


def chat(
    message: Annotated[str | None, typer.Argument(help="What to say; none opens a talk.")] = None,
    *,
    session: Annotated[str, typer.Option(help="The conversation to go on with.")] = "new",
    model: Annotated[str | None, typer.Option(help="The model that answers.")] = None,
    is_json: Annotated[bool, typer.Option("--json", help="One event per line.")] = False,
) -> None:
    """Talk to Sophia in the terminal."""
    settings = Settings()
    if message == "-":
        message = sys.stdin.read()
    talk = _Talk(settings, session=session, model=model, is_json=is_json)
    if message is not None:
        asyncio.run(talk.say(message))
        return
    _converse(talk)


def _converse(talk: "_Talk") -> None:
    console = Console(stderr=True, highlight=False)
    console.print("[dim]Ctrl-C stops an answer, Ctrl-D ends the talk, /help says more.[/dim]")
    while True:
        try:
            message = console.input("[bold cyan]>[/bold cyan] ").strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if message:
            try:
                asyncio.run(talk.say(message))
            except SophiaError as error:
                console.print(f"[red]{escape(error.message)}[/red]")


class _Talk:
    """One conversation, over one WebSocket per message; a dropped one is taken up again."""

    def __init__(
        self, settings: Settings, *, session: str, model: str | None, is_json: bool
    ) -> None:
        self._url = f"ws://127.0.0.1:{settings.port(registry.API_PORT)}/api/v1/ws/chat/"
        self._settings = settings
        self._clock = SystemClock()
        self._session = session
        self._model = model
        self._is_quiet = is_json
        self._show = _show_json if is_json else _Screen().show

    async def say(self, message: str) -> None:
        """Say something and show what comes of it; raises when no answer comes."""
        token = await access_token(self._settings)
        frame: dict[str, Any] = {"type": "message", "message": message, "model": self._model}
        place: dict[str, Any] = {}
        for delay_s in (*_RECONNECT_DELAYS_S, None):
            try:
                if await self._exchange(token, frame, place):
                    return
            except (ConnectionClosed, OSError) as error:
                if not place or delay_s is None:
                    raise UnreachableError from error
            frame = {"type": "resume", "turn_id": place["turn_id"], "after": place["after"]}
            await self._clock.sleep(delay_s or 0)

    async def _exchange(self, token: str, frame: dict[str, Any], place: dict[str, Any]) -> bool:
        """Send a frame and show the events that follow; says whether the turn has ended."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with connect(self._url + self._session, additional_headers=headers) as socket:
                await socket.send(json.dumps(frame))
                with _stopping(socket), Asking(socket, is_quiet=self._is_quiet) as asking:
                    async for text in socket:
                        event = json.loads(text)
                        self._show(event)
                        if asking.is_late(event):
                            continue
                        if self._note(event, place):
                            return True
                        asking.note(event)
        except InvalidStatus as error:
            raise RefusedError(_detail(error)) from error
        except InvalidHandshake as error:
            raise UnreachableError from error
        return False

    def _note(self, event: dict[str, Any], place: dict[str, Any]) -> bool:
        """Remember where we are; says whether the turn has ended, raises when it failed."""
        match event["type"]:
            case "error":
                raise RefusedError(event["message"])
            case "turn.failed":
                raise TurnEndedBadlyError(event["message"])
            case "turn.accepted":
                self._session = event["session_id"]
                place.update(turn_id=event["turn_id"], after="0-0")
            case _:
                place.update(turn_id=event["turn_id"], after=event["id"])
        return event["type"] in _ENDINGS


@contextmanager
def _stopping(socket: ClientConnection) -> Generator[None]:
    """Have Ctrl-C stop the turn; a second one leaves."""
    loop = asyncio.get_running_loop()
    sent: list[asyncio.Task[None]] = []

    def stop() -> None:
        if sent:
            loop.remove_signal_handler(signal.SIGINT)
        else:
            sent.append(asyncio.create_task(socket.send('{"type":"stop"}')))

    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _detail(error: InvalidStatus) -> str:
    """Give what the refusal's problem says."""
    try:
        return str(json.loads(error.response.body or b"{}")["detail"])
    except (ValueError, KeyError):
        return f"Sophia refused the connection (HTTP {error.response.status_code})."


def _show_json(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
    sys.stdout.flush()


class _Screen:
    """Shows events to a person: the answer on standard output, all else on standard error."""

    def __init__(self) -> None:
        self._aside = Console(stderr=True, highlight=False)
        self._has_text = False

    def show(self, event: dict[str, Any]) -> None:
        """Show one event."""
        match event["type"]:
            case "text.delta":
                sys.stdout.write(event["text"])
                sys.stdout.flush()
                self._has_text = True
            case "tool.started":
                self._end_line()
                arguments = json.dumps(event["arguments"], ensure_ascii=False)
                self._say(f"→ {event['tool']} {arguments}")
            case "tool.finished":
                mark = "✗" if event["is_error"] else "✓"
                self._say(f"{mark} {event['tool']} ({event['duration_s']:.2f} s) {event['text']}")
            case "step.started" if self._has_text:
                self._end_line()
            case "turn.finished" | "turn.failed" | "turn.stopped":
                self._end_line()
                for source in event.get("sources", ()):
                    self._say(f"source: {source['name']} ({source['type']})")
            case _:
                pass

    def _end_line(self) -> None:
        if self._has_text:
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._has_text = False

    def _say(self, line: str) -> None:
        shown = line if len(line) <= _MAX_SHOWN else line[:_MAX_SHOWN] + " …"
        self._aside.print(f"[dim]{escape(shown)}[/dim]")
