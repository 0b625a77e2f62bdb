"""What each component is given; every prop has a value to begin with."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

_MAX_FIELDS = 30
_MAX_ROWS = 200
_MAX_POINTS = 50

Line = Annotated[
    str,
    # A letter, digit or sign at the least: what is only blank has no name.
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"[\p{L}\p{N}\p{P}\p{S}]"
    ),
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
# What a link may lead to: neither scripts nor data.
Href = Annotated[
    str,
    StringConstraints(max_length=2000, pattern=r"^(https?://|mailto:|tel:|[/#?.])[^\s\p{C}\\]*$"),
]
Level = Annotated[int, Field(ge=2, le=6, description="Of the heading.")]

type Kind = Literal[
    "text",
    "email",
    "password",
    "number",
    "tel",
    "url",
    "date",
    "search",
    "textarea",
    "select",
    "checkbox",
]


class Props(BaseModel):
    """What a component is given."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ButtonProps(Props):
    """A button."""

    label: Line = "Save"
    variant: Literal["primary", "secondary", "quiet", "danger"] = "primary"
    type: Literal["button", "submit", "reset"] = "button"
    disabled: bool = False
    busy: bool = False


class FormFieldProps(Props):
    """A field with its label, hint and error."""

    label: Line = "E-mail address"
    name: Name = "email"
    kind: Kind = "text"
    hint: Line | None = None
    required: bool = False
    error: Line | None = None
    autocomplete: Name | None = Field(default=None, description="As HTML names it: email, name, …")
    options: list[Line] = Field(default_factory=list, max_length=200, description="Of a select.")

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if (self.kind == "select") != bool(self.options):
            raise ValueError("options belong to the kind select, which needs some")
        return self


type Fields = Annotated[list[FormFieldProps], Field(min_length=1, max_length=_MAX_FIELDS)]


def _usual_fields() -> list[FormFieldProps]:
    return [
        FormFieldProps(label="Name", name="name", autocomplete="name"),
        FormFieldProps(kind="email", required=True, autocomplete="email"),
        FormFieldProps(label="Message", name="message", kind="textarea", required=True),
    ]


class FormProps(Props):
    """A form."""

    title: Line = "Write to us"
    fields: Fields = Field(default_factory=_usual_fields)
    submit: Line = "Send"
    action: Href = "#"
    method: Literal["get", "post"] = "post"

    @model_validator(mode="after")
    def _apart(self) -> Self:
        _each_once([field.name for field in self.fields], "name of a field")
        return self


class FieldGroup(Props):
    """Fields that belong together."""

    legend: Line
    fields: Fields


def _usual_groups() -> list[FieldGroup]:
    address = [
        FormFieldProps(label="Street", name="street", required=True, autocomplete="street-address"),
        FormFieldProps(label="Country", name="country", kind="select", options=["Ghana", "Peru"]),
        FormFieldProps(label="Deliver in the evening", name="evening", kind="checkbox"),
    ]
    return [
        FieldGroup(
            legend="You",
            fields=[
                FormFieldProps(label="Name", name="name", required=True, autocomplete="name"),
                FormFieldProps(
                    kind="email",
                    required=True,
                    autocomplete="email",
                    hint="We send the receipt there.",
                    error="Write it as name@example.org.",
                ),
            ],
        ),
        FieldGroup(legend="Where to", fields=address),
    ]


class AccessibleFormProps(Props):
    """A form of groups that sums up its errors."""

    title: Line = "Order"
    groups: Annotated[list[FieldGroup], Field(min_length=1, max_length=10)] = Field(
        default_factory=_usual_groups
    )
    submit: Line = "Order"
    action: Href = "#"
    method: Literal["get", "post"] = "post"

    @model_validator(mode="after")
    def _apart(self) -> Self:
        names = [field.name for group in self.groups for field in group.fields]
        _each_once(names, "name of a field")
        return self


class Column(Props):
    """A column of a table."""

    label: Line
    numeric: bool = False


