from hypothesis import given
from hypothesis import strategies as st

from sophia.documents.splitting import Passage, split
from sophia.extraction.blocks import Block


def test_a_passage_lies_under_one_heading_and_on_one_page() -> None:
    blocks = [
        Block("Before all.", page=1),
        Block("Deploying", 1, 1),
        Block("When", 2, 1),
        Block("On Friday.", page=1),
        Block("In the evening.", page=1),
        Block("And late.", page=2),
        Block("Rolling\nback", 1, 2),
        Block("By hand.", page=2),
    ]
    assert list(split(blocks)) == [
        Passage("Before all.", None, 1),
        Passage("On Friday.\n\nIn the evening.", "Deploying > When", 1),
        Passage("And late.", "Deploying > When", 2),
        Passage("By hand.", "Rolling back", 2),
    ]


def test_a_long_paragraph_is_divided_where_sentences_end() -> None:
    sentence = "One of many sentences of the same length. "
    texts = [passage.text for passage in split([Block(sentence * 100)])]
    assert len(texts) > 1
    assert all(text.endswith(".") and len(text) <= 1_600 for text in texts)


@given(st.lists(st.tuples(st.text("ab. \n", max_size=4_000), st.integers(0, 2)), max_size=8))
def test_nothing_is_lost_or_said_twice(blocks: list[tuple[str, int]]) -> None:
    told = [Block(text, level) for text, level in blocks]
    passages = list(split(told))
    words = "".join("".join(block.text.split()) for block in told if not block.level)
    assert "".join("".join(passage.text.split()) for passage in passages) == words
    assert all(0 < len(passage.text) <= 1_600 for passage in passages)
