"""Keeping what is worth it of what people say: after a turn, in the background, once.

What is found is compared with what is known: what is known already is not stored twice, and what
contradicts it takes its place, the old one kept for the time that it held. All of one turn is
stored in one transaction with the mark that says so, so a job that runs again changes nothing.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping, text

from sophia.core.failures import ModelTimeoutError
from sophia.core.ports import Model
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.kit.ids import MemoryId
from sophia.memory import drafts, graph_rows, history, lessons, repository, rules
from sophia.memory.drafts import Entity, Keeping, Origin
from sophia.memory.errors import LessonsUnreadableError, NotToBeKeptError
from sophia.memory.history import Hand
from sophia.memory.lessons import Lesson, Said
from sophia.memory.likeness import Likeness, compare
from sophia.memory.schemas import MemoryIn, Place, SearchQuery
from sophia.memory.screening import Screen, Screening
from sophia.memory.service import MemoryService, find, stored
from sophia.memory.spaces import Home, Reach
from sophia.store.database import Database, Writer
from sophia.store.user_database import UserDatabase

ABSORB = "memory.absorb"
# They wait for models: the other jobs have room beside them (jobs/runner.py). A person's come one
# after the other.
ABSORPTIONS_AT_ONCE = 8

_TIMEOUT_S = 60.0
_MAX_QUERY = 2_000
_KNOWN = 12
_NEAR = 8
# What is known is asked for by whole messages, of which it need share no more than a word.
_ANY_MATCH = 0.0
_NO_STATEMENT = frozenset({"message", "passage"})

_TURN = text("""
    SELECT turn.user_id, turn.user_name, turn.conversation_id, turn.message, turn.response,
        turn.model, turn.created_at,
        -- As the loop has it (agent/loop.py): of all that was said in the talk until then.
        (SELECT imported_at IS NOT NULL FROM conversations WHERE id = turn.conversation_id)
        OR EXISTS (
            SELECT FROM turns AS earlier
            WHERE earlier.conversation_id = turn.conversation_id AND earlier.id <= turn.id AND (
                jsonb_path_exists(earlier.reply,
                    '$.steps[*].calls[*].outcome.is_untrusted ? (@ == true)')
                OR jsonb_path_exists(earlier.reply, '$.recalled[*].is_untrusted ? (@ == true)')
                OR EXISTS (SELECT FROM turn_attachments WHERE turn_id = earlier.id))
        ) AS is_tainted,
        NOT EXISTS (SELECT FROM memory_unlearners WHERE owner = cast(turn.user_id AS text))
            AS is_wanted
    FROM turns AS turn WHERE id = :id AND status = 'done' AND absorbed_at IS NULL
""")
_MARK = text("""
    UPDATE turns SET absorbed_at = :now WHERE id = :id AND absorbed_at IS NULL RETURNING id
""")
_logger = log.get("memory")

type Became = Literal["learned", "known", "refused"]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What was said in a turn, by whom, and whether strangers' words were in it."""

    id: UUID
    owner: str
    name: str
    conversation: str
    message: str
    response: str
    model: str
    at: datetime
    is_tainted: bool