class TableProps(Props):
    """A table; the first cell of a row is its heading."""

    caption: Line = "Machines this month"
    columns: Annotated[list[Column], Field(min_length=1, max_length=20)] = Field(
        default_factory=lambda: [
            Column(label="Machine"),
            Column(label="Hours", numeric=True),
            Column(label="Cost", numeric=True),
        ]
    )
    rows: Annotated[list[list[Words]], Field(min_length=1, max_length=_MAX_ROWS)] = Field(
        default_factory=lambda: [["a100-1", "212", "$274"], ["h100-2", "40", "$119"]]
    )

    @model_validator(mode="after")
    def _even(self) -> Self:
        wanted = len(self.columns)
        for place, row in enumerate(self.rows):
            if len(row) != wanted:
                raise ValueError(f"row {place} has {len(row)} cells of {wanted}")
        return self


class DialogProps(Props):
    """A question that is asked before something is done."""

    opener: Line = "Delete the project"
    title: Line = "Delete the project?"
    text: Words = "All of its files are deleted. This cannot be undone."
    confirm: Line = "Delete"
    cancel: Line = "Keep it"
    variant: Literal["primary", "danger"] = "danger"


class Link(Props):
    """A link."""

    label: Line
    href: Href


class CardProps(Props):
    """A card."""

    title: Line = "Nightly backup"
    text: Words = "Last restored in a drill 3 days ago, in 41 seconds."
    level: Level = 2
    link: Link | None = Field(default_factory=lambda: Link(label="See the drills", href="#drills"))


class NavigationProps(Props):
    """Links to the parts of a site."""

    label: Line = Field(default="Main", description="What tells it from other navigation.")
    links: Annotated[list[Link], Field(min_length=1, max_length=20)] = Field(
        default_factory=lambda: [
            Link(label="Overview", href="#overview"),
            Link(label="Costs", href="#costs"),
            Link(label="Settings", href="#settings"),
        ]
    )
    current: Href | None = Field(default="#overview", description="The href of this page.")


class Series(Props):
    """Values of a chart."""

    name: Line
    values: Annotated[
        list[Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]],
        Field(min_length=1, max_length=_MAX_POINTS),
    ]


class ChartProps(Props):
    """A chart, and the table of its values."""

    title: Line = "Cost per week"
    kind: Literal["bar", "line"] = "bar"
    unit: Annotated[str, StringConstraints(max_length=12)] = "$"
    labels: Annotated[list[Line], Field(min_length=1, max_length=_MAX_POINTS)] = Field(
        default_factory=lambda: ["W1", "W2", "W3", "W4"]
    )
    series: Annotated[list[Series], Field(min_length=1, max_length=4)] = Field(
        default_factory=lambda: [
            Series(name="Training", values=[120.0, 180.0, 90.0, 240.0]),
            Series(name="Inference", values=[40.0, 60.0, 75.0, 70.0]),
        ]
    )

    @model_validator(mode="after")
    def _even(self) -> Self:
        _each_once([one.name for one in self.series], "name of a series")
        for one in self.series:
            if len(one.values) != len(self.labels):
                raise ValueError(f"{one.name} has {len(one.values)} of {len(self.labels)} values")
        return self


class GlassmorphismCardProps(CardProps):
    """A card of frosted glass over colours."""


class ResponsiveGridProps(Props):
    """Cards in as many columns as there is room for."""

    title: Line = "What we watch"
    column: Literal["narrow", "medium", "wide"] = "medium"
    items: Annotated[list[CardProps], Field(min_length=1, max_length=60)] = Field(
        default_factory=lambda: [
            CardProps(title=title, level=3)
            for title in ("Nightly backup", "Costs", "Alerts", "Machines")
        ]
    )


class Disclosed(Props):
    """A part that is opened by its summary."""

    summary: Line
    text: Words


class ProgressiveDisclosureProps(Props):
    """What is needed first, and more on demand."""

    title: Line = "Questions"
    items: Annotated[list[Disclosed], Field(min_length=1, max_length=30)] = Field(
        default_factory=lambda: [
            Disclosed(summary="What does it cost?", text="Nothing but the machine it runs on."),
            Disclosed(summary="Where is my data?", text="On your own machine."),
        ]
    )
    exclusive: bool = Field(default=False, description="Opening one closes the others.")


class DarkModeToggleProps(Props):
    """A choice of the theme."""

    legend: Line = "Theme"
    system: Line = "As the system"
    light: Line = "Light"
    dark: Line = "Dark"


def _each_once(names: list[str], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"each {what} stands once: {', '.join(sorted(twice))}")
