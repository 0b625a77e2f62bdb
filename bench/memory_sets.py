"""What `make bench-memory` asks for: LoCoMo's conversations, and a team's memories."""

import importlib.util
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

SETS = Path(__file__).parent / "sets"
LATEST_RANK = 10
BANDS = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the memories that answer it: none, if nothing does."""

    text: str
    kind: str
    evidence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Memories that belong together, and what is asked of them.

    `items` are what Sophia is told, `texts` what the others are, who know no speakers and dates.
    """

    name: str
    items: Sequence[Mapping[str, Any]]
    texts: Mapping[str, str]
    questions: Sequence[Question] = field(default_factory=list[Question])


def locomo(folder: Path) -> list[Corpus]:
    """Load LoCoMo by its own harness; raises SystemExit where it is not."""
    harness, data = folder / "locomo_retrieval.py", folder / "locomo-dev.json"
    if not (harness.is_file() and data.is_file()):
        raise SystemExit(
            f"{folder} holds no LoCoMo harness ({harness.name}, {data.name}): name its folder as in"
            " `make bench-memory LOCOMO=…`, or leave LOCOMO out for the team's memories alone."
        )
    spec = importlib.util.spec_from_file_location(harness.stem, harness)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[harness.stem] = module  # where its dataclasses look themselves up
    spec.loader.exec_module(module)
    conversations, _ = module.load(data)
    return [
        Corpus(
            name=one.cid,
            items=[_item(item["id"], item["text"], item["metadata"]) for item in one.items],
            texts={item["id"]: item["text"] for item in one.items},
            questions=[
                Question(asked.text, asked.category, frozenset(asked.evidence))
                for asked in one.questions
            ],
        )
        for one in conversations
    ]


def team() -> list[Corpus]:
    """Load the memories of a small team, and what is asked of them."""
    items = _lines("team.jsonl")
    return [
        Corpus(
            name="team",
            items=[_item(item["id"], item["text"], item["metadata"]) for item in items],
            texts={item["id"]: _dated(item) for item in items},
            questions=[
                Question(asked["text"], asked["kind"], frozenset(asked["evidence"]))
                for asked in _lines("team_questions.jsonl")
            ],
        )
    ]


def score(corpora: Sequence[Corpus], found: Mapping[str, Sequence[Sequence[str]]]) -> Any:
    """Give recall@5, recall@10, MRR@10, and of what has no answer how often nothing was found."""
    rows = [
        (question, list(dict.fromkeys(got)))
        for corpus in corpora
        for question, got in zip(corpus.questions, found[corpus.name], strict=True)
    ]
    answered = [(question, got) for question, got in rows if question.evidence]
    kinds = sorted({question.kind for question, _ in answered})
    figures: dict[str, Any] = {
        "questions": len(answered),
        "recall_5": _mean(_recall(question, got, 5) for question, got in answered),
        "recall_10": _mean(_recall(question, got, 10) for question, got in answered),
        "mrr_10": _mean(_reciprocal(question, got) for question, got in answered),
        "recall_10_by_kind": {
            kind: _mean(_recall(asked, got, 10) for asked, got in answered if asked.kind == kind)
            for kind in kinds
        },
    }
    if len(answered) < len(rows):
        figures["abstained"] = _mean(not got for question, got in rows if not question.evidence)
    return figures


def by_score(
    corpora: Sequence[Corpus],
    found: Mapping[str, Sequence[Sequence[str]]],
    scores: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    """Give, by the score of what came first, how often that was right, and what came with it."""
    rows = [
        (min(int(score * BANDS), BANDS - 1), question, got)
        for corpus in corpora
        for question, got, score in zip(
            corpus.questions, found[corpus.name], scores[corpus.name], strict=True
        )
        if got
    ]
    return {
        f"{band / BANDS:.1f}": {
            "questions": len(those),
            "first_right": _mean(got[0] in question.evidence for question, got in those),
            "right_in_10": _mean(
                bool(question.evidence & set(got[:10])) for question, got in those
            ),
        }
        for band in range(BANDS)
        if (those := [(question, got) for at, question, got in rows if at == band])
    }


def _recall(question: Question, got: Sequence[str], limit: int) -> float:
    return len(question.evidence & set(got[:limit])) / len(question.evidence)


def _reciprocal(question: Question, got: Sequence[str]) -> float:
    ranks = (rank for rank, id_ in enumerate(got[:LATEST_RANK], 1) if id_ in question.evidence)
    return 1 / next(ranks, float("inf"))


def _mean(values: Any) -> float:
    return round(statistics.fmean(values), 4)


def _item(id_: str, text: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": text, "external_id": id_, "metadata": metadata}


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SETS / name).read_text().splitlines()]


def _dated(item: Mapping[str, Any]) -> str:
    told = item["metadata"]
    day = datetime.fromisoformat(told["occurred_at"])
    return f"[{day.day} {day:%B %Y}] {told['speaker']}: {item['text']}"
