"""Components as HTML, but for forms and charts."""

from sophia.servers.uiux.components.markup import Element, element
from sophia.servers.uiux.components.props import (
    ButtonProps,
    CardProps,
    DarkModeToggleProps,
    DialogProps,
    GlassmorphismCardProps,
    NavigationProps,
    ProgressiveDisclosureProps,
    ResponsiveGridProps,
    TableProps,
)


def button(given: ButtonProps) -> Element:
    """Make a button; one that is busy keeps the focus and its name."""
    return element(
        "button",
        {
            "class": f"ui-button ui-button-{given.variant}",
            "type": given.type,
            "disabled": given.disabled,
            "aria-busy": "true" if given.busy else None,
            "aria-disabled": "true" if given.busy else None,
        },
        given.label,
    )


def card(given: CardProps) -> Element:
    """Make a card."""
    return element(
        "article",
        {"class": "ui-card"},
        element(f"h{given.level}", {"class": "ui-card-title"}, given.title),
        element("p", {"class": "ui-card-text"}, given.text),
        given.link
        and element("a", {"class": "ui-card-link", "href": given.link.href}, given.link.label),
    )


def glassmorphism_card(given: GlassmorphismCardProps) -> Element:
    """Make a card of frosted glass."""
    return element("div", {"class": "ui-glass"}, card(given))


def responsive_grid(given: ResponsiveGridProps) -> Element:
    """Make a list of cards in columns."""
    return element(
        "section",
        {"class": "ui-grid", "aria-labelledby": "grid-title"},
        element("h2", {"id": "grid-title"}, given.title),
        element(
            "ul",
            {"class": f"ui-grid-list ui-grid-{given.column}", "role": "list"},
            *(element("li", {}, card(one)) for one in given.items),
        ),
    )


def navigation(given: NavigationProps) -> Element:
    """Make links of which one is the page's own."""
    return element(
        "nav",
        {"class": "ui-navigation", "aria-label": given.label},
        element(
            "ul",
            {"role": "list"},
            *(
                element(
                    "li",
                    {},
                    element(
                        "a",
                        {
                            "href": link.href,
                            "aria-current": "page" if link.href == given.current else None,
                        },
                        link.label,
                    ),
                )
                for link in given.links
            ),
        ),
    )


def progressive_disclosure(given: ProgressiveDisclosureProps) -> Element:
    """Make parts that open on demand."""
    return element(
        "section",
        {"class": "ui-disclosure", "aria-labelledby": "disclosure-title"},
        element("h2", {"id": "disclosure-title"}, given.title),
        *(
            element(
                "details",
                {"name": "disclosure" if given.exclusive else None},
                element("summary", {}, one.summary),
                element("p", {}, one.text),
            )
            for one in given.items
        ),
    )


def dialog(given: DialogProps) -> Element:
    """Make a button and the modal dialog that it opens, by the platform's own commands."""
    return element(
        "div",
        {"class": "ui-dialog-root"},
        element(
            "button",
            {
                "class": f"ui-button ui-button-{given.variant}",
                "type": "button",
                "command": "show-modal",
                "commandfor": "dialog",
                "aria-haspopup": "dialog",
            },
            given.opener,
        ),
        element(
            "dialog",
            {
                "class": "ui-dialog",
                "id": "dialog",
                "aria-labelledby": "dialog-title",
                "aria-describedby": "dialog-text",
            },
            element("h2", {"id": "dialog-title"}, given.title),
            element("p", {"id": "dialog-text"}, given.text),
            element(
                "form",
                {"class": "ui-dialog-choices", "method": "dialog"},
                # The first is focused: the one that does no harm.
                _choice(given.cancel, "cancel", "secondary"),
                _choice(given.confirm, "confirm", given.variant),
            ),
        ),
    )


def _choice(label: str, value: str, variant: str) -> Element:
    looks = f"ui-button ui-button-{variant}"
    return element("button", {"class": looks, "type": "submit", "value": value}, label)


def table(given: TableProps) -> Element:
    """Make a table that scrolls in itself, by keyboard too, where it is too wide."""
    looks = ["ui-table-number" if column.numeric else None for column in given.columns]
    heads = [
        element("th", {"scope": "col", "class": look}, column.label)
        for column, look in zip(given.columns, looks, strict=True)
    ]
    rows = [
        element(
            "tr",
            {},
            element("th", {"scope": "row", "class": looks[0]}, row[0]),
            *(
                element("td", {"class": look}, cell)
                for cell, look in zip(row[1:], looks[1:], strict=True)
            ),
        )
        for row in given.rows
    ]
    return element(
        "div",
        {"class": "ui-table", "role": "region", "aria-labelledby": "table-caption", "tabindex": 0},
        element(
            "table",
            {},
            element("caption", {"id": "table-caption"}, given.caption),
            element("thead", {}, element("tr", {}, *heads)),
            element("tbody", {}, *rows),
        ),
    )


def dark_mode_toggle(given: DarkModeToggleProps) -> Element:
    """Make a choice of three; the theme follows it by CSS alone, a script remembers it."""
    choices = (("system", given.system), ("light", given.light), ("dark", given.dark))
    return element(
        "fieldset",
        {"class": "ui-theme"},
        element("legend", {}, given.legend),
        *(
            element(
                "label",
                {},
                element(
                    "input",
                    {
                        "type": "radio",
                        "name": "ui-theme",
                        "value": value,
                        "checked": value == "system",
                    },
                ),
                element("span", {}, label),
            )
            for value, label in choices
        ),
    )
