"""Tool calls, put together from the fragments in which providers stream them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

import orjson

from sophia.core.failures import ModelFailedError
from sophia.core.messages import JsonObject, ToolCall


@dataclass(slots=True)
class CallDraft:
    """A tool call as far as it has arrived."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list[str])

    @property
    def arguments(self) -> str:
        """Give the arguments as far as they have arrived."""
        return "".join(self.pieces)


class CallDrafts:
    """The tool calls of one reply.

    The rule is OpenAI's: an index names a call, its first fragment brings id and name, later ones
    only arguments. What servers make of it (Ollama: every call whole, all with index 0 or none;
    vLLM: the next call under the same index, ids lost or empty, names repeated) is told apart by
    this: another id begins another call, and so do new arguments after a whole JSON object.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._drafts: list[CallDraft] = []
        self._by_index: dict[object, CallDraft] = {}

    def add(self, index: object, *, call_id: str, name: str, arguments: str) -> None:
        """Take a fragment; empty strings stand for what it does not bring."""
        draft = self._find(index, call_id)
        if draft is None or _begins_another(draft, call_id=call_id, name=name, arguments=arguments):
            draft = CallDraft(call_id, name)
            self._drafts.append(draft)
            if index is not None:
                self._by_index[index] = draft
        else:
            draft.id = draft.id or call_id
            draft.name = draft.name or name
        if arguments:
            draft.pieces.append(arguments)

    @property
    def length_chars(self) -> int:
        """Give the size of what has arrived."""
        return sum(len(draft.name) + len(draft.arguments) for draft in self._drafts)

    def finish(self, *, taken: Iterable[str]) -> tuple[ToolCall, ...]:
        """Give the whole calls, each with an id that is unique among them and those taken."""
        seen = set(taken)
        calls: list[ToolCall] = []
        for number, draft in enumerate(self._drafts, start=1):
            if not draft.name:
                raise ModelFailedError("The model asked for a tool without naming it.")
            call_id = _unique(draft.id or f"call_{number}", seen)
            seen.add(call_id)
            arguments, malformed = _parsed(draft.arguments)
            calls.append(ToolCall(call_id, draft.name, arguments, malformed=malformed))
        return tuple(calls)

    def _find(self, index: object, call_id: str) -> CallDraft | None:
        if index is not None:
            return self._by_index.get(index)
        if call_id:
            return next((draft for draft in self._drafts[::-1] if draft.id == call_id), None)
        return self._drafts[-1] if self._drafts else None


def _begins_another(draft: CallDraft, *, call_id: str, name: str, arguments: str) -> bool:
    if call_id and draft.id and call_id != draft.id:
        return True
    if name and draft.name and name != draft.name:
        return True
    if not draft.pieces or not arguments.lstrip().startswith("{"):
        return False
    return _parsed(draft.arguments)[1] is None


def _parsed(arguments: str) -> tuple[JsonObject, str | None]:
    if not arguments.strip():
        return {}, None
    try:
        parsed = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        return {}, arguments
    if not isinstance(parsed, dict):
        return {}, arguments
    return cast("JsonObject", parsed), None


def _unique(wanted: str, seen: set[str]) -> str:
    candidate, number = wanted, 2
    while candidate in seen:
        candidate = f"{wanted}_{number}"
        number += 1
    return candidate
