"""Schemas of other people: what is followed of them, and what makes one unfit."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sophia.core.messages import JsonObject
from sophia.toolbox.arguments import problems_of, validator_of
from sophia.toolbox.schemas import fault_of

ADDRESS = "http://169.254.169.254/latest/meta-data"
BOMB: dict[str, Any] = {
    f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
    for n in range(60)
}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"$ref": ADDRESS}}},
        {"properties": {"a": {"$dynamicRef": "file:///etc/passwd"}}},
        {"properties": {"a": {"$schema": ADDRESS, "$id": ADDRESS, "$ref": "#/x"}}},
        {"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": BOMB},
        {"properties": {"a": {"pattern": "^(x+)+$"}}},
        {"patternProperties": {"(a*)*b": {"type": "number"}}, "additionalProperties": False},
        {"properties": {"a": {"oneOf": [{"$ref": "#/$defs/x"}, {"$ref": "#/$defs/y"}]}}},
        {"properties": {"a": {"type": ["string", "null"], "items": [{"type": "number"}]}}},
        {"properties": {"a": True, "pattern": {"type": "string"}}},
    ],
)
def test_what_leads_elsewhere_or_runs_for_ever_is_left_to_the_server(schema: JsonObject) -> None:
    arguments: JsonObject = {"a": "x" * 60 + "!"}

    assert fault_of(schema) is None
    assert problems_of(validator_of(schema), arguments) == []


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ("object", "it is no object"),
        ({"type": "text"}, "its type"),
        ({"type": []}, "its type"),
        ({"properties": ["a"]}, "its properties"),
        ({"properties": {"a": {"required": True}}}, "its required"),
        ({"properties": {"a": {"items": "string"}}}, "its items"),
        ({"properties": {"a": {"anyOf": []}}}, "its anyOf"),
        ({"properties": {"a": {"enum": "x"}}}, "its enum"),
        ({"properties": {"a": {"exclusiveMinimum": True}}}, "its exclusiveMinimum"),
        ({"properties": {"a": {"type": "number", "x-mcp-header": "A"}}}, "in a header"),
    ],
)
def test_what_is_no_schema_is_told_by_its_part(schema: Any, told: str) -> None:
    assert told in (fault_of(schema) or "")


WORDS = ("type", "enum", "properties", "required", "items", "anyOf", "oneOf", "minimum", "$ref")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(("object", "array", "x")),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(WORDS), below),
    max_leaves=8,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(schema=st.dictionaries(st.sampled_from(WORDS), ANYTHING), value=ANYTHING)
def test_whatever_is_a_schema_can_be_followed(schema: dict[str, Any], value: Any) -> None:
    if fault_of(schema) is None:
        problems_of(validator_of(schema), {"items": value})
