"""`make bench-memory-learning`: what is learned of 200 talks, by rules and by a scripted model.

Each talk in `sets/talks.jsonl` says what is known before, what is said (the person and the answer
in turn), which words a memory must hold afterwards (`keep`), and which known ones must hold no more
(`gone`, by number; `gone_said`, by words). Nothing else may be learned. The rules were written by
the talks with odd numbers; those with even ones were never looked at for it.

The scripted model finds all that it should, and slips: in `slips` are statements with a quote that
it gives besides, of what nobody or somebody else said. What is measured is what becomes of both.
"""

import asyncio
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.memory import memory_stack
from bench.memory_sets import SETS
from bench.turns import ROOT
from sophia.core.messages import (
    AssistantMessage,
    FinishReason,
    ModelEvent,
    ModelReply,
    ModelRequest,
    ToolCall,
)
from sophia.kit.clock import SystemClock
from sophia.kit.ids import UserId, uuid7
from sophia.llm.builtin import words
from sophia.memory.learning import Learner
from sophia.memory.schemas import MemoryIn
from sophia.memory.screening import PLAIN_SCREEN
from sophia.memory.service import MemoryService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

PORT_BASE = 54_000
_USER = text("INSERT INTO users (id, name, role, created_at) VALUES (:u, 'Ada', 'member', now())")
_CONVERSATION = text("""
    INSERT INTO conversations (id, user_id, title, created_at, activity)
    VALUES (:u, :u, '', now(), :u)
""")
_TURN = text("""
    INSERT INTO turns (id, conversation_id, user_id, user_name, status, message, response, reply,
        context, request, model, created_at, ended_at)
    VALUES (:t, :u, :u, 'Ada', 'done', :message, :response, cast(:reply AS jsonb), '', '{}',
        'scripted', now(), now())
""")
_LEFT = text("""
    SELECT content, trust, valid_until IS NULL AS holds FROM memories WHERE owner = :owner
    ORDER BY id
""")
_STRANGE = {"steps": [{"calls": [{"outcome": {"is_untrusted": True}}]}]}


@dataclass(frozen=True, slots=True)
class Talk:
    """What is said, what is known before, and what is to be known afterwards."""

    number: int
    talk: Sequence[str]
    known: Sequence[str] = ()
    keep: Sequence[str] = ()
    gone: Sequence[int] = ()
    gone_said: Sequence[str] = ()
    slips: Sequence[Sequence[str]] = ()
    strange: bool = False

    @property
    def turns(self) -> list[tuple[str, str]]:
        """Give each message with its answer."""
        said = [*self.talk, ""] if len(self.talk) % 2 else self.talk
        return list(zip(said[::2], said[1::2], strict=True))


@dataclass(slots=True)
class Tally:
    """How many of how many: learned rightly, and let go of rightly."""

    wanted: int = 0
    learned: int = 0
    right: int = 0
    met: int = 0
    ends_wanted: int = 0
    ended: int = 0
    ends_right: int = 0
    wrong: list[str] = field(default_factory=list[str])

    def figures(self) -> dict[str, float]:
        """Give precision and recall of both."""
        return {
            "kept_precision": _share(self.right, self.learned),
            "kept_recall": _share(self.met, self.wanted),
            "superseded_precision": _share(self.ends_right, self.ended),
            "superseded_recall": _share(self.ends_right, self.ends_wanted),
        }


