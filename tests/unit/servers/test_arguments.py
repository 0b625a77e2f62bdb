import json
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from sophia.servers.arguments import parse, schema_of
from sophia.servers.errors import ArgumentsInvalidError, OtherUserError
from sophia.servers.principal import Principal


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    size: int = 1


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: list[Part] = Field(min_length=1)
    note: str | None = None
    user_id: str


ANNA = Principal(user_id="anna")


def parse_order(given: dict[str, Any], *, principal: Principal = ANNA) -> Order:
    return parse(Order, given, name="order", principal=principal)


def refused(given: dict[str, Any], *, principal: Principal = ANNA) -> str:
    with pytest.raises(ArgumentsInvalidError) as caught:
        parse_order(given, principal=principal)
    return caught.value.message


def test_schema_holds_neither_references_nor_titles() -> None:
    written = json.dumps(schema_of(Order))

    assert "$ref" not in written
    assert "$defs" not in written
    assert '"title": "' not in written


def test_schema_keeps_a_property_that_is_called_title() -> None:
    part = schema_of(Order)["properties"]["parts"]["items"]

    assert part["properties"]["title"] == {"type": "string"}


def test_schema_asks_for_the_user_only_where_the_token_does_not_say() -> None:
    free, bound = schema_of(Order), schema_of(Order, is_bound=True)

    assert free["required"] == ["parts", "user_id"]
    assert bound["required"] == ["parts"]
    assert "user_id" not in bound["properties"]


def test_the_token_fills_in_the_user() -> None:
    assert parse_order({"parts": [{"title": "x"}]}).user_id == "anna"


def test_the_token_s_own_user_may_be_named() -> None:
    given = {"parts": [{"title": "x"}], "user_id": "anna"}

    assert parse_order(given).user_id == "anna"


def test_another_user_than_the_token_s_is_refused() -> None:
    with pytest.raises(OtherUserError, match="leave user_id out"):
        parse_order({"parts": [{"title": "x"}], "user_id": "bob"})


def test_without_a_user_in_the_token_any_user_may_be_named() -> None:
    given = {"parts": [{"title": "x"}], "user_id": "bob"}

    assert parse_order(given, principal=Principal()).user_id == "bob"


def test_an_unknown_argument_is_answered_with_the_one_that_was_meant() -> None:
    told = refused({"parts": [{"title": "x"}], "notes": "hi"})

    assert "There is no argument notes: did you mean note?" in told


def test_an_unknown_argument_far_from_any_is_answered_with_all() -> None:
    told = refused({"parts": [{"title": "x"}], "zzz": 1})

    assert "There is no argument zzz: there are parts, note, user_id." in told


def test_an_unknown_argument_deep_inside_is_told_with_its_path() -> None:
    told = refused({"parts": [{"title": "x"}, {"title": "y", "siez": 2}]})

    assert "There is no argument parts[1].siez: did you mean size?" in told


def test_what_is_missing_is_named() -> None:
    assert "The argument parts is missing." in refused({})
    assert "The argument user_id is missing." in refused({}, principal=Principal())


def test_a_wrong_value_is_told_shortened() -> None:
    told = refused({"parts": "x" * 10_000})

    assert "parts: " in told
    assert len(told) < 300


def test_many_problems_are_counted_rather_than_listed() -> None:
    told = refused({f"argument_{number}": 1 for number in range(100)})

    assert "And 96 more." in told
