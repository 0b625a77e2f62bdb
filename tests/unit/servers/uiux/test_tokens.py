"""Design tokens: what is right, what is wrong, what becomes of them."""

from typing import Any

import jsonschema_rs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.servers.uiux.tokens.resolving import resolve
from tests.support.uiux import Agent
from tests.support.vendor_specs import vendor_file

BLUE = {"colorSpace": "srgb", "components": [0.15, 0.39, 0.92], "hex": "#2563eb"}
EIGHT = {"value": 8, "unit": "px"}
QUICK = {"value": 200, "unit": "ms"}
EASE = [0.4, 0, 0.2, 1]
SHADOW = {"color": BLUE, "offsetX": EIGHT, "offsetY": EIGHT, "blur": EIGHT, "spread": EIGHT}
TYPOGRAPHY = {
    "fontFamily": ["Inter", "sans-serif"],
    "fontSize": {"value": 1.25, "unit": "rem"},
    "fontWeight": "semi-bold",
    "letterSpacing": {"value": 0, "unit": "px"},
    "lineHeight": 1.4,
}
# A value of each type that is right, and one that is wrong.
VALUES: dict[str, tuple[Any, Any]] = {
    "color": (BLUE, {"colorSpace": "srgb", "components": [2, 0, 0]}),
    "dimension": (EIGHT, {"value": 8, "unit": "em"}),
    "fontFamily": (["Inter", "sans-serif"], []),
    "fontWeight": ("semi-bold", 1001),
    "duration": (QUICK, {"value": "200", "unit": "ms"}),
    "cubicBezier": (EASE, [2, 0, 0, 1]),
    "number": (1.5, "1.5"),
    "strokeStyle": ({"dashArray": [EIGHT], "lineCap": "round"}, "wavy"),
    "border": ({"color": BLUE, "width": EIGHT, "style": "solid"}, {"color": BLUE, "width": EIGHT}),
    "transition": (
        {"duration": QUICK, "delay": QUICK, "timingFunction": EASE},
        {"duration": QUICK, "delay": EIGHT, "timingFunction": EASE},
    ),
    "shadow": ([SHADOW, SHADOW], []),
    "gradient": ([{"color": BLUE, "position": 0.5}], [{"color": BLUE, "position": 2}]),
    "typography": (TYPOGRAPHY, {**TYPOGRAPHY, "lineHeight": "1.4"}),
}
EVERY = {type_: {"$type": type_, "one": {"$value": right}} for type_, (right, _) in VALUES.items()}
RESOLVER: dict[str, Any] = {
    "version": "2025.10",
    "sets": {"base": {"sources": [{"$ref": "base.json"}]}},
    "modifiers": {
        "theme": {
            "contexts": {"light": [], "dark": [{"ink": {"$value": "{grey.light}"}}]},
            "default": "light",
        }
    },
    "resolutionOrder": [{"$ref": "#/sets/base"}, {"$ref": "#/modifiers/theme"}],
}
BASE: dict[str, Any] = {
    "grey": {
        "$type": "color",
        "light": {"$value": {"colorSpace": "oklch", "components": [0.95, 0, 0]}},
        "dark": {"$value": {"colorSpace": "srgb", "components": [0.1, 0.1, 0.1]}},
    },
    "ink": {"$value": "{grey.dark}"},
}


async def wrong(agent: Agent, document: Any) -> dict[str, str]:
    found = await agent.ask("validate_tokens", tokens=document)
    assert not found["is_valid"]
    return {one["path"]: one["message"] for one in found["problems"]}


async def test_every_type_of_the_standard_is_known(agent: Agent) -> None:
    found = await agent.ask("validate_tokens", tokens=EVERY)

    assert found["problems"] == []
    assert found["types"] == dict.fromkeys(VALUES, 1)


@pytest.mark.parametrize("type_", VALUES)
async def test_a_value_of_another_form_is_told_with_its_place(agent: Agent, type_: str) -> None:
    document = {"group": {"one": {"$type": type_, "$value": VALUES[type_][1]}}}

    assert (await wrong(agent, document))["group.one"].startswith(f"It is no {type_}")


