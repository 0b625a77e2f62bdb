from hypothesis import given
from hypothesis import strategies as st

from sophia.core.messages import JsonObject
from sophia.gateway.finding import best

words = st.sampled_from(["merge", "pull", "request", "issue", "list", "file", "deploy"])


def a_tool(name: list[str], told: list[str]) -> JsonObject:
    return {"name": "_".join(name), "description": " ".join(told)}


tools = st.lists(
    st.builds(a_tool, st.lists(words, min_size=1, max_size=3), st.lists(words, max_size=6)),
    max_size=20,
)


@given(tools, st.lists(words, max_size=3).map(" ".join), st.integers(1, 5))
def test_what_is_found_shares_a_word_and_is_given_once(
    offered: list[JsonObject], query: str, limit: int
) -> None:
    found = best(offered, query, limit=limit)

    assert len(found) <= limit
    assert len({id(tool) for tool in found}) == len(found)
    for tool in found:
        told = f"{tool['name']} {tool['description']}".replace("_", " ").split()
        assert set(told) & set(query.split())


def test_a_word_in_the_name_counts_more_than_one_in_the_description() -> None:
    told = {"name": "notes", "description": "merge"}
    named = {"name": "merge", "description": "notes"}

    assert best([told, named], "merge", limit=2) == [named, told]


def test_endings_do_not_hide_a_word() -> None:
    tool = {"name": "list_issues", "description": ""}

    assert best([tool], "listing an issue", limit=1) == [tool]
    assert best([tool], "deployment", limit=1) == []
