"""What is learned of a quarter of the talks that `make bench-memory-learning` measures in full."""

import pytest
from bench.memory_learning import measured, talks

from sophia.store.database import Database
from sophia.store.user_database import UserDatabase


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("by_model", "precision", "recall", "ends"),
    [(False, 0.85, 0.8, 0.55), (True, 0.97, 0.97, 0.85)],
)
async def test_little_is_learned_that_should_not_be_and_little_missed(
    databases: tuple[UserDatabase, Database],
    *,
    by_model: bool,
    precision: float,
    recall: float,
    ends: float,
) -> None:
    owned, database = databases
    tally = await measured(database, owned, talks()[1::4], by_model=by_model)
    figures = tally.figures()
    assert tally.wanted > 25
    assert figures["kept_precision"] >= precision, tally.wrong
    assert figures["kept_recall"] >= recall, tally.wrong
    assert figures["superseded_precision"] >= 0.9, tally.wrong
    assert figures["superseded_recall"] >= ends, tally.wrong
