"""What people call a vendor's things."""

from dataclasses import dataclass, field

import pytest

from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.names import Named, Names
from tests.support.clock import FixedClock


@dataclass
class Shelf:
    """Things, and how often they were looked through."""

    things: list[Named] = field(
        default_factory=lambda: [
            Named(id="1", name="Mara Lindqvist", others=("mara@example.org",)),
            Named(id="2", name="Mara Berg", others=("mb@example.org",)),
            Named(id="3", name="Tomas Berg", others=("tomas@example.org",)),
        ]
    )
    looked: int = 0

    async def load(self) -> list[Named]:
        self.looked += 1
        return list(self.things)


@pytest.mark.parametrize("written", ["tomas berg", " Tomas Berg ", "TOMAS@example.org", "tomas"])
async def test_a_name_is_understood_however_it_is_written(written: str) -> None:
    found = await Names(FixedClock()).find("person", written, Shelf().load)
    assert found.id == "3"


async def test_a_whole_name_is_preferred_to_a_part_of_another() -> None:
    shelf = Shelf()
    shelf.things.append(Named(id="4", name="Mara"))
    assert (await Names(FixedClock()).find("person", "mara", shelf.load)).id == "4"


async def test_a_name_of_several_is_answered_with_them() -> None:
    with pytest.raises(HandleError, match=r"Mara Lindqvist .*id 1, Mara Berg .*id 2"):
        await Names(FixedClock()).find("person", "mara", Shelf().load)


async def test_a_name_of_nobody_is_answered_with_the_nearest_or_with_all() -> None:
    names = Names(FixedClock())
    with pytest.raises(HandleError, match="did you mean Tomas Berg"):
        await names.find("person", "thomas", Shelf().load)
    with pytest.raises(HandleError, match=r"there are Mara Lindqvist .*, Tomas Berg"):
        await names.find("person", "xyzzy", Shelf().load)


async def test_names_are_kept_and_what_is_not_there_is_looked_for_again() -> None:
    clock, shelf = FixedClock(), Shelf()
    names = Names(clock)
    for _ in range(3):
        await names.find("person", "tomas", shelf.load)
    assert shelf.looked == 1
    clock.advance(10)
    shelf.things.append(Named(id="5", name="Ines"))
    assert (await names.find("person", "ines", shelf.load)).id == "5"
    assert shelf.looked == 2
    for _ in range(3):
        with pytest.raises(HandleError):
            await names.find("person", "nobody", shelf.load)
    assert shelf.looked == 2, "a list that was just made is not made again"
    clock.advance(400)
    await names.find("person", "tomas", shelf.load)
    assert shelf.looked == 3


async def test_lists_of_different_places_are_kept_apart() -> None:
    names = Names(FixedClock())
    here, there = Shelf(), Shelf([Named(id="9", name="Tomas")])
    assert (await names.find("person", "tomas", here.load, among="a")).id == "3"
    assert (await names.find("person", "tomas", there.load, among="b")).id == "9"