class Learner:
    """Learns from turns. Any number of workers may do it at once.

    `find_model` gives nothing for a model that cannot be asked: rules do it then.
    """

    def __init__(
        self,
        database: Database,
        owned: UserDatabase,
        memories: MemoryService,
        find_model: Callable[[str], Model | None],
        *,
        screen: Screen,
        clock: Clock,
    ) -> None:
        """Take the ways to everybody's turns and to one owner's memories."""
        self._database = database
        self._owned = owned
        self._memories = memories
        self._find_model = find_model
        self._screen = screen
        self._clock = clock

    async def absorb(self, id_: str) -> None:
        """Keep what is worth it of a turn; raises ModelFailedError."""
        async with self._database.reading() as reader:
            row = (await reader.execute(_TURN, {"id": UUID(id_)})).mappings().one_or_none()
        if row is None:
            return
        if not row["is_wanted"]:
            metrics.memory_absorptions.labels("rules", "off").inc()
            return
        turn = _turn(UUID(id_), row)
        by, found, known = await self._found(turn)
        became = await self._keep(turn, found, known)
        outcome = next((one for one in ("learned", "known") if one in became), "nothing")
        metrics.memory_absorptions.labels(by, outcome).inc()

    async def _found(self, turn: _Turn) -> tuple[str, list[Lesson], list[UUID]]:
        """Give who found what is worth keeping, that, and the memories that it may replace."""
        model = self._find_model(turn.model)
        if model is None:
            return "rules", _by_rules(turn), []
        # What several people share is not one's to replace unasked.
        query = SearchQuery(
            query=turn.message[:_MAX_QUERY], scope="", limit=_KNOWN, threshold=_ANY_MATCH
        )
        near = await self._memories.search(query, owner=turn.owner)
        is_asked = rules.asks_to_keep(turn.message)
        said = Said(
            person=turn.name,
            message=turn.message,
            # Strangers' words may be in it: it is shown only to whoever asked for that.
            answer=turn.response if is_asked or not turn.is_tainted else "",
            known=[one.content for one in near],
            may_quote_answer=is_asked,
        )
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                found = await lessons.lessons_of(model, said)
        except TimeoutError as error:
            raise ModelTimeoutError from error
        except LessonsUnreadableError:
            metrics.memory_absorptions.labels("model", "unreadable").inc()
            return "rules", _by_rules(turn), []
        return "model", found, [one.memory_id for one in near]

    async def _keep(
        self, turn: _Turn, found: Sequence[Lesson], known: Sequence[UUID]
    ) -> list[Became]:
        """Store what was found with the mark that it was, unless the mark is there."""
        async with self._owned.transaction(turn.owner) as writer:
            marked = {"id": turn.id, "now": self._clock.now()}
            if await writer.scalar(_MARK, marked) is None:
                return []
            return [await self._keep_one(writer, turn, lesson, known) for lesson in found]

    async def _keep_one(
        self, writer: Writer, turn: _Turn, lesson: Lesson, known: Sequence[UUID]
    ) -> Became:
        named = await graph_rows.named_in(writer, owner=turn.owner, content=lesson.content)
        entity = Entity(named["id"], named["name"]) if named is not None else None
        draft = self._draft(turn, lesson, entity)
        if draft is None:
            return "refused"
        is_strange = lesson.is_of_answer and turn.is_tainted
        replaced = [known[at] for at in lesson.replaces if at < len(known)]
        for row in await self._near(writer, draft.content, owner=turn.owner):
            is_change = rules.names_change(lesson.content)
            match compare(lesson.content, row["content"], is_change=is_change):
                case Likeness.KNOWN if (
                    row["id"] not in replaced or row["content"] == lesson.content
                ):
                    return "known"
                case Likeness.MORE | Likeness.AGAINST:
                    replaced.append(row["id"])
                case _:
                    pass
        ids, fresh = await stored(writer, [draft], now=self._clock.now())
        if draft.key not in fresh:
            # It held once, and does again: the time between is not to be forgotten.
            again = self._draft(turn, lesson, entity, external_id=f"turn:{turn.id}")
            assert again is not None  # noqa: S101 - as the one before
            ids, _ = await stored(writer, [again], now=self._clock.now())
            draft = again
        # Strangers' words take no one's place.
        if not is_strange:
            await self._supersede(writer, turn, dict.fromkeys(replaced), by=ids[draft.key])
        return "learned"

    def _draft(
        self,
        turn: _Turn,
        lesson: Lesson,
        entity: Entity | None,
        *,
        external_id: str | None = None,
    ) -> repository.MemoryDraft | None:
        """Make a draft, or nothing where it holds what is not to be kept.

        What names one entity of the person's knowledge graph is observed of that.
        """
        is_strange = lesson.is_of_answer and turn.is_tainted
        origin = Origin(
            speaker=turn.name,
            conversation=turn.conversation,
            turn_id=str(turn.id),
            trust="untrusted" if is_strange else "learned",
        )
        memory = MemoryIn(
            content=lesson.content,
            category=lesson.category,
            kind=lesson.kind,
            occurred_at=turn.at,
            external_id=external_id,
        )
        screening = Screening(self._screen)
        keeping = Keeping(Home(turn.owner, ""), turn.owner, origin, self._clock.now(), entity)
        try:
            draft = drafts.draft(memory, Place(), keeping, screening)
        except NotToBeKeptError:
            return None
        # Nobody asked for it to be kept: what was told with a secret is left out as a whole.
        return None if screening.redacted else draft

    async def _near(self, writer: Writer, content: str, *, owner: str) -> list[RowMapping]:
        query = SearchQuery(query=content[:_MAX_QUERY], limit=_NEAR, threshold=_ANY_MATCH)
        found = await find(writer, query, reach=Reach([owner], ""), now=self._clock.now())
        return [row for row, _ in found if row["kind"] not in _NO_STATEMENT]

    async def _supersede(
        self, writer: Writer, turn: _Turn, replaced: Iterable[UUID], *, by: UUID
    ) -> None:
        now = self._clock.now()
        for id_ in replaced:
            row = await repository.lock(writer, owner=turn.owner, id_=MemoryId(id_))
            if row is None or id_ == by:
                continue
            if row["valid_from"] is not None and now <= row["valid_from"]:
                continue
            await history.record(writer, ids=[id_], deed="superseded", hand=Hand(turn.owner, now))
            await repository.end_validity(writer, id_=row["id"], until=now, by=by, now=now)


def _by_rules(turn: _Turn) -> list[Lesson]:
    return [Lesson(fact.content, fact.kind, fact.category) for fact in rules.facts_in(turn.message)]


def _turn(id_: UUID, row: RowMapping) -> _Turn:
    return _Turn(
        id=id_,
        owner=str(row["user_id"]),
        name=row["user_name"],
        conversation=str(row["conversation_id"]),
        message=row["message"],
        response=row["response"],
        model=row["model"] or "",
        at=row["created_at"],
        is_tainted=row["is_tainted"],
    )
