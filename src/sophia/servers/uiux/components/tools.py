"""The tools that make components."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sophia.servers.arguments import explained, schema_of
from sophia.servers.call import Call
from sophia.servers.parts import NoArguments, Tool
from sophia.servers.uiux.audits.port import Eyes, Shown
from sophia.servers.uiux.audits.schemas import Accessibility
from sophia.servers.uiux.components.catalogue import COMPONENTS, Component, ComponentType
from sophia.servers.uiux.components.generating import (
    File,
    Framework,
    audited_page,
    html_files,
    react_files,
    registry_item,
)
from sophia.servers.uiux.components.props import Props
from sophia.servers.uiux.components.theme import Style, theme_css
from sophia.servers.uiux.errors import ComponentUnsoundError, PropsInvalidError

_TIMEOUT_S = 90
_MAKERS: dict[Framework, Callable[[ComponentType, Props, str], list[File]]] = {
    "html": html_files,
    "react": react_files,
    "shadcn": registry_item,
}


class GenerateComponent(BaseModel):
    """The arguments of generate_component."""

    model_config = ConfigDict(extra="forbid")

    component_type: ComponentType
    framework: Framework = Field(
        default="html", description="shadcn: React as one item of a registry."
    )
    style: Annotated[str, Field(min_length=1, max_length=100)] | Style = Field(
        default_factory=Style, description="A seed colour as CSS writes it, or more."
    )
    props: dict[str, Any] = Field(
        default_factory=dict,
        description="As list_components names them; what is left out has an example's value.",
    )


class Made(BaseModel):
    """A component."""

    component_type: ComponentType
    framework: Framework
    files: list[File]
    keyboard: str
    states: str
    audit: str = Field(description="How it was looked at before it was given.")
    to_review: list[str] = Field(description="Rules that a person has to look at.")


class Listed(BaseModel):
    """A component that can be made."""

    component_type: ComponentType
    what: str
    keyboard: str
    states: str
    props: dict[str, Any] = Field(description="Their JSON Schema.")


class Listing(BaseModel):
    """All of them."""

    components: list[Listed]


class ComponentTools:
    """What the tools do."""

    def __init__(self, eyes: Eyes) -> None:
        """Take what looks at pages."""
        self._eyes = eyes

    async def generate_component(self, given: GenerateComponent, _call: Call) -> Made:
        """Make a component, and look at it.

        Raises PropsInvalidError, ColourInvalidError, ThemeInvalidError and ComponentUnsoundError.
        """
        name = given.component_type
        component = COMPONENTS[name]
        props = _props(name, component, given.props)
        style = Style(seed=given.style) if isinstance(given.style, str) else given.style
        theme = await asyncio.to_thread(theme_css, style)  # thousands of conversions
        page = audited_page(name, props, theme)
        found = await self._eyes.accessibility(Shown(html=page), "AA", ("light", "dark"))
        _refuse_unsound(name, found)
        return Made(
            component_type=name,
            framework=given.framework,
            files=_MAKERS[given.framework](name, props, theme),
            keyboard=component.keyboard,
            states=component.states,
            audit=f"Nothing was found that breaks WCAG 2.2 AA. {found.note} What opens was open."
            + ("" if given.framework == "html" else " React draws the same elements."),
            to_review=found.to_review,
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools."""
        shared: dict[str, Any] = {
            "is_read_only": True,
            "is_idempotent": True,
            "toolset": "components",
        }
        return [
            Tool(
                name="generate_component",
                title="Generate a component",
                description="Make an accessible component in a theme of light and dark: HTML and"
                " CSS, or React and TypeScript with a story and a test. It is audited before it is"
                " given, in a browser where there is one.",
                arguments=GenerateComponent,
                result=Made,
                run=self.generate_component,
                timeout_s=_TIMEOUT_S,
                **shared,
            ),
            Tool(
                name="list_components",
                title="List the components",
                description="Name what generate_component makes, and the props of each.",
                arguments=NoArguments,
                result=Listing,
                run=list_components,
                **shared,
            ),
        ]


async def list_components(_given: NoArguments, _call: Call) -> Listing:
    """Name the components and their props."""
    return Listing(
        components=[
            Listed(
                component_type=name,
                what=(component.props.__doc__ or "").strip(),
                keyboard=component.keyboard,
                states=component.states,
                props=schema_of(component.props),
            )
            for name, component in COMPONENTS.items()
        ]
    )


def _props(name: ComponentType, component: Component, given: dict[str, Any]) -> Props:
    try:
        return component.props.model_validate(given)
    except ValidationError as error:
        known = ", ".join(component.props.model_fields)
        raise PropsInvalidError(
            f"{explained(error, component.props, name=name)} Its props: {known}."
        ) from error


def _refuse_unsound(name: ComponentType, found: Accessibility) -> None:
    if found.passes:
        return
    told = [
        f"{one.rule} ({one.elements[0].selector}): {one.elements[0].fix}"
        for one in found.violations
    ]
    raise ComponentUnsoundError(f"With these props {name} keeps people out. " + " ".join(told))
