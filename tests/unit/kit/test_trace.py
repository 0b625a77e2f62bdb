"""The trace that the journal names: the caller's own, or one that begins here."""

import asyncio
import re

import pytest

from sophia.kit import trace

ID = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"00-{ID}-00f067aa0ba902b7-01", ID),
        (f"cc-{ID}-00f067aa0ba902b7-00", ID),
        (f"ff-{ID}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{ID}-{'0' * 16}-01", None),
        (f"00-{ID.upper()}-00f067aa0ba902b7-01", None),
        (f"00-{ID}-00f067aa0ba902b7-01\n", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_a_trace_is_taken_over_only_as_the_standard_writes_it(said: object, found: object) -> None:
    assert trace.named_in(said) == found


async def test_a_trace_is_its_tasks_alone() -> None:
    async def other() -> str | None:
        trace.go_on_with(None)
        return trace.current()

    trace.go_on_with(ID)
    begun = await asyncio.create_task(other())
    assert trace.current() == ID
    assert re.fullmatch("[0-9a-f]{32}", begun or "")
