"""Drawings as SVG elements: lines over time, bars, a heat map. Each says in words what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from markupsafe import Markup

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 12, 28
BAR = 24
# Told apart by their dashes as well, not by colour alone; each has a contrast of 4.5 on white.
STROKES = (
    ("#1f4e8c", ""),
    ("#a63603", "7 3"),
    ("#1b6b35", "2 3"),
    ("#6a3d9a", "9 3 2 3"),
    ("#5c5c5c", "4 4"),
)


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    points: Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, to be seen beside the lines."""

    at: date
    label: str


def lines(title: str, series: Sequence[Series], marks: Sequence[Mark] = ()) -> Markup:
    """Values over time, each series a line."""
    days = sorted({day for one in series for day, _ in one.points})
    top = max((value for one in series for _, value in one.points), default=0) or 1
    drawing = _drawing(title, f"{len(days)} periods, the highest value is {_number(top)}.", HEIGHT)
    if not days:
        return _text(drawing)
    span = max((days[-1] - days[0]).days, 1)

    def across(day: date) -> float:
        inside = min(max((day - days[0]).days / span, 0), 1)
        return round(LEFT + inside * (WIDTH - LEFT - RIGHT), 1)

    def up(value: float) -> float:
        return round(HEIGHT - BOTTOM - max(value, 0) / top * (HEIGHT - TOP - BOTTOM), 1)

    for part in (0, 0.5, 1):
        level = str(up(part * top))
        _add(drawing, "line", x1=LEFT, x2=WIDTH - RIGHT, y1=level, y2=level, stroke="#d0d0d0")
        _label(drawing, _number(part * top), x=LEFT - 6, y=up(part * top) + 4, anchor="end")
    for day, anchor in ((days[0], "start"), (days[-1], "end")):
        _label(drawing, day.isoformat(), x=across(day), y=HEIGHT - 8, anchor=anchor)
    for mark in marks:
        at = across(mark.at)
        found = _add(drawing, "line", x1=at, x2=at, y1=TOP, y2=HEIGHT - BOTTOM, stroke="#767676")
        found.set("stroke-dasharray", "3 3")
        _add(found, "title").text = f"{mark.at.isoformat()}: {mark.label}"
    for number, one in enumerate(series):
        colour, dashes = STROKES[number % len(STROKES)]
        path = " ".join(f"{across(day)},{up(value)}" for day, value in one.points)
        line = _add(drawing, "polyline", points=path, fill="none", stroke=colour)
        line.set("stroke-width", "2")
        line.set("stroke-dasharray", dashes or "none")
        for day, value in one.points:
            dot = _add(drawing, "circle", cx=across(day), cy=up(value), r=3, fill=colour)
            dot.set("data-told", f"{one.name}, {day.isoformat()}: {_number(value)}")
            _add(dot, "title").text = dot.get("data-told")
    return _text(drawing)


def bars(title: str, values: Sequence[tuple[str, float]], *, full: float | None = None) -> Markup:
    """Values beside each other; full is what a whole bar stands for, else the greatest of them."""
    top = full or max((value for _, value in values), default=0) or 1
    told = "; ".join(f"{name}: {_number(value)}" for name, value in values[:5])
    drawing = _drawing(title, told or "Nothing.", BAR * max(len(values), 1) + 8)
    room = WIDTH - 3 * LEFT - 80
    for number, (name, value) in enumerate(values):
        y = number * BAR + 4
        _label(drawing, _cut(name), x=3 * LEFT - 6, y=y + 15, anchor="end")
        width = round(min(max(value, 0) / top, 1) * room, 1)
        bar = _add(drawing, "rect", x=3 * LEFT, y=y + 2, width=width, height=BAR - 8)
        bar.set("fill", STROKES[0][0])
        bar.set("data-told", f"{name}: {_number(value)}")
        _add(bar, "title").text = bar.get("data-told")
        _label(drawing, _number(value), x=3 * LEFT + width + 6, y=y + 15, anchor="start")
    return _text(drawing)


def heat(
    title: str,
    values: dict[tuple[int, int], float],
    rows: Sequence[str],
    columns: Sequence[str],
) -> Markup:
    """A field for each pair of row and column, both counted from 1; the darker, the more."""
    top = max(values.values(), default=0) or 1
    size = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)
    busiest = max(values, key=lambda place: values[place], default=None)
    told = "Nothing."
    if busiest is not None:
        told = f"The most at {rows[busiest[0] - 1]}, {columns[busiest[1] - 1]}: {_number(top)}."
    drawing = _drawing(title, told, BAR * (len(rows) + 1))
    for row, name in enumerate(rows, 1):
        _label(drawing, name, x=LEFT - 6, y=row * BAR - 6, anchor="end")
        for column, other in enumerate(columns, 1):
            value = values.get((row, column), 0)
            field = _add(
                drawing,
                "rect",
                x=round(LEFT + (column - 1) * size, 1),
                y=(row - 1) * BAR + 2,
                width=round(size - 1, 1),
                height=BAR - 3,
                fill=STROKES[0][0],
            )
            field.set("fill-opacity", str(round(0.04 + 0.96 * value / top, 3)))
            field.set("data-told", f"{name} {other}: {_number(value)}")
            _add(field, "title").text = field.get("data-told")
    for column, other in enumerate(columns, 1):
        if column % 3 == 1:
            x = round(LEFT + (column - 0.5) * size, 1)
            _label(drawing, other, x=x, y=BAR * (len(rows) + 1) - 6, anchor="middle")
    return _text(drawing)


def _drawing(title: str, told: str, height: float) -> ElementTree.Element:
    attributes = {"viewBox": f"0 0 {WIDTH} {height}", "role": "img", "aria-label": title}
    drawing = ElementTree.Element("svg", attributes)
    _add(drawing, "desc").text = told
    return drawing


def _add(parent: ElementTree.Element, name: str, **attributes: object) -> ElementTree.Element:
    return ElementTree.SubElement(parent, name, {key: str(one) for key, one in attributes.items()})


def _label(parent: ElementTree.Element, text: str, *, x: float, y: float, anchor: str) -> None:
    found = _add(parent, "text", x=x, y=y)
    found.set("text-anchor", anchor)
    found.text = text


def _text(drawing: ElementTree.Element) -> Markup:
    # The tree has escaped every text and attribute.
    return Markup(ElementTree.tostring(drawing, encoding="unicode"))


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _cut(name: str) -> str:
    return name if len(name) <= 24 else name[:23] + "…"
