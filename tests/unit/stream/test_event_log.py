import asyncio

from sophia.core.events import START, Position, StepStarted, TextDelta, TurnStarted, TurnStopped
from sophia.kit.clock import SystemClock
from sophia.kit.ids import TurnId, uuid7
from sophia.stream.event_log import EventLog
from tests.support.clock import FixedClock
from tests.support.streams import InMemoryTurnStream


def open_log(stream: InMemoryTurnStream, turn_id: TurnId, clock: FixedClock) -> EventLog:
    return EventLog(turn_id, attempt=1, previous=START, sink=stream, clock=clock)


async def test_two_deltas_go_out_at_once_and_those_close_behind_them_become_one() -> None:
    stream, turn_id, clock = InMemoryTurnStream(), TurnId(uuid7()), FixedClock()
    log = open_log(stream, turn_id, clock)

    for word in ("When ", "is ", "it ", "due?"):
        log.emit(TextDelta(word))
    clock.advance(1)
    log.flush()

    sent = [entry.event for entry in stream.entries[turn_id]]
    assert sent == [TextDelta("When "), TextDelta("is "), TextDelta("it due?")]


async def test_deltas_at_the_pace_of_the_log_never_wait_for_their_jitter() -> None:
    stream, turn_id, clock = InMemoryTurnStream(), TurnId(uuid7()), FixedClock()
    log = open_log(stream, turn_id, clock)

    for number, step_s in enumerate((0.0, 0.025, 0.015, 0.021, 0.019, 0.02), start=1):
        clock.advance(step_s)
        log.emit(TextDelta("x"))
        assert len(stream.entries[turn_id]) == number


async def test_a_waiting_delta_goes_out_by_itself() -> None:
    stream, turn_id = InMemoryTurnStream(), TurnId(uuid7())
    log = EventLog(turn_id, attempt=1, previous=START, sink=stream, clock=SystemClock())
    for letter in "abc":
        log.emit(TextDelta(letter))
    assert len(stream.entries[turn_id]) == 2

    async with asyncio.timeout(60):
        while len(stream.entries[turn_id]) < 3:
            stream.changed.clear()
            await stream.changed.wait()

    assert [entry.event for entry in stream.entries[turn_id]] == [TextDelta(x) for x in "abc"]


async def test_events_are_numbered_without_a_gap_and_name_their_predecessor() -> None:
    stream, turn_id = InMemoryTurnStream(), TurnId(uuid7())
    log = EventLog(turn_id, attempt=2, previous=Position(1, 7), sink=stream, clock=FixedClock())

    log.emit(TurnStarted("m"))
    log.emit(StepStarted(0))
    log.emit(TextDelta("x"))

    entries = stream.entries[turn_id]
    assert [entry.position for entry in entries] == [Position(2, n) for n in (1, 2, 3)]
    assert [entry.previous for entry in entries] == [
        Position(1, 7),
        Position(2, 1),
        Position(2, 2),
    ]


async def test_an_ending_is_not_sent_before_it_is_stored() -> None:
    stream, turn_id = InMemoryTurnStream(), TurnId(uuid7())
    log = open_log(stream, turn_id, FixedClock())

    entry = log.hold(TurnStopped())

    assert turn_id not in stream.entries
    assert [event for _, event in log.unstored] == [TurnStopped()]
    log.send(entry)
    assert stream.entries[turn_id][0].is_ending