class Scripted:
    """Gives what a talk is to teach, as a model would, and its slips."""

    name = "scripted"

    def __init__(self, talk: Talk) -> None:
        """Take the talk that it is asked about."""
        self._talk = talk

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer by the tool that is offered."""
        asked: dict[str, Any] = json.loads(str(getattr(request.messages[0], "text", "")))
        known = [one["memory"] for one in asked["known"]]
        ended = {self._talk.known[at] for at in self._talk.gone}
        ended |= {one for one in known if any(_says(one, said) for said in self._talk.gone_said)}
        facts = [
            {
                "content": asked["message"],
                "quote": asked["message"],
                "replaces": [at for at, one in enumerate(known) if one in ended],
            }
            for wanted in self._talk.keep
            if _says(asked["message"], wanted)
        ]
        facts += [{"content": content, "quote": quote} for content, quote in self._talk.slips]
        call = ToolCall("1", request.tools[0].name, {"facts": facts})
        yield ModelReply(AssistantMessage("", (call,)), FinishReason.TOOL_CALLS)


def talks() -> list[Talk]:
    """Load the talks."""
    lines = (SETS / "talks.jsonl").read_text().splitlines()
    return [Talk(number, **json.loads(line)) for number, line in enumerate(lines, 1)]


async def learned(
    talk: Talk, database: Database, owned: UserDatabase, *, by_model: bool
) -> Sequence[Any]:
    """Have somebody new say it all, and give what is stored afterwards."""
    clock = SystemClock()
    user = {"u": UserId(uuid7())}
    owner = str(user["u"])
    memories = MemoryService(owned, database, clock)
    async with database.transaction() as writer:
        await writer.execute(_USER, user)
        await writer.execute(_CONVERSATION, user)
    for content in talk.known:
        await memories.store(MemoryIn(content=content), owner=owner)
    model = Scripted(talk) if by_model else None
    learner = Learner(database, owned, memories, lambda _: model, screen=PLAIN_SCREEN, clock=clock)
    for message, response in talk.turns:
        id_ = uuid7()
        reply = json.dumps(_STRANGE if talk.strange else {})
        said = {"t": id_, "message": message, "response": response, "reply": reply}
        async with database.transaction() as writer:
            await writer.execute(_TURN, {**user, **said})
        await learner.absorb(str(id_))
    async with database.reading() as reader:
        return (await reader.execute(_LEFT, {"owner": owner})).all()


def count(tally: Tally, talk: Talk, left: Sequence[Any]) -> None:
    """Compare what is stored with what should be."""
    new = [row.content for row in left if row.trust != "told" and row.holds]
    passed = [row.content for row in left if row.trust != "told" and not row.holds]
    ended = {row.content for row in left if row.trust == "told" and not row.holds}
    wanted_ends = {talk.known[at] for at in talk.gone}
    right = [one for one in new if any(_says(one, wanted) for wanted in talk.keep)]
    met = [wanted for wanted in talk.keep if any(_says(one, wanted) for one in new)]
    passed_rightly = [one for one in passed if any(_says(one, said) for said in talk.gone_said)]
    tally.wanted += len(talk.keep)
    tally.learned += len(new)
    tally.right += len(right)
    tally.met += len(met)
    tally.ends_wanted += len(wanted_ends) + len(talk.gone_said)
    tally.ended += len(ended) + len(passed)
    tally.ends_right += len(ended & wanted_ends) + len(passed_rightly)
    marks = [
        *(f"+ {one}" for one in new if one not in right),
        *(f"- {one}" for one in talk.keep if one not in met),
        *(f"x {one}" for one in ended - wanted_ends),
        *(f"o {one}" for one in wanted_ends - ended),
    ]
    tally.wrong += [f"{talk.number}: {one}" for one in marks]


async def measured(
    database: Database, owned: UserDatabase, chosen: Sequence[Talk], *, by_model: bool
) -> Tally:
    """Have all of it said, each talk by somebody else."""
    tally = Tally()
    for talk in chosen:
        count(tally, talk, await learned(talk, database, owned, by_model=by_model))
    return tally


async def run(url: str) -> dict[str, Any]:
    """Measure all; `url` is SQLAlchemy's."""
    database, owned = Database(url), UserDatabase(url)
    everything = talks()
    parts: Mapping[str, tuple[Sequence[Talk], bool]] = {
        "rules, odd numbers (tuned)": (everything[::2], False),
        "rules, even numbers (held out)": (everything[1::2], False),
        "scripted model": (everything, True),
    }
    results: dict[str, Any] = {}
    for name, (chosen, by_model) in parts.items():
        began = time.perf_counter()
        tally = await measured(database, owned, chosen, by_model=by_model)
        turns = sum(len(talk.turns) for talk in chosen)
        ms = (time.perf_counter() - began) * 1000 / turns
        results[name] = {**tally.figures(), **asdict(tally), "ms_per_turn": round(ms, 1)}
    await owned.close()
    await database.close()
    return results


def _says(content: str, wanted: str) -> bool:
    return set(words.terms(wanted)) <= set(words.terms(content))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 1.0


def main() -> None:
    """Run the benchmark on a stack of its own."""
    home = Path(tempfile.mkdtemp(prefix="sophia-bench-"))
    try:
        with memory_stack(home, {}, port_base=PORT_BASE) as (_, dsn):
            _, _, rest = dsn.partition("://")
            results = asyncio.run(run(f"postgresql+psycopg://{rest}"))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    headings = ("kept_precision", "kept_recall", "superseded_precision", "superseded_recall")
    table = Table("", *headings, title="200 talks")
    for name, row in results.items():
        table.add_row(name, *(f"{row[heading]:.2f}" for heading in headings))
    Console().print(table)
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a script
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }
    target = ROOT / "bench" / "results"
    target.mkdir(exist_ok=True)
    (target / "memory_learning.json").write_text(json.dumps(about | results, indent=2) + "\n")


if __name__ == "__main__":
    main()
