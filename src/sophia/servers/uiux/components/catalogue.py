"""Which components there are."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from sophia.servers.uiux.components import charts, forms, plain
from sophia.servers.uiux.components.markup import Element
from sophia.servers.uiux.components.props import (
    AccessibleFormProps,
    ButtonProps,
    CardProps,
    ChartProps,
    DarkModeToggleProps,
    DialogProps,
    FormFieldProps,
    FormProps,
    GlassmorphismCardProps,
    NavigationProps,
    ProgressiveDisclosureProps,
    Props,
    ResponsiveGridProps,
    TableProps,
)

type ComponentType = Literal[
    "button",
    "form_field",
    "form",
    "table",
    "dialog",
    "card",
    "navigation",
    "chart",
    "glassmorphism_card",
    "responsive_grid",
    "accessible_form",
    "progressive_disclosure",
    "dark_mode_toggle",
]

_LIBRARY = files("sophia.servers.uiux.components").joinpath("library")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A component: what it takes, how it becomes HTML, how it is used."""

    props: type[Props]
    html: Callable[[Any], Element]
    keyboard: str
    states: str
    uses: tuple[ComponentType, ...] = ()
    has_script: bool = False


_FIELD_STATES = "usual, focused, required, with a hint, with an error, wrong after its user left it"

COMPONENTS: dict[ComponentType, Component] = {
    "button": Component(
        props=ButtonProps,
        html=plain.button,
        keyboard="Tab reaches it, Enter and Space press it.",
        states="usual, hovered, focused, disabled, busy (keeps the focus, does nothing more)",
    ),
    "form_field": Component(
        props=FormFieldProps,
        html=forms.form_field,
        keyboard="Tab reaches it; a click on the label does too. Space ticks a checkbox, arrows"
        " choose in a select.",
        states=_FIELD_STATES,
    ),
    "form": Component(
        props=FormProps,
        html=forms.form,
        keyboard="Tab goes through the fields in their order; Enter in a line of text sends.",
        states="usual; sent with an error, the browser focuses the first wrong field and says why",
        uses=("form_field", "button"),
    ),
    "table": Component(
        props=TableProps,
        html=plain.table,
        keyboard="Tab reaches its frame, arrows scroll it where it is wider than its place.",
        states="usual, focused, scrolled",
    ),
    "dialog": Component(
        props=DialogProps,
        html=plain.dialog,
        keyboard="Enter or Space on the opener opens it, the focus goes to the choice that does no"
        " harm and stays inside; Esc closes it and gives the focus back to the opener.",
        states="closed, open (what is behind it cannot be reached)",
        uses=("button",),
    ),
    "card": Component(
        props=CardProps,
        html=plain.card,
        keyboard="Tab reaches its link.",
        states="usual, without a link",
    ),
    "navigation": Component(
        props=NavigationProps,
        html=plain.navigation,
        keyboard="Tab goes from link to link, Enter follows one.",
        states="usual, hovered, focused, the page that is shown",
    ),
    "chart": Component(
        props=ChartProps,
        html=charts.chart,
        keyboard="Tab reaches the summary of the table of values, Enter opens it.",
        states="table closed, table open; in lines the series differ by dashes too",
    ),
    "glassmorphism_card": Component(
        props=GlassmorphismCardProps,
        html=plain.glassmorphism_card,
        keyboard="Tab reaches its link.",
        states="usual; without transparency where its user wants less of it or more contrast",
        uses=("card",),
    ),
    "responsive_grid": Component(
        props=ResponsiveGridProps,
        html=plain.responsive_grid,
        keyboard="Tab goes through the cards' links in their order.",
        states="one column on a phone, more where there is room",
        uses=("card",),
    ),
    "accessible_form": Component(
        props=AccessibleFormProps,
        html=forms.accessible_form,
        keyboard="Tab goes through the fields in their order; a link of the summary leads to its"
        " field.",
        states=f"{_FIELD_STATES}; with errors a summary stands first and is read out",
        uses=("form", "form_field", "button"),
    ),
    "progressive_disclosure": Component(
        props=ProgressiveDisclosureProps,
        html=plain.progressive_disclosure,
        keyboard="Tab goes from summary to summary, Enter and Space open and close.",
        states="closed, open; exclusive: one open at most",
    ),
    "dark_mode_toggle": Component(
        props=DarkModeToggleProps,
        html=plain.dark_mode_toggle,
        keyboard="Tab reaches the choice, arrows change it.",
        states="as the system, light, dark; remembered on the device",
        has_script=True,
    ),
}


def file_stem(name: ComponentType) -> str:
    """Give the name of a component's files."""
    return name.replace("_", "-")


def react_name(name: ComponentType) -> str:
    """Give the name of the React component."""
    return "".join(part.capitalize() for part in name.split("_"))


def read(file_name: str) -> str:
    """Read a file of the library."""
    return _LIBRARY.joinpath(file_name).read_text(encoding="utf-8")
