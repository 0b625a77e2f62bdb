"""What components are given: hostile words, wrong props, styles, and what fails the audit."""

import json
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, cast, override

import pytest

from sophia.servers.uiux.audits.port import Measured, Picture, Scheme, Shown, View
from sophia.servers.uiux.audits.schemas import Accessibility, Element, Violation, WcagLevel, told
from sophia.servers.uiux.audits.static import WithoutBrowser
from sophia.servers.uiux.components.catalogue import COMPONENTS
from sophia.servers.uiux.server import uiux_parts
from tests.support.serving import serving
from tests.support.uiux import Agent

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{alert(1)} ${alert(1)} `${alert(1)}`",
    "</textarea></title></style><svg onload=alert(1)>",
    "*/ } body { display: none } /*",
    "\\'; alert(1); //",
    "<!-- --> <![CDATA[ ]]> &lt; &amp;",
    "a \u2028 line \u2029 \u202e \U0001f600",
]
LINKS = [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "\\\\evil.example",
    "/a b",
]


@pytest.fixture(scope="module", name="agent")
async def _agent() -> AsyncGenerator[Agent]:
    async with serving(uiux_parts(WithoutBrowser())) as served:
        yield Agent(served)


def hostile(value: Any, word: str) -> Any:
    """Put a word in the place of every text that is free."""
    fixed = {"kind", "variant", "method", "name", "href", "action", "current", "autocomplete"}
    if isinstance(value, dict):
        return {
            key: one if key in fixed | {"type", "column", "unit"} else hostile(one, word)
            for key, one in cast("dict[str, Any]", value).items()
        }
    if isinstance(value, list):
        return [
            hostile(one, f"{word} {place}") for place, one in enumerate(cast("list[Any]", value))
        ]
    return word if isinstance(value, str) else value


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.texts: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}

    @override
    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def read(page: str) -> _Read:
    found = _Read()
    found.feed(page)
    return found


@pytest.mark.parametrize("name", COMPONENTS)
async def test_hostile_props_stay_words(agent: Agent, name: str) -> None:
    usual = COMPONENTS[name].props().model_dump(mode="json", exclude_none=True)  # pyright: ignore[reportArgumentType]
    plain = read(await page_of(agent, name, usual))
    for word in (" ".join(HOSTILE[::2]), " ".join(HOSTILE[1::2])):
        props = hostile(usual, word)
        seen = read(await page_of(agent, name, props))
        assert seen.tags == plain.tags
        assert seen.names == plain.names
        assert any(word in text for text in seen.texts)

        story = (await files_of(agent, name, framework="react", props=props))[
            f"{name.replace('_', '-')}.stories.tsx"
        ]
        written = re.search(r"args: (\{.*\}),\n\} satisfies", story, re.DOTALL)
        assert written
        assert json.loads(written[1]) == props


async def files_of(agent: Agent, name: str, **arguments: Any) -> dict[str, str]:
    found = await agent.ask("generate_component", component_type=name, **arguments)
    return {file["path"]: file["content"] for file in found["files"]}


async def page_of(agent: Agent, name: str, props: dict[str, Any]) -> str:
    return (await files_of(agent, name, props=props))[f"{name.replace('_', '-')}.html"]


@pytest.mark.parametrize("href", LINKS)
async def test_a_link_leads_to_no_script(agent: Agent, href: str) -> None:
    link = {"label": "Go", "href": href}
    said = await agent.refusal("generate_component", component_type="card", props={"link": link})
    assert "link.href" in said


