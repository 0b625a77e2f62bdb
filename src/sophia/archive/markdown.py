"""A conversation as Markdown, for people: the line that leads to its newest turn."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import orjson

from sophia.archive.schemas import CallFile, ConversationFile, TurnFile

_TICKS = re.compile(r"`{3,}")


def to_markdown(conversation: ConversationFile) -> str:
    """Write what was said in the newest line, with the tools that were used."""
    line = _newest_line(conversation.turns)
    left_out = len(conversation.turns) - len(line)
    head = [f"# {conversation.title}", f"*From Sophia, {_time(conversation.exported_at)}.*"]
    if left_out == 1:
        head.append("*1 other version is left out: the JSON export has it.*")
    elif left_out:
        head.append(f"*{left_out} other versions are left out: the JSON export has them.*")
    names = {file.id: file.name for file in conversation.attachments}
    return "\n\n".join([*head, *(part for turn in line for part in _turn(turn, names))]) + "\n"


def _newest_line(turns: Sequence[TurnFile]) -> list[TurnFile]:
    known = {turn.id: turn for turn in turns}
    line: list[TurnFile] = []
    turn = turns[-1] if turns else None
    while turn is not None:
        line.append(turn)
        turn = known.get(turn.parent or "")
    return line[::-1]


def _turn(turn: TurnFile, names: Mapping[str, str]) -> Iterator[str]:
    yield f"## You, {_time(turn.created_at)}"
    yield turn.message
    if turn.attachments:
        yield f"*With {', '.join(f'`{names[id_]}`' for id_ in turn.attachments)}.*"
    yield f"## Sophia{f' ({turn.model})' if turn.model else ''}"
    for step in turn.steps:
        if step.text.strip():
            yield step.text.strip("\n")
        for call in step.calls:
            yield from _call(call)
    if turn.ending is not None and turn.ending.type == "turn.failed":
        yield f"*No answer: {turn.ending.message}*"
    elif turn.ending is None or turn.ending.type == "turn.stopped":
        yield "*Stopped.*"


def _call(call: CallFile) -> Iterator[str]:
    yield f"Tool `{call.tool}`:"
    yield _block(orjson.dumps(call.arguments, option=orjson.OPT_INDENT_2).decode(), "json")
    if call.outcome is not None:
        yield "It failed:" if call.outcome.is_error else "It answered:"
        yield _block(call.outcome.text, "text")


def _block(content: str, language: str) -> str:
    """Fence data in: no line of it ends the block."""
    longest = max((len(ticks) for ticks in _TICKS.findall(content)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{content}\n{fence}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