async def test_references_are_followed_through_groups_pointers_and_composites(
    agent: Agent,
) -> None:
    document = {
        "base": {"$type": "color", "blue": {"$value": BLUE}, "link": {"$value": "{base.blue}"}},
        "brand": {"$extends": "{base}", "own": {"$ref": "#/base/link"}},
        "red-of-it": {"$type": "number", "$value": {"$ref": "#/base/link/$value/components/0"}},
        "line": {
            "$type": "border",
            "$value": {"color": "{brand.link}", "width": EIGHT, "style": "solid"},
        },
    }
    written = await agent.ask("export_tokens", tokens=document, format="css")

    assert written["content"].count("#2663eb") == 6
    assert "--brand-own: #2663eb;" in written["content"]
    assert "--red-of-it: 0.15;" in written["content"]
    assert "--line: 8px solid #2663eb;" in written["content"]


@pytest.mark.parametrize(
    ("document", "path", "told"),
    [
        ({"a": {"$value": "{b}"}, "b": {"$value": "{a}"}}, "a", "refers to itself"),
        ({"a": {"$value": "{b.c}"}}, "a", "There is no token b.c"),
        ({"a": {"$type": "color", "$value": {"$ref": "#/x/y"}}}, "a", "leads nowhere"),
        ({"a": {"$type": "color", "$ref": "other.json#/x"}}, "a", "leads out of the document"),
        ({"a": {"$value": 1}}, "a", "type is not known"),
        ({"a": {"$type": "hue", "$value": 1}}, "a", "There is no type 'hue'"),
        ({"a": {"$type": "number", "$value": 1, "b": {}}}, "a", "no token or group inside"),
        ({"a.b": {"$type": "number", "$value": 1}}, "a.b", "nor hold"),
        ({"$x": 1}, "(document)", "no member $x"),
        ({"a": 1}, "a", "is an object"),
        ({"a": {"$extends": "{b}"}, "b": {"$extends": "{a}"}}, "(document)", "extends itself"),
        ({"a": {"$extends": "{b}"}}, "(document)", "no group"),
        ({"a": {"$value": True, "$type": "number"}}, "a", "It is no number"),
    ],
)
async def test_what_breaks_the_rules_is_told_with_its_place(
    agent: Agent, document: Any, path: str, told: str
) -> None:
    assert told in (await wrong(agent, document))[path]


async def test_what_is_wrong_is_not_exported(agent: Agent) -> None:
    said = await agent.refusal("export_tokens", tokens={"a": {"$value": 1}}, format="css")

    assert "a: Its type is not known" in said


@pytest.mark.parametrize("format_", ["css", "tailwind"])
async def test_the_contexts_of_a_resolver_become_rules_of_what_differs(
    agent: Agent, format_: str
) -> None:
    arguments: dict[str, Any] = {"resolver": RESOLVER, "files": {"base.json": BASE}}
    found = await agent.ask("export_tokens", **arguments, format=format_)
    light, dark = found["content"].split('[data-theme="dark"]')

    assert "#1a1a1a" in light
    assert "ink: oklch(0.95 0 0);" in dark
    assert "grey" not in dark
    chosen = await agent.ask(
        "export_tokens", **arguments, format="swift", contexts={"theme": "dark"}
    )
    assert chosen["content"].count("red: 0.93") == 2
    assert "a context of theme: light, dark" in await agent.refusal(
        "export_tokens", **arguments, format="css", contexts={"theme": "dim"}
    )
    assert "no modifier mood; there are theme" in await agent.refusal(
        "export_tokens", **arguments, format="css", contexts={"mood": "dim"}
    )


