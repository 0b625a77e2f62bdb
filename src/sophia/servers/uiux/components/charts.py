"""Charts as SVG, with the table of their values for those who do not see them."""

from math import floor

from sophia.servers.uiux.components.markup import Element, Value, element
from sophia.servers.uiux.components.props import ChartProps

_WIDTH, _HEIGHT = 480, 240
_LEFT, _TOP, _BOTTOM = 56, 12, 28
_LINES = 4
_GAP = 0.25  # of a place, between the bars of two


def chart(given: ChartProps) -> Element:
    """Make a chart; the drawing is hidden from screen readers, which have the table."""
    return element(
        "figure",
        {"class": "ui-chart", "aria-labelledby": "chart-title"},
        element("figcaption", {"id": "chart-title"}, given.title),
        element(
            "svg",
            {"viewBox": f"0 0 {_WIDTH} {_HEIGHT}", "aria-hidden": "true", "focusable": "false"},
            *_grid(given),
            *(_bars(given) if given.kind == "bar" else _polylines(given)),
        ),
        _legend(given),
        element("details", {}, element("summary", {}, "Values as a table"), _values(given)),
    )


def written(value: float) -> str:
    """Write a number as JavaScript does, as far as charts have it."""
    return f"{value:.10g}"


def _tenth(value: float) -> float:
    """Round as JavaScript does, so that React draws the same."""
    return floor(value * 10 + 0.5) / 10


def _span(given: ChartProps) -> tuple[float, float]:
    every = [value for one in given.series for value in one.values]
    low, high = min(0.0, *every), max(0.0, *every)
    return low, high if high > low else low + 1


def _y(value: float, given: ChartProps) -> float:
    low, high = _span(given)
    return _tenth(_TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM))


def _place(given: ChartProps) -> float:
    return (_WIDTH - _LEFT) / len(given.labels)


def _grid(given: ChartProps) -> list[Element]:
    low, high = _span(given)
    drawn: list[Element] = []
    for step in range(_LINES + 1):
        value = low + (high - low) * step / _LINES
        y = _y(value, given)
        line: dict[str, Value] = {"x1": _LEFT, "x2": _WIDTH, "y1": written(y), "y2": written(y)}
        mark: dict[str, Value] = {"x": _LEFT - 6, "y": written(y + 4), "text-anchor": "end"}
        label = f"{given.unit}{value:.4g}"
        drawn.append(element("g", {}, element("line", line), element("text", mark, label)))
    for place, label in enumerate(given.labels):
        x = _tenth(_LEFT + (place + 0.5) * _place(given))
        at: dict[str, Value] = {"x": written(x), "y": _HEIGHT - 8, "text-anchor": "middle"}
        drawn.append(element("text", at, label))
    return drawn


def _bars(given: ChartProps) -> list[Element]:
    room = _place(given)
    width = room * (1 - _GAP) / len(given.series)
    zero = _y(0, given)

    def bar(row: int, place: int, value: float) -> Element:
        x = _tenth(_LEFT + place * room + room * _GAP / 2 + row * width)
        y = _y(value, given)
        box = (x, min(zero, y), _tenth(width), _tenth(abs(y - zero)))
        names = ("x", "y", "width", "height")
        return element("rect", dict(zip(names, map(written, box), strict=True)))

    return [
        element(
            "g",
            {"class": f"ui-chart-series-{row + 1}"},
            *(bar(row, place, value) for place, value in enumerate(one.values)),
        )
        for row, one in enumerate(given.series)
    ]


def _polylines(given: ChartProps) -> list[Element]:
    room = _place(given)
    return [
        element(
            "polyline",
            {
                "class": f"ui-chart-line ui-chart-series-{row + 1}",
                "points": " ".join(
                    f"{written(_tenth(_LEFT + (place + 0.5) * room))},{written(_y(value, given))}"
                    for place, value in enumerate(one.values)
                ),
            },
        )
        for row, one in enumerate(given.series)
    ]


def _legend(given: ChartProps) -> Element:
    return element(
        "ul",
        {"class": "ui-chart-legend", "role": "list"},
        *(
            element("li", {"class": f"ui-chart-series-{row + 1}"}, one.name)
            for row, one in enumerate(given.series)
        ),
    )


def _values(given: ChartProps) -> Element:
    heads = [element("th", {"scope": "col"}, one.name) for one in given.series]
    rows = [
        element(
            "tr",
            {},
            element("th", {"scope": "row"}, label),
            *(
                element("td", {}, f"{given.unit}{written(one.values[place])}")
                for one in given.series
            ),
        )
        for place, label in enumerate(given.labels)
    ]
    return element(
        "table",
        {},
        element("caption", {}, given.title),
        element(
            "thead",
            {},
            element("tr", {}, element("td", {}), *heads),
        ),
        element("tbody", {}, *rows),
    )