@pytest.mark.parametrize(
    ("name", "props", "expected"),
    [
        ("button", {"labl": "x"}, "did you mean label?"),
        ("button", {"colour": "x"}, "Its props: label, variant, type, disabled, busy."),
        ("button", {"label": 3}, "label: Input should be a valid string"),
        ("button", {"label": " "}, "label:"),
        ("button", {"variant": "loud"}, "'primary', 'secondary', 'quiet' or 'danger'"),
        ("form", {"fields": []}, "fields:"),
        ("form", {"fields": [{"name": "a"}, {"name": "a"}]}, "each name of a field stands once"),
        ("form_field", {"kind": "select"}, "options belong to the kind select"),
        ("table", {"rows": [["a"]]}, "row 0 has 1 cells of 3"),
        ("chart", {"labels": ["a"]}, "has 4 of 1 values"),
    ],
)
async def test_wrong_props_are_told_what_is_right(
    agent: Agent, name: str, props: dict[str, Any], expected: str
) -> None:
    said = await agent.refusal("generate_component", component_type=name, props=props)
    assert expected in said


async def test_an_unknown_component_is_told_which_there_are(agent: Agent) -> None:
    said = await agent.refusal("generate_component", component_type="carousel")
    assert "glassmorphism_card" in said


async def test_the_theme_is_made_of_a_colour_or_of_the_tokens_of_a_palette(agent: Agent) -> None:
    palette = await agent.ask("create_palette", seed="#c2410c", name="brand")
    by_colour = await files_of(agent, "button", style="#c2410c")
    by_tokens = await files_of(agent, "button", style={"tokens": palette["tokens"]})

    assert by_colour["theme.css"] == by_tokens["theme.css"]
    strong = next(one["hex"] for one in palette["colours"] if one["step"] == 600)
    assert f"--ui-primary: light-dark({strong}, " in by_colour["theme.css"]
    compact = await files_of(agent, "button", style={"density": "compact", "radius": "none"})
    assert "--ui-space: 0.25rem;" in compact["theme.css"]
    assert "--ui-radius: 0rem;" in compact["theme.css"]


async def test_a_component_comes_as_one_item_of_a_registry_too(agent: Agent) -> None:
    react = await files_of(agent, "form", framework="react")
    written = await files_of(agent, "form", framework="shadcn")

    item = json.loads(written.pop("form.json"))
    assert written == {}
    assert (item["name"], item["type"]) == ("form", "registry:component")
    assert {file["path"]: file["content"] for file in item["files"]} == react
    assert {file["target"] for file in item["files"]} == {
        f"components/form/{path}" for path in react
    }


async def test_a_style_that_makes_no_theme_is_refused(agent: Agent) -> None:
    async def said(style: Any) -> str:
        return await agent.refusal("generate_component", component_type="button", style=style)

    tokens: dict[str, Any] = (await agent.ask("create_palette", seed="#c2410c"))["tokens"]
    assert "such as #2563eb" in await said("modern")
    assert "not both" in await said({"seed": "red", "tokens": tokens})
    assert "take those of create_palette" in await said({"tokens": {}})
    tokens["primary"]["600"] = tokens["primary"]["200"]
    assert "link on background has 1." in await said({"tokens": tokens})


@dataclass(frozen=True, slots=True)
class Strict:
    """Finds fault with everything."""

    async def accessibility(
        self, shown: Shown, level: WcagLevel, schemes: Sequence[Scheme] = ("light",)
    ) -> Accessibility:
        assert shown.html
        assert schemes == ("light", "dark")
        element = Element(selector="button", html="<button>", fix="Make it larger.")
        fault = Violation(
            rule="target-size",
            impact="serious",
            what="Targets are large",
            criteria=["2.5.8"],
            help_url=None,
            elements=[element],
            more_elements=0,
        )
        return told([fault], engine="axe", note="", wcag_level=level, rules_passed=0, to_review=[])

    async def picture(self, shown: Shown, view: View) -> Picture:
        raise NotImplementedError

    async def performance(self, html: str, selectors: Sequence[str]) -> Measured:
        raise NotImplementedError


async def test_a_component_that_fails_its_audit_is_not_given() -> None:
    async with serving(uiux_parts(Strict())) as served:
        said = await Agent(served).refusal("generate_component", component_type="button")

    assert "target-size (button): Make it larger." in said
