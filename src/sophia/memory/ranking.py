"""Which memories answer a question best: words, context, speaker and time in one score.

The score of a memory is the sum of

- its words: BM25 of the memory, mixed with BM25 of the memory together with the one before it,
  as a share of the best; and its meaning, where there are embeddings, as a share of the
  nearest;
- its neighbours: what is said before and after it in the same conversation lifts it, the nearer
  the more, for answers often do not repeat the words of their question;
- its conversation: BM25 of the conversation as a whole, as a share of the best;
- who said it, if the question names one of the speakers, and when, if it names a month or year;
- words of time, if the question asks when; and less if it is itself a question.

A memory that stands alone has neither neighbours nor a conversation: it counts as its own. The
constants were found on five conversations of LoCoMo and checked on a set of our own about
developers' work (`make bench-memory`); none of them is sharp.

BM25 is that of Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with the
smoothed rarity ln(1 + (N - n + 0.5) / (n + 0.5)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sophia.memory.question import Question
from sophia.memory.schemas import Signal

# How fast repeating a word loses its worth, and how much a long text is marked down for it.
_K1 = 1.2
_B = 0.4
_CONTEXT_SHARE = 0.4
_MEANING = 0.4
# How far the nearest of many stands out by chance, and how much farther if it says the same.
_BY_CHANCE = 0.25
_FULLY = 0.5
_MANY = 20
# From which share on meaning is named as a reason.
_NEAR = 0.5
_REACH = 3
_NEIGHBOUR = 0.3
_FADING = 0.5
_CONVERSATION = 0.5
_ALONE = 0.8
_SPEAKER = 0.3
_DATE = 0.2
_TIME_WORDS = 0.3
_QUESTION = -0.1

type Thread = tuple[str, str]
"""A conversation: its scope and its name."""
type Place = tuple[str, str, int]
"""Where something was said: scope, conversation, position."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a memory that may answer; `counts` has how often it holds each concept."""

    id: UUID
    scope: str
    conversation: str | None
    position: int | None
    speaker: str | None
    occurred_at: datetime | None
    length: int
    is_question: bool
    has_time_words: bool
    counts: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def place(self) -> Place | None:
        """Give where it was said, if it has a place among other things said."""
        if self.conversation is None or self.position is None:
            return None
        return self.scope, self.conversation, self.position


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near in meaning a memory is to a question, and how far that stands out."""

    similarity: float
    outstanding: float


def nearness(found: Sequence[tuple[UUID, float]]) -> dict[UUID, Nearness]:
    """Measure what was found by its similarity, the nearest first.

    How similar unrelated texts are hangs on the model, so it counts how far a similarity stands
    out from the farthest of many; of a few, the farthest may be related.
    """
    common = found[-1][1] if len(found) >= _MANY else 0.0
    return {
        id_: Nearness(similarity, max(0.0, (similarity - common) / (1 - common)))
        for id_, similarity in found
    }


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the words of a question were found in.

    `rarity` has the weight of each concept, also of those found nowhere; `threads` the BM25 of
    whole conversations; `meaning` how near in meaning the nearest are; `size` how many memories
    were searched.
    """

    rarity: Mapping[str, float]
    mean_length: float
    candidates: Sequence[Candidate]
    threads: Mapping[Thread, float]
    meaning: Mapping[UUID, Nearness] = field(default_factory=dict[UUID, Nearness])
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A memory with its score, 0 to 1, the concepts that it holds, and what else spoke for it."""

    id: UUID
    score: float
    terms: list[str]
    signals: list[Signal]
    similarity: float | None


class Ranking:
    """The scores of one question."""

    def __init__(self, question: Question, evidence: Evidence) -> None:
        """Take the question and what its words were found in."""
        self._question = question
        self._evidence = evidence
        self._best_thread = max(evidence.threads.values(), default=0.0) or 1.0
        self._own = {one.id: self._bm25(one.counts, one.length) for one in evidence.candidates}

    def places(self, limit: int) -> list[Place]:
        """Give the most promising places of which no memory is known to hold a word."""
        known = {one.place for one in self._evidence.candidates}
        lifted = {place for place in self._lifted if place not in known and place[2] >= 0}
        return sorted(lifted, key=self._worth_of, reverse=True)[:limit]

    def rank(self, found: Sequence[Candidate]) -> list[Ranked]:
        """Score the candidates and what was found at the promising places, the best first."""
        speakers = {
            one.speaker
            for one in (*self._evidence.candidates, *found)
            if one.speaker is not None and self._question.names(one.speaker)
        }
        speaker = speakers.pop() if len(speakers) == 1 else None
        scored = [
            (self._worth(one) + sum(signals.values()) + _QUESTION * one.is_question, one, signals)
            for one in (*self._evidence.candidates, *found)
            for signals in [self._signals(one, speaker)]
        ]
        scored.sort(key=lambda entry: (-entry[0], str(entry[1].id)))
        if not scored:
            return []
        # How sure the best match is, and how near each comes to it.
        unit = self._share / scored[0][0] if scored[0][0] > 0 else 0.0
        return [
            Ranked(
                one.id,
                max(0.0, score * unit),
                self._terms(one),
                self._told(one, signals),
                near.similarity if (near := self._evidence.meaning.get(one.id)) else None,
            )
            for score, one, signals in scored
        ]

    @cached_property
    def _share(self) -> float:
        """How sure it is that the best match answers at all: by its words, or by its meaning."""
        whole = sum(self._evidence.rarity.values())
        words = max(self._own.values(), default=0.0) / whole if whole else 0.0
        return min(1.0, max(words, (self._nearest - _BY_CHANCE) / _FULLY))

    @cached_property
    def _nearest(self) -> float:
        return max((one.outstanding for one in self._evidence.meaning.values()), default=0.0)

    @cached_property
    def _words(self) -> Mapping[UUID | Place, float]:
        """The first part of the score, by place; by id where there is none."""
        before = {
            (*place[:2], place[2] + 1): one
            for one in self._evidence.candidates
            if (place := one.place) is not None
        }
        mixed: dict[UUID | Place, float] = {}
        for one in self._evidence.candidates:
            place = one.place
            said = before.get(place) if place is not None else None
            context = self._with(one, said) if said is not None else self._own[one.id]
            worth = (1 - _CONTEXT_SHARE) * self._own[one.id] + _CONTEXT_SHARE * context
            key = place or one.id
            mixed[key] = max(worth, mixed.get(key, 0.0))
        for place, said in before.items():
            if place not in mixed:
                mixed[place] = _CONTEXT_SHARE * self._with(None, said)
        best = max(mixed.values(), default=0.0) or 1.0
        return {key: worth / best for key, worth in mixed.items()}

    @cached_property
    def _fit(self) -> Mapping[UUID | Place, float]:
        """The first two parts of the score, by place; by id where there is none."""
        if not self._nearest:
            return self._words
        fit = {key: (1 - _MEANING) * worth for key, worth in self._words.items()}
        for one in self._evidence.candidates:
            key = one.place or one.id
            fit[key] = fit.get(key, 0.0) + _MEANING * self._meant(one)
        return fit

    def _meant(self, one: Candidate) -> float:
        """Give how near in meaning a memory is, as a share of the nearest."""
        near = self._evidence.meaning.get(one.id)
        return near.outstanding / self._nearest if near is not None and self._nearest else 0.0

    @cached_property
    def _lifted(self) -> Mapping[Place, float]:
        """What neighbours give, by place."""
        lifted: dict[Place, float] = {}
        for key, worth in self._fit.items():
            if isinstance(key, UUID):
                continue
            scope, conversation, position = key
            for away in range(1, _REACH + 1):
                share = worth * _NEIGHBOUR * _FADING ** (away - 1)
                for neighbour in (position - away, position + away):
                    place = (scope, conversation, neighbour)
                    lifted[place] = lifted.get(place, 0.0) + share
        return lifted

    def _worth(self, one: Candidate) -> float:
        place = one.place
        if place is None:
            return (1 + _ALONE) * self._fit.get(one.id, 0.0)
        return self._worth_of(place)

    def _worth_of(self, place: Place) -> float:
        whole = self._evidence.threads.get(place[:2], 0.0) / self._best_thread
        return self._fit.get(place, 0.0) + self._lifted.get(place, 0.0) + _CONVERSATION * whole

    def _signals(self, one: Candidate, speaker: str | None) -> dict[Signal, float]:
        question = self._question
        signals: dict[Signal, float] = {}
        if speaker is not None and one.speaker == speaker:
            signals["speaker"] = _SPEAKER
        if one.occurred_at is not None and question.fits(one.occurred_at):
            signals["date"] = _DATE
        if question.asks_when and one.has_time_words:
            signals["time"] = _TIME_WORDS
        return signals

    def _terms(self, one: Candidate) -> list[str]:
        return sorted(one.counts, key=lambda concept: (-self._evidence.rarity[concept], concept))

    def _told(self, one: Candidate, signals: Mapping[Signal, float]) -> list[Signal]:
        told: list[Signal] = ["meaning"] if self._meant(one) >= _NEAR else []
        if one.place is not None and one.place in self._lifted:
            told.append("neighbours")
        return [*told, *signals]

    def _with(self, one: Candidate | None, said: Candidate) -> float:
        """Give the BM25 of a memory together with the one before it."""
        counts = dict(said.counts)
        if one is not None:
            for concept, count in one.counts.items():
                counts[concept] = counts.get(concept, 0) + count
        length = one.length if one is not None else self._evidence.mean_length
        return self._bm25(counts, (length + said.length) / 2)

    def _bm25(self, counts: Mapping[str, int], length: float) -> float:
        damp = _K1 * (1 - _B + _B * length / self._evidence.mean_length)
        return sum(
            self._evidence.rarity[concept] * count * (_K1 + 1) / (count + damp)
            for concept, count in counts.items()
        )
