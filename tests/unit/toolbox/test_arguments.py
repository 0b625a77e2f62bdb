import pytest

from sophia.core.messages import JsonObject
from sophia.toolbox.arguments import problems_of, validator_of

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "content": {"type": "string", "minLength": 1},
        "category": {"enum": ["general", "project"], "type": "string"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 50},
        "scope": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}]},
        "memories": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"content": {"type": "string"}},
                "required": ["content"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["content"],
    "additionalProperties": False,
}
VALIDATOR = validator_of(SCHEMA)


def test_fitting_arguments_have_no_problem() -> None:
    fitting: JsonObject = {"content": "x", "scope": None, "memories": [{"content": "y"}]}

    assert problems_of(VALIDATOR, fitting) == []


WRONG: list[tuple[JsonObject, str]] = [
    ({}, "The argument content is missing."),
    ({"content": "x", "contnet": "y"}, "There is no argument contnet: did you mean content?"),
    ({"content": "x", "zzz": 1}, "There is no argument zzz: there are content, category,"),
    ({"content": 7}, "content: 7 is not of type 'string'."),
    ({"content": "x", "category": "tech"}, "category: 'tech' is not one of ['general',"),
    ({"content": "x", "limit": 51}, "limit: 51 is greater than the maximum of 50."),
    ({"content": "x", "scope": "long"}, "scope: 'long' is too long."),
    ({"content": "x", "memories": [{}]}, "The argument memories[0].content is missing."),
    (
        {"content": "x", "memories": [{"content": "y"}, {"content": "y", "contnt": ""}]},
        "There is no argument memories[1].contnt: did you mean content?",
    ),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG)
def test_a_problem_names_the_argument_and_what_fits(arguments: JsonObject, told: str) -> None:
    assert told in " ".join(problems_of(VALIDATOR, arguments))


def test_a_long_value_is_not_repeated() -> None:
    (problem,) = problems_of(VALIDATOR, {"content": "x", "limit": "9" * 10_000})

    assert len(problem) < 400


def test_few_of_many_problems_are_told() -> None:
    strange: JsonObject = {f"argument_{number}": 1 for number in range(100)}

    assert len(problems_of(VALIDATOR, strange)) == 5
