"""Asking in the terminal whether a tool call may run."""

import asyncio
import json
import sys
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.markup import escape
from websockets.asyncio.client import ClientConnection

_ANSWERED = "approvals.answered"


class Asking:
    """The questions of one turn: each waits for a line of standard input.

    With nobody there to type one the turn goes on waiting, to be answered elsewhere.
    """

    def __init__(self, socket: ClientConnection, *, is_quiet: bool) -> None:
        """Take where answers go; a quiet one asks nothing."""
        self._socket = socket
        self._is_quiet = is_quiet
        self._aside = Console(stderr=True, highlight=False)
        self._waiting: dict[str, dict[str, Any]] = {}
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Begin with no question."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ask no more."""
        self._stop()

    def note(self, event: dict[str, Any]) -> None:
        """Ask what an event asks; forget a question that was answered."""
        match event["type"]:
            case "approval.requested":
                self._waiting[event["approval_id"]] = event
            case "approval.answered":
                self._waiting.pop(event["approval_id"], None)
                self._stop()
            case _:
                return
        if self._task is None and self._waiting and not self._is_quiet:
            self._task = asyncio.create_task(self._ask())

    def is_late(self, event: dict[str, Any]) -> bool:
        """Say whether this only tells that somebody else's answer came first."""
        return event["type"] == "error" and event["code"] == _ANSWERED

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _ask(self) -> None:
        for approval_id, question in list(self._waiting.items()):
            arguments = json.dumps(question["arguments"], ensure_ascii=False)
            why = "after text of third parties" if question["reason"] == "taint" else "by the rules"
            call = escape(f"{question['tool']} {arguments}")
            self._aside.print(f"[bold]May {call} run?[/bold] ({why}) \\[y/N] ", end="")
            line = await _line()
            if not line:
                self._aside.print("Nobody is here to answer: the console and the API can.")
                return
            is_yes = line.strip().lower() in {"y", "yes"}
            frame = {"type": "approve" if is_yes else "deny", "approval_id": approval_id}
            await self._socket.send(json.dumps(frame))


async def _line() -> str:
    """Wait for a line of standard input; an empty text at its end."""
    loop = asyncio.get_running_loop()
    is_there = asyncio.Event()
    try:
        loop.add_reader(sys.stdin.fileno(), is_there.set)
    except PermissionError:  # a file, which is always there
        return sys.stdin.readline()
    try:
        await is_there.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()