async def test_a_source_that_is_not_handed_over_is_asked_for(agent: Agent) -> None:
    said = await agent.refusal("validate_tokens", resolver=RESOLVER)

    assert "base.json is not there: hand its content over in files" in said


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("css", "--shadow-one: 8px 8px 8px 8px #2663eb, 8px 8px 8px 8px #2663eb;"),
        ("css", '--typography-one: 600 1.25rem/1.4 "Inter", sans-serif;'),
        ("css", "--transition-one: 200ms cubic-bezier(0.4, 0, 0.2, 1) 200ms;"),
        ("tailwind", "--color-one: #2663eb;"),
        ("swift", "public static let dimensionOne: CGFloat = 8"),
        ("kotlin", "val colorOne: Color = Color(0xFF2663EB)"),
        ("kotlin", "val durationOne: Duration = 200.milliseconds"),
    ],
)
async def test_each_platform_reads_its_own_form(agent: Agent, format_: str, expected: str) -> None:
    found = await agent.ask("export_tokens", tokens=EVERY, format=format_)

    assert expected in found["content"]
    skipped = {"strokeStyle", "border", "transition", "shadow", "gradient", "typography"}
    is_native = format_ in ("swift", "kotlin")
    assert found["skipped"] == ([f"{one}.one" for one in EVERY if one in skipped] * is_native)


async def test_flat_json_holds_every_value_without_references(agent: Agent) -> None:
    found = await agent.ask(
        "export_tokens", resolver=RESOLVER, files={"base.json": BASE}, format="json"
    )
    written = orjson.loads(found["content"])

    assert written["tokens"]["ink"]["value"] == BASE["grey"]["dark"]["$value"]
    dark = written["contexts"]["theme.dark"]
    assert dark["ink"]["value"] == BASE["grey"]["light"]["$value"]


async def test_names_that_a_language_would_not_take_are_changed(agent: Agent) -> None:
    number = {"$type": "number", "$value": 1}
    document = {"class": number, "a b": number, "aB": number, "2xl": number}
    found = await agent.ask("export_tokens", tokens=document, format="kotlin")

    names = [line.split()[1] for line in found["content"].splitlines() if " val " in line]
    assert names == ["tokenClass:", "aB:", "aB2:", "token2xl:"]


async def test_a_name_and_a_family_cannot_leave_their_place(agent: Agent) -> None:
    document = {
        "x; } body { y": {
            "$type": "fontFamily",
            "$description": "*/ evil",
            "$value": '"; } * { z: "',
        }
    }
    with_brace = await agent.ask("validate_tokens", tokens=document)
    assert not with_brace["is_valid"]
    document = {"x; y": document["x; } body { y"]}
    found = await agent.ask("export_tokens", tokens=document, format="css")

    assert found["content"] == (':root {\n  /* * / evil */\n  --x-y: "\\"; } * { z: \\"";\n}\n')


# Documents without references, of right and wrong parts alike.
_PARTS = st.sampled_from([value for pair in VALUES.values() for value in pair])
_TOKENS: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"$type": st.sampled_from([*VALUES]), "$value": _PARTS}
)
_LEAVES: st.SearchStrategy[Any] = st.dictionaries(
    st.sampled_from(["a", "b", "c d", "$root"]), _TOKENS, max_size=2
)


def _groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(["x", "y"]), inner | _TOKENS, max_size=3)


@pytest.fixture(scope="module", name="published")
def _published() -> jsonschema_rs.Validator:
    folder = vendor_file("uiux/dtcg_schemas/2025.10")
    documents = {
        schema["$id"]: schema
        for schema in map(orjson.loads, (one.read_bytes() for one in folder.rglob("*.json")))
    }
    registry = jsonschema_rs.Registry([*documents.items()])
    schema = documents["https://www.designtokens.org/schemas/2025.10/format.json"]
    return jsonschema_rs.validator_for(schema, registry=registry)


@given(document=st.recursive(_LEAVES, _groups, max_leaves=4))
def test_a_document_is_right_exactly_where_the_published_schema_says_so(
    published: jsonschema_rs.Validator, document: Any
) -> None:
    _, problems = resolve(document)
    assert (problems == []) == published.is_valid(document), problems
