from typing import Any

import pytest
from mcp_types import TextContent
from pydantic import BaseModel

from sophia.core.provenance import UNTRUSTED_KEY
from sophia.servers import blocks
from sophia.servers.call import Call
from sophia.servers.errors import AnswerTooLargeError, CursorInvalidError
from sophia.servers.output import Page, clipped, read_cursor, result_of, write_cursor
from sophia.servers.parts import NoArguments, Tool


class Paged(NoArguments):
    cursor: str | None = None
    limit: int = 10


class Words(Page):
    words: list[str]


async def run(_given: Any, _call: Call) -> Words:
    return Words(words=[])


def tool(arguments: type[BaseModel] = Paged, **more: Any) -> Tool[Any, Any]:
    given: dict[str, Any] = {"result": Words, **more}
    return Tool(name="say", title="", description="", arguments=arguments, run=run, **given)


def test_a_model_becomes_structure_and_text() -> None:
    result = result_of(tool(), Words(words=["x"], next_cursor="y"))
    (block,) = result.content

    assert result.structured_content == {"words": ["x"], "next_cursor": "y"}
    assert isinstance(block, TextContent)
    assert block.text == '{"next_cursor":"y","words":["x"]}'
    assert result.meta is None


def test_what_strangers_wrote_is_marked() -> None:
    assert result_of(tool(is_untrusted=True), Words(words=[])).meta == {UNTRUSTED_KEY: True}


def test_an_answer_of_another_type_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        result_of(tool(), Page())


def test_a_model_that_does_not_fit_its_schema_is_a_mistake_of_ours() -> None:
    wrong: Any = 7

    with pytest.raises(Exception, match="Expected `list"):
        result_of(tool(), Words.model_construct(words=wrong))


def test_what_is_too_large_is_refused_with_how_to_ask_for_less() -> None:
    with pytest.raises(AnswerTooLargeError, match="ask for less by cursor or limit"):
        result_of(tool(max_answer_bytes=100), Words(words=["x" * 100]))
    with pytest.raises(AnswerTooLargeError, match="ask for less at once"):
        result_of(tool(NoArguments, max_answer_bytes=100), [blocks.image(b"x" * 100)])


def test_a_long_text_is_cut_and_says_so() -> None:
    (block,) = result_of(tool(max_answer_bytes=100), "ä" * 200).content

    assert isinstance(block, TextContent)
    assert block.text.startswith("ä" * 50 + "\n[Cut after 100 of 400 bytes.")
    assert "cursor" in block.text


def test_a_short_text_is_left_alone() -> None:
    assert clipped("short", rest="ask again") == "short"


@pytest.mark.parametrize("place", [0, 7, "", "Y3Vyc29yOnYyOpHOAA==", "ä"])
def test_a_cursor_gives_its_place_again(place: str | int) -> None:
    assert read_cursor(write_cursor(place)) == place


def test_no_cursor_is_no_place() -> None:
    assert read_cursor(None) is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "ä", "e30", write_cursor(7) + "=", " " + write_cursor(7)]
)
def test_a_cursor_of_somebody_else_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalidError):
        read_cursor(cursor)
